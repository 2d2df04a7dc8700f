/**
 * Loss, duplicates, reordering, slow disks, crashes at any write, cuts, logs that are compacted behind snapshots,
 * members that come and go, leaders that hand over: whatever happens, the invariants hold.
 */
import type { Test } from 'tap'
import type { RaftOptions, ServerId } from '../../lib/raft/index.js'
import { incarnation } from '../../lib/raft/index.js'
import type { Lineage, Start } from '../../lib/raft/index.js'
import { membersOf, voteResult, votersOf } from '../../lib/raft/quorum.js'
import type { Driver } from './driver.js'
import { configurationOf, names } from './driver.js'
import { Disk } from './disk.js'
import { Network, isRequest } from './network.js'
import { Dice } from './dice.js'

const STEPS = 1_500
/** Servers that are no members at first. */
const SPARE = 2

/** A read in flight: who was asked, and the commit index that it must at least see. */
interface Read {
  readonly node: Driver
  readonly floor: number
}

/** A folder as it was between two processes, and what had started on it until then. */
interface Copy {
  readonly id: ServerId
  readonly disk: Disk
  readonly lineage: Lineage
}

class Chaos {
  readonly network: Network
  readonly dice: Dice
  /** Who has come back with a new folder, and with what its join told it. */
  readonly lives = new Map<ServerId, Pick<RaftOptions, 'incarnation' | 'bootstrap'>>()
  handedOver = 0
  replaced = 0
  /** Snapshots of leaders that servers have gone on from. */
  restored = 0
  readonly reads = new Map<number, Read>()
  readonly #copies = new Map<ServerId, Copy>()
  /** Put in place of its folder, and not caught up yet. */
  #older: ServerId | undefined
  olderCopies = 0
  #seen = 0
  readonly #loss: number
  readonly #duplicates: number

  constructor(seed: number) {
    this.dice = new Dice(seed)
    this.#loss = this.dice.below(30)
    this.#duplicates = this.dice.below(50)
    const size = 1 + this.dice.below(5)
    const readLease = this.dice.below(2) === 0
    const bootstrap = configurationOf(names(size))
    this.network = new Network(
      size + SPARE,
      (options) => ({
        ...options,
        readLease,
        bootstrap,
        ...this.lives.get(options.id),
        seed: this.dice.below(2 ** 31),
        inflightMessagesMax: 1 + this.dice.below(4),
        messageSizeMax: 1 + this.dice.below(20),
      }),
      undefined,
      true,
    )
    for (const node of this.network.nodes.values()) node.autoWrite = false
  }

  step(): void {
    const node = this.dice.pick([...this.network.nodes.values()])
    const roll = this.dice.below(1_006)
    if (roll < 450) this.#deliver()
    else if (roll < 500) this.#store()
    else if (roll < 750) node.completeWrite()
    else if (roll < 900) this.#passTime()
    else if (roll < 960) this.#use(node)
    else if (roll < 968) this.#unreachable(node)
    else if (roll < 976) this.#cutOrHeal(node)
    else if (roll < 981) this.#crash(node)
    else if (roll < 983) this.#compact()
    else if (roll < 992) this.#change()
    else if (roll < 997) this.#transfer()
    else if (roll < 1_000) this.#replaceSomeone()
    else this.#putBack()
    this.#settleResults()
    this.network.check()
  }

  /** Faults are over: everything that is on its way arrives, and time passes. */
  recover(): void {
    const { network } = this
    network.heal()
    for (const node of network.nodes.values()) {
      node.autoWrite = true
      node.completeWrite()
      this.#reportLosses(node)
    }
    for (let round = 0; round < 200; round++) {
      network.pass(10)
      for (const node of network.nodes.values()) {
        if ((node.view.deadline ?? Infinity) > network.now) continue
        node.tick()
        network.settle()
      }
    }
    this.#settleResults()
    for (const node of network.nodes.values()) this.#count(node)
  }

  /** A transport knows which requests get no reply any more; nothing else says that a piece of a snapshot was lost. */
  #reportLosses(leader: Driver): void {
    for (const [peer, { state }] of leader.view.progress) {
      if (state === 'snapshot') leader.step({ type: 'peerUnreachable', peer })
    }
  }

  #store(): void {
    for (const next of this.network.storing.splice(0, 1)) this.network.store(next)
  }

  /** All at about the same time, so that whoever lags needs a snapshot. Some entries behind theirs stay, or none. */
  #compact(): void {
    for (const node of this.network.nodes.values()) {
      if (this.dice.below(4) === 0) continue
      const { snapshotIndex, lastApplied } = node.view
      node.snapshot(lastApplied - this.dice.below(Math.min(lastApplied - snapshotIndex + 1, 3)))
    }
  }

  #deliver(): void {
    const { queue } = this.network
    if (queue.length === 0) return
    const at = this.dice.below(3) === 0 ? this.dice.below(queue.length) : 0
    const [envelope] = queue.splice(at, 1)
    if (envelope === undefined) return
    if (this.dice.below(100) < this.#duplicates && isRequest(envelope.message)) queue.push(envelope)
    if (this.dice.below(100) >= this.#loss) this.network.deliver(envelope)
  }

  #passTime(): void {
    this.network.pass(this.dice.below(20))
    for (const node of this.network.nodes.values()) {
      if ((node.view.deadline ?? Infinity) <= node.now) node.tick()
    }
  }

  #use(node: Driver): void {
    const serial = ++this.#seen
    if (this.dice.below(2) === 0) return node.propose(`command ${serial}`, 'and another')
    const commits = [...this.network.nodes.values()].map(({ view }) => view.commitIndex)
    this.reads.set(serial, { node, floor: Math.max(...commits) })
    node.read(serial, this.dice.below(2) === 0)
  }

  /** Someone comes, goes, or gets or loses a vote. */
  #change(): void {
    if (this.#isOlderAround()) return
    for (const leader of this.network.leaders()) {
      const { voters, learners } = leader.view.configuration
      const moved = new Set([this.dice.pick(this.network.ids), this.dice.pick(this.network.ids)])
      const target = {
        voters: voters.filter((id) => !moved.has(id)),
        learners: learners.filter((id) => !moved.has(id)),
      }
      for (const id of moved) {
        const isKnown = learners.includes(id) || voters.includes(id)
        const roll = this.dice.below(3)
        if (roll === 0) continue
        if (isKnown && roll === 1) target.voters.push(id)
        else target.learners.push(id)
      }
      leader.configure(target.voters, target.learners)
    }
  }

  #transfer(): void {
    const to = this.dice.below(2) === 0 ? undefined : this.dice.pick(this.network.ids)
    for (const leader of this.network.leaders()) leader.transfer(to)
  }

  /** One whose removal is over comes back with an empty folder; what its former self was saying is lost. */
  #replaceSomeone(): void {
    const nodes = [...this.network.nodes.values()]
    const [first] = nodes.sort((a, b) => b.view.commitIndex - a.view.commitIndex)
    if (first === undefined || nodes.some(({ view }) => view.pins.size === 0)) return
    const { configuration: bootstrap } = first.server.positionAt(first.view.commitIndex)
    const current = nodes.filter(({ view }) => view.lastLogIndex >= first.view.commitIndex)
    const inForce = [bootstrap, ...current.map(({ view }) => view.configuration)]
    const members = new Set(inForce.flatMap(membersOf))
    const outside = this.network.ids.filter((each) => !members.has(each))
    if (outside.length === 0) return
    const id = this.dice.pick(outside)
    this.replaced++
    this.lives.set(id, { incarnation: incarnation(`${id}-${++this.#seen}`), bootstrap })
    const { queue } = this.network
    queue.splice(0, Infinity, ...queue.filter(({ from }) => from !== id))
    this.network.nodes.delete(id)
    this.network.lineages.delete(id)
    this.#copies.delete(id)
    this.network.start(id).autoWrite = false
  }

  /** It is believed to have ended, which it may have not. */
  #unreachable(node: Driver): void {
    const peer = this.dice.pick(this.network.ids)
    node.step({ type: 'peerUnreachable', peer })
    node.step({ type: 'peerGone', peer })
    this.#reportLosses(node)
  }

  #cutOrHeal(node: Driver): void {
    if (this.dice.below(2) === 0) this.network.heal()
    else if (this.dice.below(2) === 0) this.network.isolate(node.options.id)
    else this.network.cut(node.options.id, this.dice.pick(this.network.ids))
  }

  /** What had not been made durable is lost. */
  #crash(node: Driver): void {
    this.#count(node)
    const { id } = node.options
    const { disk } = node
    this.#copies.set(id, { id, disk: new Disk(disk), lineage: this.network.lineages.get(id) ?? [] })
    this.network.restart(id).autoWrite = false
  }

  /**
   * Who might be elected must have read of a later start than the copy's, or nobody could know; and of whom all others
   * are, since who is not pinned for good can't stand in for it.
   */
  #putBack(): void {
    const copies = [...this.#copies.values()].filter((copy) => this.#isKnownToBeOlder(copy))
    if (copies.length === 0 || this.#isOlderAround()) return
    const { id, disk, lineage } = this.dice.pick(copies)
    this.#count(this.network.node(id))
    // What was answered to the process before it does not come to this one.
    const { queue } = this.network
    queue.splice(0, Infinity, ...queue.filter(({ to }) => to !== id))
    this.network.nodes.delete(id)
    this.network.lineages.set(id, lineage)
    this.network.start(id, disk).autoWrite = false
    this.#copies.delete(id)
    this.#older = id
    this.olderCopies++
  }

  #isKnownToBeOlder({ id, lineage }: Copy): boolean {
    const nodes = [...this.network.nodes.values()]
    const configurations = nodes.flatMap(({ view }) => view.configurations)
    const voters = new Set(configurations.flatMap(votersOf))
    const isNeeded = configurations.some((each) => voteResult(each, new Map([[id, false]])) === 'lost')
    const others = nodes.filter((node) => voters.has(node.options.id) && node.options.id !== id)
    return (
      voters.has(id) &&
      !isNeeded &&
      others.every((node) => hasReadOfLater(node, id, lineage) && knowsPins(node, voters))
    )
  }

  /** Two at a time, or one and a change of members, might be needed for each other. */
  #isOlderAround(): boolean {
    const id = this.#older
    if (id === undefined) return false
    const speaking = this.network.lineages.get(id)?.at(-1)
    const hasCaughtUp = ({ disk, view }: Driver) =>
      startsIn(disk, view.commitIndex).get(id) === speaking && !view.olderCopies.has(id)
    if (this.network.leaders().some(hasCaughtUp)) this.#older = undefined
    return this.#older !== undefined
  }

  #count(node: Driver): void {
    this.restored += node.restored.length
  }

  #settleResults(): void {
    this.network.collect()
    for (const effect of this.network.results.splice(0)) {
      if (effect.type === 'transferEnded' && effect.outcome === 'handedOver') this.handedOver++
      if (effect.type !== 'readReady' && effect.type !== 'readRefused') continue
      const { context } = effect
      const read = this.reads.get(context)
      if (read === undefined) throw new Error(`read ${context} was answered twice`)
      this.reads.delete(context)
      if (effect.type === 'readReady' && effect.index < read.floor)
        throw new Error(`read ${context} at ${effect.index}, committed was ${read.floor}`)
    }
  }

  /** A crash takes its reads along; nobody else may leave one without an answer. */
  get forgotten(): readonly number[] {
    const running = new Set(this.network.nodes.values())
    return [...this.reads].filter(([, { node }]) => running.has(node)).map(([context]) => context)
  }
}

function startsIn({ snapshot, entries }: Disk, to: number): ReadonlyMap<ServerId, Start> {
  const written = entries.flatMap((entry) =>
    entry.kind === 'identity' && entry.index <= to ? (entry.starts ?? []) : [],
  )
  return new Map([...(snapshot?.starts ?? []), ...written].map(([id, start]) => [id, start]))
}

function knowsPins({ log, view }: Driver, voters: ReadonlySet<ServerId>): boolean {
  const last = log.findLast(({ kind }) => kind === 'identity')?.index ?? 0
  return last <= view.commitIndex && [...voters].every((voter) => view.pins.has(voter))
}

function hasReadOfLater({ disk, view }: Driver, id: ServerId, lineage: Lineage): boolean {
  const start = startsIn(disk, view.commitIndex).get(id)
  return start !== undefined && !lineage.includes(start)
}

/** `seeds`: so many runs. */
export async function survivesChaos(t: Test, seeds: number): Promise<void> {
  let restored = 0
  let handedOver = 0
  let changed = 0
  let replaced = 0
  let olderCopies = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const chaos = new Chaos(seed)
    let committed = 0
    try {
      for (let step = 0; step < STEPS; step++) chaos.step()
      committed = chaos.network.invariants.committed.length
      chaos.recover()
      const leader = chaos.network.leader()
      leader.propose('after all')
      chaos.network.settle()
      chaos.network.heartbeat()
      const { voters, outgoing, learners } = leader.view.configuration
      if (outgoing !== undefined) throw new Error('a change did not come to its end')
      const behind = [...voters, ...learners]
        .map((id) => chaos.network.node(id))
        .filter((node) => node.view.commitIndex !== leader.view.lastLogIndex)
      if (behind.length > 0)
        throw new Error(
          `behind: ${behind.map(({ view }) => JSON.stringify(view)).join()}, ${JSON.stringify(leader.view)}`,
        )
      restored += chaos.restored
      if (chaos.forgotten.length > 0) throw new Error(`reads without an answer: ${chaos.forgotten.join()}`)
      handedOver += chaos.handedOver
      replaced += chaos.replaced
      olderCopies += chaos.olderCopies
      changed += chaos.network.invariants.committed.filter(
        (entry) => entry.kind === 'configuration' && entry.configuration.outgoing !== undefined,
      ).length
      if (chaos.network.invariants.committed.length <= committed)
        throw new Error('nothing was committed afterwards')
    } catch (error) {
      t.fail(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`)
      return
    }
  }
  t.ok(changed > seeds / 2, `the voters changed ${changed} times`)
  t.ok(replaced > seeds / 30, `${replaced} times one came back with a new folder`)
  t.ok(olderCopies > seeds / 10, `${olderCopies} times one came back with an older copy of its folder`)
  t.ok(handedOver > seeds / 3, `leaders handed over ${handedOver} times`)
  t.ok(restored > seeds / 2, `${restored} times a server went on from a leader's snapshot in ${seeds} seeds`)
}
