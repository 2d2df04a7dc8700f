/** One trial of each experiment, in virtual time. */
import type { Recovered, ServerId } from '../../lib/raft/index.js'
import { term } from '../../lib/raft/index.js'
import type { Dice } from '../../test/raft/dice.js'
import { logOf, names } from '../../test/raft/driver.js'
import type { Range } from './published.js'
import type { Setting } from './virtual-cluster.js'
import { between, carriesEntries, VirtualCluster } from './virtual-cluster.js'
import type { VirtualServer } from './virtual-server.js'

const SERVERS = 5

/** A cluster that has been there before: everyone has the entry of term 1 that pins the members. */
const USED: Recovered = {
  hardState: { currentTerm: term(1), votedFor: undefined },
  entries: logOf([1], names(SERVERS)),
}

/**
 * The paper's machines: gigabit Ethernet, and disks whose writes make up most of the "roughly 15 ms" of a broadcast.
 * From the time-out to the new leader's first heartbeat an election takes the candidate's write, a round trip, the
 * voter's write within it, and a way more: 14 ms of two writes and 0.6 ms of three ways. Pre-vote adds a round trip.
 */
const LAN_LATENCY: Range = { min: 0.1, max: 0.3 }
const LAN_DISK: Range = { min: 4, max: 10 }

/** Paper, §9.3: a heartbeat each half of the minimum timeout. */
export function lan(timeout: Range, preVote: boolean): Setting {
  return { timeout, heartbeat: timeout.min / 2, latency: LAN_LATENCY, disk: LAN_DISK, preVote }
}

/** Thesis, §9.4: no time for messages to be processed or written. */
export function wan(preVote: boolean): Setting {
  return {
    timeout: { min: 300, max: 600 },
    heartbeat: 150,
    latency: { min: 30, max: 40 },
    disk: { min: 0, max: 0 },
    preVote,
  }
}

/**
 * Figure 16: the leader has sent everyone a heartbeat at the same moment and crashes at any point of the interval after
 * it; two of the four others lack an entry that the rest has committed, and so can't win. From the crash until the last
 * of the others has heard the new leader, in milliseconds.
 */
export function crashOfLeader(setting: Setting, dice: Dice): number {
  const cluster = new VirtualCluster(setting, SERVERS, dice, USED)
  const { queue } = cluster
  const leader = untilSettled(cluster)
  const behind = leaveTwoBehind(cluster, leader)
  untilHeartbeat(cluster, behind)
  queue.untilTime(queue.now + between(dice, 0, setting.heartbeat))
  return untilReplaced(cluster, leader)
}

/**
 * Thesis, §9.4: each server that is left begins with a fresh timer. Until one leads that is not deposed before everyone
 * has heard it, in milliseconds.
 */
export function firstLeader(setting: Setting, down: number, dice: Dice): number {
  const cluster = new VirtualCluster(setting, SERVERS, dice, USED)
  for (const id of cluster.ids.slice(0, down)) cluster.crash(id)
  let [last, since]: [VirtualServer | undefined, number] = [undefined, 0]
  cluster.queue.until(() => {
    const { leader } = cluster
    if (leader !== last) [last, since] = [leader, cluster.queue.now]
    return isFollowed(cluster)
  })
  return since
}

/** Until all follow one leader and have its first entry. */
function untilSettled(cluster: VirtualCluster): VirtualServer {
  for (;;) {
    cluster.queue.next()
    const { leader } = cluster
    if (leader !== undefined && cluster.running.every((node) => hasCommitted(node, leader))) return leader
  }
}

function hasCommitted(node: VirtualServer, leader: VirtualServer): boolean {
  return node.view.leaderId === leader.options.id && node.view.commitIndex === leader.view.lastLogIndex
}

/** An entry is committed that two of the followers have not got, as all that carries entries to them is lost. */
function leaveTwoBehind(cluster: VirtualCluster, leader: VirtualServer): readonly ServerId[] {
  const others = cluster.ids.filter((id) => id !== leader.options.id)
  const first = cluster.dice.pick(others)
  const behind = [first, cluster.dice.pick(others.filter((id) => id !== first))]
  cluster.loses = (to, message) => carriesEntries(message) && behind.includes(to)
  cluster.propose(leader, 'only some have it')
  const ahead = cluster.running.filter(({ options }) => !behind.includes(options.id))
  cluster.queue.until(() => ahead.every((node) => hasCommitted(node, leader)))
  return behind
}

/** Until the leader has sent all of its followers a heartbeat at one moment. */
function untilHeartbeat(cluster: VirtualCluster, behind: readonly ServerId[]): void {
  const { queue } = cluster
  const sent = new Set<ServerId>()
  let sentAt = 0
  cluster.loses = (to, message) => {
    if (carriesEntries(message)) return behind.includes(to)
    if (message.type !== 'appendEntries') return false
    if (queue.now > sentAt) sent.clear()
    sentAt = queue.now
    sent.add(to)
    return false
  }
  queue.until(() => sent.size === SERVERS - 1)
}

function untilReplaced(cluster: VirtualCluster, old: VirtualServer): number {
  const { queue } = cluster
  const crashedAt = queue.now
  cluster.crash(old.options.id)
  cluster.loses = () => false
  queue.until(() => isFollowed(cluster))
  return queue.now - crashedAt
}

function isFollowed({ leader, running }: VirtualCluster): boolean {
  return leader !== undefined && running.every(({ view }) => view.leaderId === leader.options.id)
}
