/** Who runs the simulated cluster: adds, removes and moves members, hands over, stops and restarts in good order. */
import { membersOf } from '../../lib/raft/quorum.js'
import { logIndex } from '../../lib/raft/types.js'
import type { Entry } from '../../lib/raft/types.js'
import type { SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { World } from '../../testing/simulator/world.js'
import { startsFileName } from '../../lib/storage/starts-file.js'
import { toldOf } from '../../lib/replica/members/told-of.js'
import { rot, rotAtRest } from './bit-rot.js'
import type { Calls, Outcome } from './calls.js'
import type { Plan } from './plan.js'
import type { Starter } from '../../testing/simulator/starter.js'

const MEMBERS_MAX = 7
/**
 * Long enough for whatever a member does at a quiet moment, also for one that stands still meanwhile. Virtual
 * milliseconds.
 */
const REST_MS = 900
/** How often it is cut off anew: others mend what is cut. Virtual milliseconds. */
const CUT_MS = 100

export class Operator {
  /** One change at a time; the next one waits for what is known of this one. */
  #isBusy = false
  #lost: SimulatedNode | undefined
  /** Whose removal was asked for. Their folders are of no use any more: they are not added again with these. */
  readonly #leaving = new Set<SimulatedNode>()
  /** Whose removal is committed: they may come back with new folders. */
  readonly #removed = new Set<SimulatedNode>()

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly calls: Calls,
    private readonly starter: Starter,
    private readonly plan: Plan,
  ) {}

  start(): void {
    const { changeMs, handOverMs, loss, chaosMs } = this.plan
    if (changeMs !== undefined) this.world.repeat(() => this.#change(), changeMs)
    if (handOverMs !== undefined) this.world.repeat(() => this.#handOver(), handOverMs)
    if (loss !== undefined) this.world.repeat(() => this.#lose(loss), chaosMs / 20)
  }

  #change(): void {
    if (this.#isBusy) return
    switch (this.world.dice.below(6)) {
      case 0:
      case 1:
        return this.#busy(() => this.#grow())
      case 2:
      case 3:
        return this.#busy(() => this.#shrink())
      default:
        return this.#move()
    }
  }

  #busy(task: () => Promise<unknown>): void {
    this.#isBusy = true
    this.world.spawn(async () => {
      await task()
      this.#isBusy = false
    })
  }

  /** Somebody who waits to be added, or is half way, or somebody new. */
  async #grow(): Promise<void> {
    const { cluster, world } = this
    const { configuration } = cluster
    if (configuration === undefined) return
    const back = world.dice.pick([...this.#removed])
    if (back !== undefined && world.dice.chance(700)) return this.#bringBack(back)
    const waiting = cluster.nodes.find(
      (member) => !this.#leaving.has(member) && !configuration.voters.includes(member.id),
    )
    if (waiting === undefined && cluster.nodes.length >= MEMBERS_MAX) return
    const joiner = waiting ?? cluster.join()
    if (waiting === undefined) await world.sleep(world.dice.delay(50))
    await this.add(joiner)
  }

  async #bringBack(member: SimulatedNode): Promise<void> {
    this.#removed.delete(member)
    this.#leaving.delete(member)
    this.world.count('returns with a new folder')
    if (this.world.dice.chance(500)) await this.#lengthenLog()
    this.cluster.rejoin(member)
    await this.add(member)
  }

  /**
   * By more than goes into one message between members: who reads the log later comes to rest here, and not at its end.
   */
  async #lengthenLog(): Promise<void> {
    this.world.count('returns far behind its removal')
    for (let entry = 0; entry < 2; entry++) await this.#ask('session.close', ['x'.repeat(150_000)])
  }

  /** With a member lost, what is left of the others must always be a majority of them all. */
  async #shrink(): Promise<void> {
    const { configuration } = this.cluster
    if (configuration === undefined) return
    const { voters, learners } = configuration
    const least = this.plan.loss !== undefined ? 4 : 2
    const removable = voters.length >= least ? [...voters, ...learners] : learners
    const leaving = removable.find((id) => id === this.#lost?.id) ?? this.world.dice.pick(removable)
    const member = leaving === undefined ? undefined : this.cluster.node(leaving)
    if (member !== undefined) await this.remove(member)
  }

  /** One at a time: when more than a minority have moved before anyone knows, nobody finds anybody. */
  #move(): void {
    const named = this.#named()
    const last = lastOf('configuration', this.cluster.leader)
    const knowsAll = ({ replica }: SimulatedNode) => {
      if (replica === undefined) return false
      const { configuration, durableIndex } = replica.raft.view
      return durableIndex >= last && named.every(({ id, uri }) => configuration.uris[id] === uri)
    }
    const member = this.world.dice.pick(named)
    if (member === undefined || !named.every(knowsAll)) return
    member.process.crash()
    this.cluster.newUriFor(member)
    this.world.note(`${member.id} moves to ${member.uri}`)
    this.world.count('moves')
    this.starter.start(member)
  }

  async add(member: SimulatedNode): Promise<boolean> {
    if (this.isEstranged(member) && !(await this.#giveNewFolder(member))) return false
    return this.#ask('member.addMember', [member.id, member.uri])
  }

  /**
   * Whether all whom it knows were replaced while it was away, or waited to be added. It takes nothing from others, for
   * whom nobody it knows can vouch.
   */
  isEstranged({ id, replica }: SimulatedNode): boolean {
    const { configuration, leader } = this.cluster
    if (configuration === undefined || replica === undefined) return false
    const { view } = replica.raft
    if (view.leaderId === leader?.id) return false
    const known = [...membersOf(view.configuration), ...membersOf(toldOf(view))]
    const others = membersOf(configuration).filter((member) => member !== id)
    return !others.some((member) => known.includes(member))
  }

  async #giveNewFolder(member: SimulatedNode): Promise<boolean> {
    const isRemoved = !this.#named().includes(member) || (await this.remove(member))
    if (!isRemoved) return false
    this.world.count('estranged members with a new folder')
    this.#removed.delete(member)
    this.#leaving.delete(member)
    this.cluster.rejoin(member)
    return true
  }

  async remove(member: SimulatedNode): Promise<boolean> {
    this.#leaving.add(member)
    const isRemoved = await this.#ask('member.removeMember', [member.id])
    if (isRemoved && member !== this.#lost) this.#removed.add(member)
    return isRemoved
  }

  async #ask(method: string, params: readonly string[]): Promise<boolean> {
    const { leader } = this.cluster
    if (leader === undefined) return false
    const outcome = await this.calls.attempt(leader, method, params)
    this.#note(method, params, outcome)
    return outcome.told === 'acknowledged'
  }

  #note(method: string, params: readonly string[], outcome: Outcome): void {
    const shown = params.map((param) => (param.length > 100 ? '…' : param))
    const said = outcome.told === 'acknowledged' ? '' : `: ${outcome.label}`
    this.world.note(`${method}(${shown.join(', ')}) is ${outcome.told}${said}`)
    if (outcome.told === 'acknowledged') this.world.count(method)
  }

  #handOver(): void {
    const { leader } = this.cluster
    const { dice } = this.world
    if (leader === undefined) return
    if (dice.chance(500)) {
      this.world.spawn(() => this.#transfer())
      return
    }
    this.world.count('orderly stops')
    const leaving = dice.chance(700) ? leader : (dice.pick(this.cluster.nodes) ?? leader)
    this.world.spawn(() => leaving.process.stop())
  }

  async #transfer(): Promise<void> {
    const { dice } = this.world
    const to = dice.chance(500) ? dice.pick(this.cluster.nodes)?.id : undefined
    await this.#ask('member.transferLeadership', to === undefined ? [] : [to])
  }

  /**
   * Only when all know their cluster and whom it has pinned, and that this is committed: what is lost before nobody can
   * tell from what was never there, and whose pin is not committed can't stand in for the one that is lost.
   */
  #lose(what: NonNullable<Plan['loss']>): void {
    const { dice } = this.world
    const { nodes, configuration, leader } = this.cluster
    if (this.#lost !== undefined || configuration === undefined || this.#isBusy) return
    const last = lastOf('identity', leader)
    if (!nodes.every((node) => knowsPins(node, last)) || configuration.voters.length < 3) return
    const lost = dice.pick(nodes.filter(({ id }) => configuration.voters.includes(id)))
    if (lost === undefined) return
    if (what === 'news') return this.#busy(() => this.#loseNews(lost))
    if (what === 'bits' && dice.chance(500)) return this.#busy(() => this.#loseAtRest(lost))
    lost.process.crash()
    if (what === 'folder') lost.wipe()
    else if (rot(lost, dice) === undefined) return
    this.#isLost(lost, what === 'folder' ? 'wiped folders' : 'damaged files')
  }

  /**
   * A copy of its folder is made between two of its processes, and put back when whoever might be elected has read of
   * the later one. Until it counts again no other change is made: it might be needed for that.
   */
  async #loseNews(lost: SimulatedNode): Promise<void> {
    const { process } = lost
    process.crash()
    const copy = process.disk.image
    this.starter.start(lost)
    const isKnown = await this.#comesTrue(() => this.#isKnownToBeOlder(lost, copy))
    if (!isKnown) return
    process.crash()
    lost.putBack(copy)
    this.#isLost(lost, 'older copies put back')
    await this.#comesTrue(() => this.#hasCaughtUp(lost))
  }

  async #comesTrue(isTrue: () => boolean): Promise<boolean> {
    while (this.world.isChaotic && !isTrue()) await this.world.sleep(CUT_MS / 10)
    return this.world.isChaotic
  }

  #isKnownToBeOlder(lost: SimulatedNode, copy: ReadonlyMap<string, Uint8Array>): boolean {
    const others = this.cluster.nodes.filter((node) => node !== lost && node.fate === 'member')
    const known = new TextDecoder().decode(copy.get(startsFileName))
    return others.every((node) => {
      const start = startOf(lost, node)
      return start !== undefined && !known.includes(start)
    })
  }

  #hasCaughtUp(lost: SimulatedNode): boolean {
    const { leader } = this.cluster
    return (
      leader?.replica?.raft.view.olderCopies.has(lost.id) === false && startOf(lost, leader) !== undefined
    )
  }

  /** Nobody asks anything of it for a while, its disk rests, and what was written last changes there. */
  async #loseAtRest(lost: SimulatedNode): Promise<void> {
    const { process } = lost
    for (let ms = 0; ms < REST_MS + 4 * CUT_MS; ms += CUT_MS) {
      this.#cutOff(lost)
      await this.world.sleep(CUT_MS)
    }
    this.cluster.network.paths.mend()
    if (!this.world.isChaotic || process.isDown || process.disk.restMs < REST_MS) return
    process.crash()
    if (rotAtRest(lost, this.world.dice) !== undefined) this.#isLost(lost, 'damaged last blocks')
  }

  #cutOff({ process }: SimulatedNode): void {
    const { paths } = this.cluster.network
    for (const other of this.cluster.processes) {
      if (other === process) continue
      paths.between(process.name, other.name).isCut = true
      paths.between(other.name, process.name).isCut = true
    }
  }

  #isLost(lost: SimulatedNode, how: string): void {
    this.#lost = lost
    this.world.count(how)
    this.starter.start(lost)
  }

  /** Whom the leader's configuration names. */
  #named(): readonly SimulatedNode[] {
    const { configuration, nodes } = this.cluster
    return configuration === undefined ? [] : nodes.filter(({ id }) => membersOf(configuration).includes(id))
  }

  /** Whose folder is gone, or has been damaged. */
  get lost(): SimulatedNode | undefined {
    return this.#lost
  }
}

/** The last entry of that kind in the leader's log; 0 when a snapshot covers it. */
function lastOf(kind: Entry['kind'], leader: SimulatedNode | undefined): number {
  const raft = leader?.replica?.raft
  const entries = raft?.entries(logIndex(1), raft.view.lastLogIndex) ?? []
  return entries.findLast((entry) => entry.kind === kind)?.index ?? 0
}

/** The start of `member` that is durable and committed in the log of `by`. */
function startOf(member: SimulatedNode, { replica }: SimulatedNode): string | undefined {
  if (replica === undefined) return undefined
  const { raft } = replica
  const { durableIndex, commitIndex, lastApplied } = raft.view
  if (durableIndex < commitIndex) return undefined
  return raft.positionAt(lastApplied).starts?.find(([id]) => id === member.id)?.[1]
}

function knowsPins({ replica }: SimulatedNode, last: number): boolean {
  if (replica === undefined) return false
  const { clusterId, pins, durableIndex, commitIndex, configuration } = replica.raft.view
  const isCommitted = clusterId !== undefined && Math.min(durableIndex, commitIndex) >= last
  return isCommitted && configuration.voters.every((id) => pins.has(id))
}
