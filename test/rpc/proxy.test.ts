/** A proxy is asked for many names by those who print, log and compare it: none of them makes a call. */
import { isDeepStrictEqual, format, inspect } from 'node:util'
import pino from 'pino'
import t from 'tap'
import type { Json } from '../../lib/json.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'
import { formatUri } from '../../lib/rpc/uri.js'
import { callerOf } from './callers.js'
import { objectOf, startDaemon } from './rig.js'

function scene(known: readonly string[] | undefined) {
  const calls: string[] = []
  const proxy = createProxy<{ get(key: string): string }>(
    async (method) => {
      calls.push(method)
      return null
    },
    { name: 'kv', methods: () => known && new Map(known.map((each) => [each, { kind: 'plain' }])) },
  )
  return { calls, proxy }
}

/** What libraries ask of any value, and call when it is a function. */
const PROBED = [
  ...['then', 'catch', 'finally', 'toJSON', 'toBSON', 'inspect', 'setHeader', 'headers', 'socket'],
  ...['asymmetricMatch', 'toAsymmetricMatcher', '$$typeof', 'nodeType', 'tagName', 'hasAttribute'],
  ...['@@__IMMUTABLE_ITERABLE__@@', '@@__IMMUTABLE_RECORD__@@', '_isMockFunction', 'constructor', 'toString'],
]

for (const known of [undefined, ['get', 'set']]) {
  const when = known === undefined ? 'of which nothing is known' : 'that has been described'
  t.test(`a proxy ${when} can be printed, logged, compared and awaited without a call`, async (t) => {
    const { calls, proxy } = scene(known)
    const printed: unknown = proxy
    t.equal(String(printed), 'Remote kv')
    t.equal(inspect(proxy), 'Remote kv')
    t.equal(format('%s %O %j', proxy, proxy, proxy), 'Remote kv Remote kv {}')
    t.equal(JSON.stringify([proxy]), '[{}]')
    t.equal(await Promise.resolve(proxy), proxy)
    t.throws(() => structuredClone(proxy))
    t.ok(isDeepStrictEqual(proxy, scene(known).proxy))
    t.notOk(
      isDeepStrictEqual(
        proxy,
        createProxy(async () => null, { name: 'counter' }),
      ),
    )
    t.notOk(isDeepStrictEqual(proxy, {}))
    const lines: string[] = []
    pino({}, { write: (line) => void lines.push(line) }).info(proxy)
    t.equal(lines.length, 1)
    for (const name of PROBED) {
      t.equal(Reflect.get(proxy, name), undefined, name)
      t.notOk(Reflect.has(proxy, name), name)
    }
    t.same([...Object.keys(proxy)], [])
    t.same(calls, [])
    await proxy.get('x')
    t.same(calls, ['get'])
  })
}

t.test('a name that tools look for is answered once the object is known to have that method', async (t) => {
  const { calls, proxy } = scene(['inspect'])
  const inspecting: unknown = Reflect.get(proxy, 'inspect')
  t.type(inspecting, 'function')
  t.same(calls, [])
})

t.test('a call of a method that the object has not is refused with those that it has', async (t) => {
  const { daemon, address } = await startDaemon({ kv: objectOf({ get: () => 1, set: () => 2 }) })
  t.teardown(() => daemon.close())
  const uri = formatUri('kv', address)
  const caller = callerOf(t, async () => uri)
  const kv = createProxy<{ get(): number; gett(): number; zzzzz(): number; later(): string }>(
    (method, params) => caller.call({ name: 'kv' }, method, params),
  )
  t.equal(await kv.get(), 1)
  await t.rejects(kv.gett(), {
    label: 'METHOD_NOT_FOUND',
    outcome: 'not-executed',
    message: 'kv.gett: kv has no method "gett"; did you mean "get"? It has: get, set',
  })
  await t.rejects(kv.zzzzz(), { message: 'kv.zzzzz: kv has no method "zzzzz". It has: get, set' })
  t.same([...(caller.methodsOf({ name: 'kv' })?.keys() ?? [])], ['get', 'set'])
  daemon.host.unregister('kv')
  daemon.host.register('kv', objectOf({ get: () => 1, later: () => 'it came' }))
  t.equal(await kv.later(), 'it came', 'what is new is asked for')
})

t.test(
  'an object that was described once is described again for a method that it has got since',
  async (t) => {
    const { daemon, address } = await startDaemon({ kv: objectOf({ get: () => 1 }) })
    t.teardown(() => daemon.close())
    const caller = callerOf(t, async () => formatUri('kv', address))
    const known = (): string[] => [...(caller.methodsOf({ name: 'kv' })?.keys() ?? [])]
    t.equal(await caller.call({ name: 'kv' }, 'get', []), 1)
    t.same(known(), ['get'])
    daemon.host.unregister('kv')
    daemon.host.register('kv', objectOf({ get: () => 1, later: () => 'it came' }))
    t.equal(await caller.call({ name: 'kv' }, 'later', []), 'it came')
    t.same(known(), ['get', 'later'])
  },
)

interface Row {
  readonly when: Promise<Date>
  readonly tags: Map<string, number>
  readonly name: string
}

interface Typed {
  put(row: Row, extra?: { readonly depth: number }): Row
  find(): string | undefined
  nothing(): void
  json(value: Json): Json
}

t.test('the types of a proxy are what can be sent, and what arrives', async (t) => {
  const proxy = createProxy<Typed>(async () => null)
  // @ts-expect-error A promise within a value can't be sent.
  void proxy.put({ when: Promise.resolve(new Date(0)), tags: new Map(), name: 'x' })
  const found: Promise<string | null> = proxy.find()
  const nothing: Promise<void> = proxy.nothing()
  const json: Promise<Json> = proxy.json({ a: [1] })
  type Put = Awaited<ReturnType<Remote<Typed>['put']>>
  const isNever: [Put['when']] extends [never] ? true : false = true
  const name: Put['name'] = 'x'
  await Promise.all([found, nothing, json])
  t.same([isNever, name], [true, 'x'])
})

t.test('a proxy calls by name, and is no promise', async (t) => {
  const calls: unknown[] = []
  const proxy = createProxy<{ add(a: number, b?: number): number }>(async (method, params) => {
    calls.push([method, params])
    return 3
  })
  t.equal(await (await Promise.resolve(proxy)).add(1, undefined), 3)
  t.same(calls, [['add', [1]]])
  t.equal(Reflect.get(proxy, 'then'), undefined)
  t.equal(Reflect.get(proxy, Symbol.iterator), undefined)
  t.equal(JSON.stringify({ proxy }), '{"proxy":{}}')
})
