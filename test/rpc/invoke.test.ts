/** From a call to the method that it names, and what the method is told. */
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { ms } from '../../lib/ports.js'
import { UnauthorizedError } from '../../lib/rpc/errors.js'
import type { CallContext } from '../../lib/rpc/exposed.js'
import { Host } from '../../lib/rpc/host.js'
import { Invoker } from '../../lib/rpc/answering/invoke.js'
import type { CallOutcome } from '../../lib/rpc/answering/call-outcome.js'
import { ManualClock } from '../harness/manual-clock.js'

const connection = { kind: 'lines', remote: 'a test' } as const

/** A process with the objects `a` and `a.b`, whose method `who` tells which one it is. */
function scene() {
  const clock = new ManualClock()
  const host = new Host()
  const contexts: CallContext[] = []
  for (const id of ['a', 'a.b']) {
    const handler = (_: unknown, context: CallContext) => {
      contexts.push(context)
      return id
    }
    host.register(id, { methods: new Map([['who', { kind: 'plain', handler }]]) })
  }
  const invoker = new Invoker(host, clock, 1000)
  const run = (method: string, meta?: Json) =>
    new Promise<CallOutcome>((resolve) => {
      invoker.run({ id: 1, method, params: [], meta, bytes: 1 }, connection, resolve)
    })
  return { clock, contexts, run }
}

t.test('the last dot stands between object and method', async (t) => {
  const { run } = scene()
  t.same(await run('a.who'), { result: '"a"' })
  t.same(await run('a.b.who'), { result: '"a.b"' })
  t.match(await run('a.b.c.who'), { error: { code: -32601, message: /object "a\.b\.c"/ } })
  t.match(await run('a.b.whom'), { error: { code: -32601, message: /: a\.b has no method "whom"/ } })
})

t.test('bug: what was given beyond what a method takes was dropped in silence', async (t) => {
  const given: (readonly Json[])[] = []
  const handler = (params: readonly Json[]): null => {
    given.push(params)
    return null
  }
  const host = new Host()
  host.register('kv', {
    methods: new Map([
      ['set', { kind: 'plain', parameters: ['key', 'value'], handler }],
      ['ping', { kind: 'plain', parameters: [], handler }],
      ['any', { kind: 'plain', handler }],
    ]),
  })
  const invoker = new Invoker(host, new ManualClock(), 1000)
  const run = (method: string, params: readonly Json[]) =>
    new Promise<CallOutcome>((resolve) =>
      invoker.run({ id: 1, method, params, meta: undefined, bytes: 1 }, connection, resolve),
    )
  t.match(await run('kv.set', ['k', 'hello', 'world']), {
    error: {
      code: -32602,
      message: 'kv.set(key, value) takes at most 2, and got 3: it was not executed',
    },
  })
  t.match(await run('kv.ping', [null]), {
    error: { code: -32602, message: /^kv.ping\(\) takes no params, and got 1/ },
  })
  t.same(given, [])
  await run('kv.set', ['k', 'hello'])
  await run('kv.any', [1, 2, 3])
  t.same(given, [
    ['k', 'hello'],
    [1, 2, 3],
  ])
})

t.test('the budget of a call counts from its receipt, and the method is told when it ends', async (t) => {
  const { clock, contexts, run } = scene()
  clock.advance(500)
  await run('a.who', { timeoutMs: 30 })
  await run('a.who')
  t.same(
    contexts.map(({ deadline }) => deadline),
    [ms(530), undefined],
  )
})

for (const [what, params, altered] of [
  ['by name', { a: 1 }, undefined],
  ['and more than it takes', [1, 2, 3, 4], undefined],
  ['and numbers that are altered', [1], () => 'args[0] is altered'],
] as const satisfies readonly (readonly [string, Json, (() => string) | undefined])[])
  t.test(`bug: params ${what} of whoever is refused later ended the process`, async (t) => {
    const hasRun: unknown[] = []
    const handler = (given: readonly Json[]): null => {
      hasRun.push(given)
      return null
    }
    const scene = (admits: () => unknown) => {
      const host = new Host()
      const get = { kind: 'query', parameters: ['key'], admits, handler } as const
      host.register('kv', { methods: new Map([['get', get]]) })
      const invoker = new Invoker(host, new ManualClock(), 1000)
      return (meta?: Json) =>
        new Promise<CallOutcome>((resolve) =>
          invoker.run({ id: 1, method: 'kv.get', params, meta, bytes: 1, altered }, connection, resolve),
        )
    }
    const unhandled: unknown[] = []
    const tell = (error: unknown): unknown => unhandled.push(error)
    process.on('unhandledRejection', tell)
    t.teardown(() => process.off('unhandledRejection', tell))
    const stranger = scene(() => Promise.reject(new UnauthorizedError('not you')))
    for (const meta of [undefined, { followers: 1 }, { tags: 1 }])
      t.match(await stranger(meta), { error: { code: -32007, message: 'not you' } })
    await new Promise(setImmediate)
    t.same(unhandled, [])
    const known = scene(() => Promise.resolve())
    t.match(await known(), { error: { code: -32602 } }, 'who is known is told what is wrong with them')
    t.match(await scene(() => undefined)(), { error: { code: -32602 } })
    t.same(hasRun, [])
  })
