/** Who runs the simulated cluster: adds, removes and moves members, hands over, stops and restarts in good order. */
import { membersOf } from '../../lib/raft/quorum.js'
import { logIndex } from '../../lib/raft/types.js'
import type { Entry } from '../../lib/raft/types.js'
import type { Calls, Outcome } from './calls.js'
import type { Cluster } from './cluster.js'
import type { Member } from './member.js'
import type { Plan } from './plan.js'
import type { World } from './world.js'

const MEMBERS_MAX = 7

export class Operator {
  /** One change at a time; the next one waits for what is known of this one. */
  #isBusy = false
  #wiped: Member | undefined
  /** Whose removal was asked for. Their folders are of no use any more: they are not added again with these. */
  readonly #leaving = new Set<Member>()
  /** Whose removal is committed: they may come back with new folders. */
  readonly #removed = new Set<Member>()

  constructor(
    private readonly world: World,
    private readonly cluster: Cluster,
    private readonly calls: Calls,
    private readonly plan: Plan,
  ) {}

  start(): void {
    const { changeMs, handOverMs, wipes, chaosMs } = this.plan
    if (changeMs !== undefined) this.world.repeat(() => this.#change(), changeMs)
    if (handOverMs !== undefined) this.world.repeat(() => this.#handOver(), handOverMs)
    if (wipes) this.world.repeat(() => this.#wipe(), chaosMs / 20)
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
    const waiting = cluster.members.find(
      (member) => !this.#leaving.has(member) && !configuration.voters.includes(member.id),
    )
    if (waiting === undefined && cluster.members.length >= MEMBERS_MAX) return
    const joiner = waiting ?? cluster.join()
    if (waiting === undefined) await world.sleep(world.dice.delay(50))
    await this.add(joiner)
  }

  async #bringBack(member: Member): Promise<void> {
    this.#removed.delete(member)
    this.#leaving.delete(member)
    this.world.count('returns with a new folder')
    this.cluster.rejoin(member)
    await this.add(member)
  }

  /** With a member wiped, what is left of the others must always be a majority of them all. */
  async #shrink(): Promise<void> {
    const { configuration } = this.cluster
    if (configuration === undefined) return
    const { voters, learners } = configuration
    const least = this.plan.wipes ? 4 : 2
    const removable = voters.length >= least ? [...voters, ...learners] : learners
    const leaving = removable.find((id) => id === this.#wiped?.id) ?? this.world.dice.pick(removable)
    const member = leaving === undefined ? undefined : this.cluster.get(leaving)
    if (member !== undefined) await this.remove(member)
  }

  /** One at a time: when more than a minority have moved before anyone knows, nobody finds anybody. */
  #move(): void {
    const named = this.#named()
    const last = lastOf('configuration', this.cluster.leader)
    const knowsAll = ({ running }: Member) => {
      if (running === undefined) return false
      const { configuration, durableIndex } = running.replica.raft.view
      return durableIndex >= last && named.every(({ id, uri }) => configuration.uris[id] === uri)
    }
    const member = this.world.dice.pick(named)
    if (member === undefined || !named.every(knowsAll)) return
    member.crash()
    this.cluster.newUriFor(member)
    this.world.note(`${member.id} moves to ${member.uri}`)
    this.world.count('moves')
    if (member !== this.cluster.late) this.cluster.start(member)
  }

  async add(member: Member): Promise<boolean> {
    return this.#ask('member.addMember', [member.id, member.uri])
  }

  async remove(member: Member): Promise<boolean> {
    this.#leaving.add(member)
    const isRemoved = await this.#ask('member.removeMember', [member.id])
    if (isRemoved && member !== this.#wiped) this.#removed.add(member)
    return isRemoved
  }

  async #ask(method: string, params: readonly string[]): Promise<boolean> {
    const running = this.cluster.leader?.running
    if (running === undefined) return false
    const outcome = await this.calls.attempt(running, method, params)
    this.#note(method, params, outcome)
    return outcome.told === 'acknowledged'
  }

  #note(method: string, params: readonly string[], outcome: Outcome): void {
    const said = outcome.told === 'acknowledged' ? '' : `: ${outcome.label}`
    this.world.note(`${method}(${params.join(', ')}) is ${outcome.told}${said}`)
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
    const leaving = dice.chance(700) ? leader : (dice.pick(this.cluster.members) ?? leader)
    this.world.spawn(() => leaving.leave())
  }

  async #transfer(): Promise<void> {
    const { dice } = this.world
    const to = dice.chance(500) ? dice.pick(this.cluster.members)?.id : undefined
    await this.#ask('member.transferLeadership', to === undefined ? [] : [to])
  }

  /**
   * Only when all know their cluster and whom it has pinned, and that this is committed: what is lost before nobody can
   * tell from what was never there, and whose pin is not committed can't stand in for the one that is lost.
   */
  #wipe(): void {
    const { dice } = this.world
    const { members, configuration, leader } = this.cluster
    if (this.#wiped !== undefined || configuration === undefined || this.#isBusy) return
    const last = lastOf('identity', leader)
    if (!members.every((member) => knowsPins(member, last)) || configuration.voters.length < 3) return
    this.#wiped = dice.pick(members.filter(({ id }) => configuration.voters.includes(id)))
    this.#wiped?.crash()
    this.#wiped?.wipe()
    if (this.#wiped !== undefined) this.cluster.start(this.#wiped)
    this.world.count('wiped folders')
  }

  /** Whom the leader's configuration names. */
  #named(): readonly Member[] {
    const { configuration, members } = this.cluster
    return configuration === undefined
      ? []
      : members.filter(({ id }) => membersOf(configuration).includes(id))
  }

  get wiped(): Member | undefined {
    return this.#wiped
  }
}

/** The last entry of that kind in the leader's log; 0 when a snapshot covers it. */
function lastOf(kind: Entry['kind'], leader: Member | undefined): number {
  const raft = leader?.running?.replica.raft
  const entries = raft?.entries(logIndex(1), raft.view.lastLogIndex) ?? []
  return entries.findLast((entry) => entry.kind === kind)?.index ?? 0
}

function knowsPins({ running }: Member, last: number): boolean {
  if (running === undefined) return false
  const { clusterId, pins, durableIndex, commitIndex, configuration } = running.replica.raft.view
  const isCommitted = clusterId !== undefined && Math.min(durableIndex, commitIndex) >= last
  return isCommitted && configuration.voters.every((id) => pins.has(id))
}
