/** The REPL's commands on replicated and other remote objects. */
import { UsageError } from '../../lib/command-line/report.js'
import { isList, membersOf, textsIn, type Json } from '../../lib/json.js'
import { jsonOrText, plainText, target, words } from '../../lib/command-line/arguments.js'
import { printable } from '../../lib/printable.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import {
  SHIPPED_OBJECTS,
  type CounterApi,
  type KvApi,
  type LogApi,
  type ShippedObject,
} from '../../lib/shipped/index.js'
import type { LogItem } from '../../lib/shipped/log.js'
import { instantiate } from '../../lib/replica/objects/marks.js'
import { value, type ReplCommand, type ReplContext } from './command.js'
import { oneWord, wholeNumbers } from './read-arguments.js'

const log = (context: ReplContext) => context.rollcall.object<LogApi>('log')
const kv = (context: ReplContext) => context.rollcall.object<KvApi>('kv')
const counter = (context: ReplContext) => context.rollcall.object<CounterApi>('counter')

/** How many entries `log` shows when nobody says. */
const LOG_COUNT = 20

export const objectCommands: readonly ReplCommand[] = [
  {
    name: 'append',
    usage: 'TEXT',
    explanation: 'append the rest of the line to the log; prints its index there',
    run: async (rest, context) => {
      if (rest === '') throw new UsageError('usage: append TEXT')
      const { index, term } = await log(context).append(rest)
      return value({ index, term }, `${JSON.stringify({ index, term })}  entry ${index} of the object log`)
    },
  },
  {
    name: 'log',
    usage: '[FROM [COUNT]]',
    explanation: `entries of the log from index FROM on; without FROM the last ${LOG_COUNT}`,
    run: async (rest, context) => {
      const [from, count = LOG_COUNT] = wholeNumbers(rest, 2, 1, 'log [FROM [COUNT]]')
      const first = from ?? Math.max(1, (await log(context).length()) - LOG_COUNT + 1)
      const items = await log(context).entries(first, count)
      return value(items.map(itemJson), items.map(itemLine).join('\n') || 'the log has no entries there')
    },
  },
  {
    name: 'entry',
    usage: 'N',
    explanation: 'the entry at index N of the log; null beyond its end',
    run: async (rest, context) => {
      const [index] = wholeNumbers(rest, 1, 1, 'entry N')
      if (index === undefined) throw new UsageError('usage: entry N')
      const item = await log(context).entry(index)
      return value(item && itemJson(item))
    },
  },
  {
    name: 'set',
    usage: 'KEY VALUE',
    explanation: 'set KEY; VALUE is JSON, or else a string; prints the value before',
    run: async (rest, context) => {
      const [key] = words(rest)
      const content = rest.slice(key?.length).trim()
      if (key === undefined || content === '') throw new UsageError('usage: set KEY VALUE')
      return value(await kv(context).set(plainText(key), jsonOrText(content)))
    },
    complete: keysAt(0),
  },
  {
    name: 'get',
    usage: 'KEY',
    explanation: 'the value of KEY, or null',
    run: async (rest, context) => value(await kv(context).get(oneWord(rest, 'get KEY'))),
    complete: keysAt(0),
  },
  {
    name: 'delete',
    usage: 'KEY',
    explanation: 'remove KEY; prints whether it was there',
    run: async (rest, context) => value(await kv(context).delete(oneWord(rest, 'delete KEY'))),
    complete: keysAt(0),
  },
  {
    name: 'incr',
    usage: '[BY]',
    explanation: 'add BY (default 1) to the counter; prints its value',
    run: async (rest, context) => {
      const [by] = wholeNumbers(rest, 1, -Infinity, 'incr [BY]')
      return value(await (by === undefined ? counter(context).increment() : counter(context).increment(by)))
    },
  },
  {
    name: 'call',
    usage: 'OBJECT.METHOD ARG…',
    explanation: 'call any method by name; each ARG is JSON, or else a string',
    parts: () => Object.entries(SHIPPED_OBJECTS).map(([name, shipped]) => [name, explained(shipped)]),
    run: async (rest, context) => {
      const [place, ...params] = words(rest)
      if (place === undefined) throw new UsageError('usage: call OBJECT.METHOD ARG…')
      const { object, method } = target(place)
      return value(await context.rollcall.call(object, method, params.map(jsonOrText)))
    },
    complete: async (index, context) => (index === 0 ? methodsOf(context.rollcall) : []),
  },
]

/** What it is, and its methods: `one number: increment, value`. */
function explained({ class: source, explanation }: ShippedObject): string {
  return `${explanation}: ${[...instantiate(source).marks.methods.keys()].join(', ')}`
}

const itemJson = ({ index, term, command }: LogItem): Json => ({ index, term, command })

const itemLine = ({ index, term, command }: LogItem): string =>
  `${String(index).padStart(6)}  term ${term}  ${printable(command)}`

/** Tab must not make a person wait: what is not known soon is not offered, without a word. */
const COMPLETION = { timeoutMs: 500, onWaiting: () => undefined }

function keysAt(position: number): NonNullable<ReplCommand['complete']> {
  return async (index, { rollcall }) =>
    index === position ? textsIn(await rollcall.call('kv', 'keys', [], COMPLETION)) : []
}

/** `OBJECT.METHOD` of every object that the leader has. */
async function methodsOf(rollcall: Rollcall): Promise<readonly string[]> {
  const leader = await rollcall.leader()
  if (leader === null) return []
  const daemon = `daemon@${leader.slice(leader.indexOf('@') + 1)}`
  const ask = (method: string, params: readonly Json[]): Promise<Json> =>
    rollcall.call(daemon, method, params, COMPLETION)
  const objects = textsIn(await ask('objects', []))
  const described = await Promise.all(objects.map((object) => ask('describe', [object])))
  return objects.flatMap((object, i) => methodNames(described[i]).map((method) => `${object}.${method}`))
}

function methodNames(description: Json | undefined): readonly string[] {
  const { methods } = membersOf(description)
  return isList(methods) ? textsIn(methods.map((method) => membersOf(method)['name'])) : []
}
