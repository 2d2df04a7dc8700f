/**
 * `npm run bench -- growth`: what a command costs, in processor time, as state, log, clients, members and values grow;
 * and what a large state takes of memory and time. `--full`: the sizes of the targets, which take an hour; else a tenth
 * of them and less. `BENCH_GROWTH="state names"` runs these alone.
 */
import type { Teardown } from '../../test/harness/cluster.js'
import { loadNow } from '../compare/machine.js'
import { count, say, size, target, time } from '../report.js'
import { residentMax } from '../vitals.js'
import { largeState } from '../large-state.js'
import { Grown, KEYS, VALUE_BYTES } from './grown.js'
import { names } from './names.js'
import { costTable, demandFlat, type Sized } from './rows.js'

/** A row is measured over so many commands. */
const CALLS = 20_000

/** What a member may take whatever has been, and what for each key beside: 250 MB for a million. */
const MEGABYTES_ALONE = 130
const MEGABYTES_A_KEY = 0.000_120

export interface GrowthOptions {
  readonly isFull: boolean
  /** Which parts, by their names. Undefined: all. */
  readonly only: string | undefined
}

type Part = (teardown: Teardown, isFull: boolean) => Promise<void>

const PARTS = new Map<string, Part>([
  ['state', state],
  ['log', log],
  ['clients', clients],
  ['members', members],
  ['values', values],
  ['names', names],
  ['snapshot', (teardown, isFull) => largeState(teardown, isFull ? 200 : 20)],
])

export async function growth(teardown: Teardown, { isFull, only }: GrowthOptions): Promise<void> {
  const wanted = only?.split(' ') ?? [...PARTS.keys()]
  const unknown = wanted.find((name) => !PARTS.has(name))
  if (unknown !== undefined) throw new Error(`growth has no ${unknown}: ${[...PARTS.keys()].join(', ')}`)
  say('load at the beginning', loadNow().toFixed(1))
  for (const name of wanted) await PARTS.get(name)?.(teardown, isFull)
  say('load at the end', loadNow().toFixed(1))
}

/** Keys, and then what a member takes of memory. */
async function state(teardown: Teardown, isFull: boolean): Promise<void> {
  const grown = await Grown.start(teardown)
  const all: Sized[] = []
  let filled = 0
  for (const keys of [1_000, 100_000, ...(isFull ? [1_000_000] : [])]) {
    await grown.load({ calls: keys - filled }, { keys, valueBytes: 16, from: filled })
    filled = keys
    all.push({ size: `${count(keys)} keys`, measured: await grown.cost(CALLS, { keys }) })
  }
  print(costTable('µs of processor a command: state', all))
  demandFlat('keys', all)
  await back(grown, `${count(filled)} keys`, 4_000)
  remember(grown, `${count(filled)} keys`, MEGABYTES_ALONE + filled * MEGABYTES_A_KEY)
  await grown.end()
}

/** Commands that have been, on 1,000 keys; what a member holds then, and how soon it is back. */
async function log(teardown: Teardown, isFull: boolean): Promise<void> {
  const grown = await Grown.start(teardown)
  const all: Sized[] = []
  let done = 0
  for (const commands of [10_000, 200_000, ...(isFull ? [1_000_000, 2_000_000, 10_000_000] : [])]) {
    await grown.load({ calls: commands - done })
    done = commands
    all.push({ size: `${count(commands)} commands`, measured: await grown.cost(CALLS) })
    await back(grown, `${count(commands)} commands`, commands > 1_000_000 ? 4_000 : 2_000)
  }
  print(costTable('µs of processor a command: log', all))
  demandFlat('commands', all)
  remember(grown, `${count(done)} commands on ${count(KEYS)} keys`, MEGABYTES_ALONE)
  await grown.end()
}

/** Those that do nothing, beside the one that calls. */
async function clients(teardown: Teardown): Promise<void> {
  const grown = await Grown.start(teardown)
  const idle = await grown.newClient()
  const all: Sized[] = []
  for (const resting of [1, 64, 1_000]) {
    await idle.ask({ type: 'rest', clients: resting })
    all.push({ size: `${count(resting)} idle clients`, measured: await grown.cost(CALLS) })
  }
  print(costTable('µs of processor a command: clients', all))
  demandFlat('clients', all)
  await grown.end()
}

async function members(teardown: Teardown): Promise<void> {
  const all: Sized[] = []
  const sizes = [3, 5, 7, 9]
  for (const each of sizes) {
    const grown = await Grown.start(teardown, each)
    all.push({ size: `${each} members`, measured: await grown.cost(CALLS) })
    await grown.end()
  }
  print(costTable('µs of processor a command: members', all))
  demandFlat('members, of each', all, sizes)
}

async function values(teardown: Teardown): Promise<void> {
  const grown = await Grown.start(teardown)
  const all: Sized[] = []
  for (const valueBytes of [VALUE_BYTES, 1_024, 16_384, 262_144]) {
    const calls = Math.max(500, Math.round((CALLS * VALUE_BYTES) / valueBytes))
    await grown.load({ calls: calls / 4 }, { valueBytes, keys: 100 })
    const measured = await grown.cost(calls, { valueBytes, keys: 100 })
    all.push({ size: `${count(valueBytes)} bytes`, measured })
  }
  print(costTable('µs of processor a command: values', all))
  await grown.end()
}

async function back(grown: Grown, what: string, mostMs: number): Promise<void> {
  const { took, ran } = await grown.restart()
  say(`${what}: back after SIGKILL`, time(took), `${time(ran)} of a processor`)
  target(`back after ${what} in ${time(mostMs)}`, took <= mostMs)
}

function remember(grown: Grown, what: string, megabytesMax: number): void {
  const most = Math.max(...grown.members.map(({ subject }) => residentMax(subject.pid)))
  say(`${what}: the largest member`, `${size(most)} of memory`, `at most ${megabytesMax.toFixed(0)} MB`)
  target(`${what} in ${megabytesMax.toFixed(0)} MB of memory`, most <= megabytesMax * 1_000_000)
}

function print(table: string): void {
  process.stdout.write(`\n${table}\n\n`)
}
