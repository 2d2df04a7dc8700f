/**
 * What a call costs beside what it costs with others, and beside lines of JSON that are echoed by nothing but a socket:
 * each library with a server and a client of its own, each in a process of its own, over real sockets. All of them are
 * there all the time. A machine is another one from second to second, above all for who waits for another process: so a
 * row is measured in many short turns of all libraries, there and back, and who is ahead is asked of each turn. Figures
 * are medians.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Teardown } from '../../test/harness/cluster.js'
import { median } from '../load.js'
import { count, target } from '../report.js'
import type { RowName } from './library.js'
import { LIBRARIES } from './libraries/index.js'
import { pin, type End } from './processors.js'

export interface Order {
  readonly row: RowName
  readonly ms: number
}

export interface Measured {
  /** Null: the library has no form for that. */
  readonly perSecond: number | null
}

export interface CallsOptions {
  /** Default: all libraries. */
  readonly only?: (library: string) => boolean
  readonly rounds: number
  /** How long each row of each library is measured in a round: in {@link TURNS} turns. */
  readonly ms: number
}

const ROWS: readonly RowName[] = ['sequential', 'pipelined', 'batched', 'streamed', 'callbacks']
const TURNS = 4
const PIPELINED_MIN = 150_000
const OF_FLOOR = 0.8
const NONE: ReadonlyMap<string, number> = new Map()

/** Calls a second, by row and library. */
export type CallFigures = ReadonlyMap<RowName, ReadonlyMap<string, number>>

/** The same of each turn, in their order. */
type TurnFigures = ReadonlyMap<string, readonly number[]>

/** Returns what it has printed. */
export async function calls(
  teardown: Teardown,
  { rounds, ms, only = () => true }: CallsOptions,
): Promise<CallFigures> {
  const clients = new Map<string, ChildProcess>()
  for (const name of LIBRARIES.keys()) if (only(name)) clients.set(name, await started(teardown, name))
  const figures = new Map<RowName, ReadonlyMap<string, number>>()
  line(['a second', ...clients.keys()])
  for (const row of ROWS) {
    const turns = await measured(clients, { row, ms: ms / TURNS }, rounds * TURNS)
    const of = new Map([...turns].map(([name, each]) => [name, median(each)]))
    figures.set(row, of)
    line([row, ...[...clients.keys()].map((name) => shown(of.get(name)))])
    judgeOrder(row, turns)
  }
  for (const client of clients.values()) client.disconnect()
  judge(figures)
  return figures
}

async function started(teardown: Teardown, name: string): Promise<ChildProcess> {
  const server = child(teardown, 'server', [name])
  const [{ port }] = (await once(server, 'message')) as [{ readonly port: number }]
  return child(teardown, 'client', [name, String(port)])
}

function child(teardown: Teardown, end: End, argv: readonly string[]): ChildProcess {
  const process = fork(join(import.meta.dirname, 'process.js'), argv, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  teardown.teardown(() => process.kill())
  pin(process.pid, end)
  return process
}

async function measured(
  clients: ReadonlyMap<string, ChildProcess>,
  order: Order,
  turns: number,
): Promise<TurnFigures> {
  const all = new Map<string, number[]>()
  const there = [...clients]
  const back = there.toReversed()
  // The first turns are for the engine, which has yet to compile what runs often.
  for (let turn = -TURNS; turn < turns; turn++)
    for (const [name, client] of turn % 2 === 0 ? there : back) {
      const perSecond = await ask(client, order)
      if (perSecond !== null && turn >= 0) all.set(name, [...(all.get(name) ?? []), perSecond])
    }
  return all
}

async function ask(client: ChildProcess, order: Order): Promise<number | null> {
  client.send(order)
  const [{ perSecond }] = (await once(client, 'message')) as [Measured]
  return perSecond
}

function shown(perSecond: number | undefined): string {
  return perSecond === undefined ? '-' : count(perSecond)
}

function line(cells: readonly string[]): void {
  process.stdout.write(
    `${cells.map((cell, at) => (at === 0 ? cell.padEnd(12) : cell.padStart(16))).join('')}\n`,
  )
}

/** By the median of what each turn says: what both had of the machine then was the same. */
function judgeOrder(row: RowName, turns: TurnFigures): void {
  const own = turns.get('rollcall') ?? []
  for (const [name, others] of turns) {
    if (name === 'rollcall' || name === 'floor') continue
    const times = median(own.map((each, at) => each / (others[at] ?? Infinity)))
    target(`${row} calls: ahead of ${name} (${times.toFixed(2)} times as many)`, times > 1)
  }
}

function judge(figures: CallFigures): void {
  const { rollcall = 0, floor = 0 } = Object.fromEntries(figures.get('pipelined') ?? NONE)
  target(`${count(PIPELINED_MIN)} pipelined calls/s (${count(rollcall)})`, rollcall >= PIPELINED_MIN)
  const share = `${count((100 * rollcall) / floor)} %`
  target(`pipelined calls: ${100 * OF_FLOOR} % of the floor (${share})`, rollcall >= OF_FLOOR * floor)
}
