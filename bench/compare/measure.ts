/** One loop, and what each process used for it. */
import type { LoadResult } from '../load.js'
import type { Order, Standing } from './contender.js'
import type { Subject, Vitals } from './subject.js'
import { usageOf, usedBetween, type Usage } from './usage.js'

/** Of one process, or of several together, for each command. Null: nobody counts it. */
export interface Cost {
  /** Microseconds of a processor. */
  readonly us: number
  /** System calls that write. */
  readonly writes: number | null
  /** Bytes handed to these, for sockets and files. */
  readonly written: number | null
  readonly toDisk: number
  readonly syncs: number | null
  /** Of the time by the clock, between 0 and 1. */
  readonly gcShare: number | null
}

export type RoleName = 'leader' | 'follower' | 'client' | 'all'

export interface Measured extends LoadResult {
  /** A follower is the mean of all of them. `client` is null where the leader is its own. */
  readonly costs: Readonly<Record<RoleName, Cost | null>>
}

/** How often a change of leaders may spoil it. */
const TRIES = 5

interface Snapshot {
  readonly usage: Usage
  readonly vitals: Vitals
}

export async function measure(standing: Standing, order: Order): Promise<Measured> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { leader, followers, client } = await standing.roles()
    const all = [leader, ...followers, ...(client === null ? [] : [client])]
    const before = await snapshots(all)
    const result = await standing.run(order)
    const after = await snapshots(all)
    if ((await standing.roles()).leader !== leader) continue
    const of = (subjects: readonly Subject[], parts = 1): Cost =>
      costOf(subjects, { before, after, result, parts })
    const costs = {
      leader: of([leader]),
      follower: of(followers, followers.length),
      client: client === null ? null : of([client]),
      all: of(all),
    }
    return { ...result, costs }
  }
  throw new Error(`the leader has changed in each of ${TRIES} loops`)
}

async function snapshots(subjects: readonly Subject[]): Promise<ReadonlyMap<Subject, Snapshot>> {
  const each = subjects.map(async (subject) => {
    const vitals = await subject.vitals()
    return [subject, { vitals, usage: usageOf(subject.pid) }] as const
  })
  return new Map(await Promise.all(each))
}

interface Loop {
  readonly before: ReadonlyMap<Subject, Snapshot>
  readonly after: ReadonlyMap<Subject, Snapshot>
  readonly result: LoadResult
  /** Among so many it is divided. */
  readonly parts: number
}

function costOf(subjects: readonly Subject[], { before, after, result, parts }: Loop): Cost {
  const pairs = subjects.flatMap((subject) => {
    const [from, to] = [before.get(subject), after.get(subject)]
    return from === undefined || to === undefined ? [] : [{ from, to }]
  })
  const used = pairs.map(({ from, to }) => usedBetween(from.usage, to.usage))
  const aCommand = (what: (usage: Usage) => number): number =>
    used.reduce((sum, usage) => sum + what(usage), 0) / parts / result.calls
  const counted = (what: keyof Vitals): number | null => {
    const counts = pairs.map(({ from, to }) => (to.vitals[what] ?? NaN) - (from.vitals[what] ?? NaN))
    const sum = counts.reduce((total, count) => total + count, 0)
    return Number.isNaN(sum) ? null : sum / parts
  }
  const sends = subjects.some((subject) => subject.sends)
  const syncs = counted('syncs')
  const gcMs = counted('gcMs')
  const elapsedMs = (result.calls / result.perSecond) * 1000
  return {
    us: aCommand(({ cpuNs }) => cpuNs) / 1000,
    writes: sends ? null : aCommand(({ writes }) => writes),
    written: sends ? null : aCommand(({ written }) => written),
    toDisk: aCommand(({ toDisk }) => toDisk),
    syncs: syncs === null ? null : syncs / result.calls,
    gcShare: gcMs === null ? null : gcMs / elapsedMs,
  }
}
