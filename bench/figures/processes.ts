/**
 * Figure 16 with five real processes on this machine: SIGSTOP of the leader at any point of its heartbeat interval,
 * until each of the others has logged that it follows the next one. All logs are the same. Of a process that ends the
 * others know without its silence; one that stands still is as a machine that has gone.
 */
import { Cluster, pause, type Teardown } from '../../test/harness/cluster.js'
import type { Distribution } from './distribution.js'
import { distributionOf } from './distribution.js'
import type { Range } from './published.js'
import { nameOf } from './published.js'

const SERVERS = 5
/** A cluster that finds no rest for so long is given up: its timeouts are too short for this machine. */
const PATIENCE_MS = 60_000

/** Undefined: with these timeouts the processes kept no leader for long enough to be measured. */
export async function measureLine(
  teardown: Teardown,
  timeout: Range,
  trials: number,
): Promise<Distribution | undefined> {
  const heartbeat = Math.floor(timeout.min / 2)
  const flags = ['--election-timeout', nameOf(timeout), '--heartbeat', String(heartbeat)]
  const cluster = await Cluster.start(teardown, SERVERS, [...flags, '--log-format', 'json'])
  try {
    const times: number[] = []
    while (times.length < trials) {
      const leader = await steadyLeader(cluster, heartbeat)
      if (leader === undefined) return undefined
      const time = await crash(cluster, leader, heartbeat)
      if (time === undefined) return undefined
      times.push(time)
      await cluster.kill(leader)
      cluster.startNode(leader)
    }
    return distributionOf(times)
  } finally {
    await cluster.end()
  }
}

/** The leader that all follow by their own logs, and still do ten heartbeats later. */
async function steadyLeader(cluster: Cluster, heartbeat: number): Promise<string | undefined> {
  const givesUpAt = performance.now() + PATIENCE_MS
  while (performance.now() < givesUpAt) {
    const before = leaderOfAll(cluster)
    await pause(10 * heartbeat + 200)
    const after = leaderOfAll(cluster)
    if (before !== undefined && after?.line === before.line) return before.id
  }
  return undefined
}

/** Undefined: the others did not agree on a leader. */
async function crash(cluster: Cluster, leader: string, heartbeat: number): Promise<number | undefined> {
  await pause(Math.random() * heartbeat)
  const crashedAt = performance.timeOrigin + performance.now()
  const givesUpAt = performance.now() + PATIENCE_MS
  const others = cluster.ids.filter((id) => id !== leader)
  cluster.process(leader).signal('SIGSTOP')
  while (performance.now() < givesUpAt) {
    const heardAt = whenAllHeard(cluster, others, leader)
    if (heardAt !== undefined) return heardAt - crashedAt
    await pause(20)
  }
  return undefined
}

/** When the last of them heard the leader that all of them follow now; undefined: they don't, or it is the old one. */
function whenAllHeard(cluster: Cluster, ids: readonly string[], old: string): number | undefined {
  const words = ids.map((id) => lastWord(cluster, id))
  const [first] = words
  if (first?.leader === undefined || first.leader === old) return undefined
  const times = words.flatMap((word) => (word?.line === first.line ? [word.at] : []))
  return times.length === ids.length ? Math.max(...times) : undefined
}

function leaderOfAll(cluster: Cluster): { readonly id: string; readonly line: string } | undefined {
  const words = cluster.ids.map((id) => lastWord(cluster, id))
  const [first] = words
  if (first?.leader === undefined || words.some((word) => word?.line !== first.line)) return undefined
  return { id: first.leader, line: first.line }
}

interface Word {
  /** By the machine's clock, in milliseconds, which is also how fine it is. */
  readonly at: number
  /** Undefined: it knows none. */
  readonly leader: string | undefined
  /** Leader and term, as they were logged. */
  readonly line: string
}

const WORD = /"time":"([^"]+)".*"msg":"((?:(\S+) leads|no leader is known in) term \d+)"/

/** What a node last logged of its leader. */
function lastWord(cluster: Cluster, id: string): Word | undefined {
  const lines = cluster.process(id).stderr.trimEnd().split('\n')
  const line = lines.findLast((each) => WORD.test(each)) ?? ''
  const [, time, word, leader] = WORD.exec(line) ?? []
  return time === undefined || word === undefined ? undefined : { at: Date.parse(time), leader, line: word }
}
