/**
 * `npm run bench [-- --check] [PART …]`: the figures of the README, docs/benchmarks.md and docs/performance.md, each
 * beside the floor that this machine set in the same run. With `--check` it exits 1 when a target is missed.
 */
import { SETTINGS } from '../lib/member-settings.js'
import { Cluster, pause } from '../test/harness/cluster.js'
import { calls } from './calls/calls.js'
import { compare } from './compare/compare.js'
import { cost } from './compare/cost.js'
import { growth } from './growth/growth.js'
import { flood } from './flood/flood.js'
import { hosts } from './hosts.js'
import { journeys } from './journeys.js'
import { bareDatasync, bareLineEcho } from './floor.js'
import { load, median } from './load.js'
import { largeState } from './large-state.js'
import { million } from './million.js'
import { optionsOf } from './options.js'
import { count, exceeded, missed, say, target, time } from './report.js'

const { check, full, list, out, parts: asked } = optionsOf(process.argv.slice(2))
const seconds = Number(process.env['BENCH_SECONDS'] ?? 3)
const roundsOr = (count: number): number => Number(process.env['BENCH_ROUNDS'] ?? count)
const rounds = roundsOr(3)
const tasks: (() => unknown)[] = []
const teardown = { teardown: (task: () => unknown) => void tasks.unshift(task) }

async function commands(cluster: Cluster): Promise<void> {
  const client = await cluster.connect()
  const kv = client.object<{ set(key: string, value: number): unknown; get(key: string): unknown }>('kv')
  for (const inFlight of [1, 64, 256, 1024]) {
    const floor = bareDatasync(500)
    const result = await load(inFlight, seconds * 1000, (n) => kv.set(`key${n % 1000}`, n))
    const latency = `p50 ${time(result.p50)}, p99 ${time(result.p99)}`
    say(
      `committed commands/s, ${inFlight} in flight`,
      `${count(result.perSecond)} (${latency})`,
      `bare fdatasync ${count(floor)}/s`,
    )
    if (inFlight === 256) target('15,000 committed commands/s at 256 in flight', result.perSecond >= 15_000)
  }
  for (const inFlight of [1, 256]) {
    const floor = await bareLineEcho(inFlight, 1000)
    const result = await load(inFlight, seconds * 1000, (n) => kv.get(`key${n % 1000}`))
    say(
      `linearizable reads/s, ${inFlight} in flight`,
      `${count(result.perSecond)} (p50 ${time(result.p50)})`,
      `bare line echo ${count(floor)}/s`,
    )
  }
}

/** From SIGKILL of the leader to a command committed by its successor. */
async function failOver(kills: number): Promise<void> {
  const cluster = await Cluster.start(teardown, 4, ['--log-level', 'error'])
  const client = await cluster.connect()
  const counter = client.object<{ increment(by?: number): number }>('counter')
  const times: number[] = []
  for (let n = 0; n < kills; n++) {
    const leader = await cluster.leader(client)
    await counter.increment()
    await pause(Math.random() * 50)
    const started = performance.now()
    await cluster.kill(leader)
    await untilCommitted(() => counter.increment())
    times.push(performance.now() - started)
    cluster.startNode(leader)
    while ((await cluster.statuses(client)).length < cluster.ids.length) await pause(50)
    await pause(500)
  }
  const worst = Math.max(...times)
  say(
    `time to fail over, ${kills} kills`,
    `median ${time(median(times))}, worst ${time(worst)}`,
    `shortest election timeout ${SETTINGS.electionTimeout.default.min} ms`,
  )
  target('190 ms to fail over in the median', median(times) <= 190)
  target('603 ms to fail over at most', worst <= 603)
}

async function untilCommitted(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call()
      return
    } catch {
      // An unknown outcome is no commit that the client has seen.
    }
  }
}

async function commandsOfFour(): Promise<void> {
  const cluster = await Cluster.start(teardown, 4, ['--log-level', 'error'])
  await commands(cluster)
  await cluster.end()
}

async function millions(): Promise<void> {
  for (const keys of [1_000, 1_000_000]) await million(teardown, keys)
}

function comparison(): Promise<void> {
  const only = process.env['BENCH_COMPARE']
  return compare(teardown, { rounds: roundsOr(5), ms: seconds * 1000, only, out })
}

/** By the name under which one alone can be asked for. */
const PARTS = new Map<string, () => Promise<unknown>>([
  ['calls', () => calls(teardown, { rounds, ms: (seconds * 1000) / 3 })],
  ['commands', commandsOfFour],
  ['fail-over', () => failOver(Number(process.env['BENCH_KILLS'] ?? 100))],
  ['hosts', () => hosts(teardown, Number(process.env['BENCH_KILLS'] ?? 20))],
  ['million', millions],
  ['large-state', () => largeState(teardown, Number(process.env['BENCH_STATE_MB'] ?? 200))],
  ['flood', () => flood(teardown, { only: process.env['BENCH_FLOOD'], rounds })],
  ['growth', () => growth(teardown, { isFull: full, only: process.env['BENCH_GROWTH'] })],
  ['journeys', () => journeys(teardown, list)],
  ['cost', () => cost(teardown)],
  ['compare', comparison],
])
/** They take a quarter of an hour each, and have parts of their own again. */
const ONLY_BY_NAME: ReadonlySet<string> = new Set(['compare', 'growth'])

/** What was started ends with this process, whatever becomes of it. */
async function endAll(): Promise<void> {
  for (const task of tasks) await task()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void endAll().finally(() => process.exit(1)))

try {
  const unknown = asked.find((name) => !PARTS.has(name))
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}: ${[...PARTS.keys()].join(', ')}`)
  const wanted = asked.length > 0 ? asked : [...PARTS.keys()].filter((name) => !ONLY_BY_NAME.has(name))
  for (const [name, part] of PARTS) if (wanted.includes(name)) await part()
} finally {
  await endAll()
}
const failures = [...exceeded, ...(check ? missed : [])]
if (failures.length > 0) {
  process.stderr.write(failures.map((name) => `missed: ${name}\n`).join(''))
  process.exitCode = 1
}
