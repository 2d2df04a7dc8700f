/** Keys that lead out of an object, into what all objects of the process have in common. */
import fc from 'fast-check'
import t from 'tap'
import { isObject, type Json } from '../../../lib/json.js'
import { CommonGround } from '../../../lib/replica/objects/common-ground.js'
import { seededRandom, withCommandContext } from '../../../lib/replica/objects/context.js'
import { HostedObject } from '../../../lib/replica/objects/hosted.js'
import { SHIPPED_OBJECTS } from '../../../lib/shipped/index.js'
import { silent } from '../../harness/ports.js'
import { outcomeOf } from '../outcome.js'

type Table = Record<string, Record<string, Json>>

/** What many write without a thought. */
class Tables {
  static commands = ['put', 'replace', 'merge', 'deep']
  static queries = ['get']
  tables: Table = {}

  put(table: string, row: string, value: Json): boolean {
    ;(this.tables[table] ??= {})[row] = value
    return true
  }

  replace(table: string, rows: Record<string, Json>): boolean {
    this.tables[table] = rows
    return true
  }

  merge(table: string, rows: Json): boolean {
    merge((this.tables[table] ??= {}), rows)
    return true
  }

  deep(path: string, value: Json): boolean {
    const names = path.split('.')
    const last = names.pop() ?? ''
    let at: Record<string, unknown> = this.tables
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>
    at[last] = value
    return true
  }

  get(table: string, row: string): Json {
    return this.tables[table]?.[row] ?? null
  }
}

function merge(into: Record<string, unknown>, from: unknown): void {
  if (!isObject(from)) return
  for (const [name, value] of Object.entries(from)) {
    const before = into[name]
    if (isObject(value) && (isObject(before) || typeof before === 'function'))
      merge(before as Record<string, unknown>, value)
    else into[name] = value
  }
}

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'keys',
  'call',
  'name',
  'get',
  'polluted',
  '',
  '0',
  '\ud800',
]

/** All that a key could lead to, as text. */
function ground(): string {
  const all = [Object, Array, Function, String, Number, Boolean, Map, Set, Tables]
  return all
    .flatMap((maker) => [maker, maker.prototype])
    .map((object: object) => {
      const members = Object.entries(Object.getOwnPropertyDescriptors(object))
      const said = members.map(([name, { value }]) => `${name}:${inner(value)}`)
      return `${String(Object.getPrototypeOf(object) === null)} ${said.join()}`
    })
    .join('\n')
}

function inner(value: unknown): string {
  return typeof value === 'function' ? `${value.name}(${Object.keys(value).join()})` : typeof value
}

const isTold = (call: readonly Json[]): boolean => JSON.stringify(call).includes('constructor')

function hosted(): HostedObject {
  return new HostedObject('tables', Tables, silent)
}

/** As the machine runs it: what is watched once is watched for good. */
function runner(object: HostedObject) {
  let isWatched = false
  return (method: string, ...params: readonly Json[]) => {
    isWatched ||= isTold(params)
    return outcomeOf(isWatched ? object.runWatched(method, params, 1) : object.run(method, params, 1))
  }
}

void t.test('the key __proto__ is refused, and nothing is changed in any member', (t) => {
  const run = runner(hosted())
  const before = ground()
  const refused = { error: { remote: { name: 'UnsuitableKeyError', message: /Map/ } } }
  t.match(run('put', '__proto__', 'polluted', 1), refused)
  t.match(run('replace', '__proto__', { polluted: 1 }), refused)
  t.match(run('deep', 'a.__proto__.polluted', 1), refused)
  t.match(run('merge', 'a', JSON.parse('{"__proto__": {"polluted": 1}}') as Json), refused)
  t.match(run('get', '__proto__', 'polluted'), refused)
  t.equal(ground(), before)
  t.same(run('put', 'a', 'polluted', 1), { value: true }, 'others go on')
  t.end()
})

void t.test('what a key such as constructor leads to is put back, and the command has failed', (t) => {
  const run = runner(hosted())
  const before = ground()
  const refused = { error: { remote: { name: 'UnsuitableKeyError', message: /constructor/ } } }
  t.match(run('put', 'constructor', 'keys', 1), refused)
  t.match(run('put', 'constructor', 'polluted', 1), refused)
  t.match(run('deep', 'constructor.prototype.toString', 1), refused)
  t.match(run('deep', 'constructor.prototype.get', 1), refused)
  t.match(run('deep', 'constructor.constructor.prototype.call', 1), refused)
  t.match(run('merge', 'a', { constructor: { prototype: { polluted: 1 } } }), refused)
  t.equal(ground(), before)
  t.equal(Object.keys({ a: 1 }).length, 1)
  t.end()
})

void t.test('a key that was kept by one command is watched for in the next', (t) => {
  class Staged {
    static commands = ['stage', 'commit']
    tables: Table = {}
    staged: string[] = []

    stage(name: string): void {
      this.staged.push(name)
    }

    commit(row: string): void {
      for (const name of this.staged) (this.tables[name] ??= {})[row] = 1
    }
  }
  const run = runner(new HostedObject('staged', Staged, silent))
  const before = ground()
  t.same(run('stage', 'constructor'), { value: null })
  t.match(run('commit', 'polluted'), { error: { remote: { name: 'UnsuitableKeyError' } } })
  t.equal(ground(), before)
  t.end()
})

void t.test("the language's own methods take no members", (t) => {
  const run = runner(hosted())
  const before = ground()
  t.match(run('put', 'hasOwnProperty', 'call', 1), { error: { remote: { name: 'TypeError' } } })
  t.equal(ground(), before)
  t.end()
})

void t.test('outside of methods __proto__ is what it was', (t) => {
  hosted()
  const parent = { inherited: 1 }
  const child = {}
  Reflect.set(child, '__proto__', parent)
  t.equal(Reflect.get(child, 'inherited'), 1)
  t.equal(Reflect.get(child, '__proto__'), parent)
  t.end()
})

void t.test('a Map and an object without a prototype take every key', (t) => {
  class Pages {
    static commands = ['visit']
    byPage = new Map<string, number>()
    bare = Object.create(null) as Record<string, number>

    visit(page: string): number {
      this.byPage.set(page, (this.byPage.get(page) ?? 0) + 1)
      this.bare[page] = (this.bare[page] ?? 0) + 1
      return (this.byPage.get(page) ?? 0) + (this.bare[page] ?? 0)
    }
  }
  const run = runner(new HostedObject('pages', Pages, silent))
  for (const key of KEYS) {
    t.same(run('visit', key), { value: 2 })
    t.same(run('visit', key), { value: 4 })
  }
  t.end()
})

const context = {
  index: 1,
  term: 1,
  now: 0,
  version: 1,
  random: seededRandom(1),
  emit: () => undefined,
}

const key = fc.constantFrom(...KEYS)
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(1, 'x', null, true),
  fc.dictionary(key, fc.constantFrom<Json>(1, 'x')),
  fc.dictionary(key, fc.dictionary(key, fc.constantFrom<Json>(1, 'x'))),
)
const call = fc.oneof(
  fc.tuple(fc.constant('put'), key, key, value),
  fc.tuple(fc.constant('replace'), key, value),
  fc.tuple(fc.constant('merge'), key, value),
  fc.tuple(
    fc.constant('deep'),
    fc.array(key, { minLength: 1, maxLength: 5 }).map((names) => names.join('.')),
    value,
  ),
  fc.tuple(fc.constant('get'), key, key),
)

void t.test(
  'whatever keys are called with, the common ground stays, and all copies come to the same',
  (t) => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 12 }), (calls) => {
        const before = ground()
        const [one, other] = [runner(hosted()), runner(hosted())]
        for (const [method, ...params] of calls) {
          const results = [one, other].map((run) =>
            JSON.stringify(run(method, ...(JSON.parse(JSON.stringify(params)) as Json[]))),
          )
          if (results[0] !== results[1]) throw new Error(`${results.join(' and ')} for ${method}`)
          if (ground() !== before) throw new Error(`${method} has changed what all have in common`)
        }
      }),
      { numRuns: 100 },
    )
    t.end()
  },
)

void t.test('what ships takes every text', (t) => {
  const kv = new HostedObject('kv', SHIPPED_OBJECTS.kv.class, silent)
  const log = new HostedObject('log', SHIPPED_OBJECTS.log.class, silent)
  const before = ground()
  const run = (method: string, ...params: readonly Json[]) =>
    outcomeOf(withCommandContext(context, () => kv.runWatched(method, params, 1)))
  for (const key of KEYS) {
    t.same(run('set', key, { [key]: key }), { value: null })
    t.same(JSON.stringify(run('get', key)), JSON.stringify({ value: { [key]: key } }))
    t.ok('value' in run('keys', key))
  }
  for (const key of KEYS) t.same(run('delete', key), { value: true })
  t.ok('error' in log.runWatched('entry', ['constructor']))
  t.equal(ground(), before)
  t.end()
})

void t.test('what was taken away from the common ground comes back', (t) => {
  class Taker {}
  const common = new CommonGround(new Taker())
  common.remember()
  const entries = Object.entries
  Reflect.deleteProperty(Object, 'entries')
  Reflect.set(Object.prototype, 'get', 1)
  const error = common.putBack()
  t.match(error?.remote.message, /Object/)
  t.equal(Object.entries, entries)
  t.notOk('get' in {})
  t.equal(common.putBack(), undefined)
  t.end()
})
