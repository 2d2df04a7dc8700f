/** Functions, objects and streams that one end of a connection hands to the other. */
import t from 'tap'
import type { Test } from 'tap'
import { membersOf, type Json } from '../../lib/json.js'
import type { Connection } from '../../lib/rpc/channels/connection.js'
import { exposed } from '../../lib/serving/marks.js'
import type { ConnectionContext, ExposedObject, Handler } from '../../lib/rpc/exposed.js'
import { parcelOf } from '../../lib/rpc/handing/parcel.js'
import type { Limits } from '../../lib/rpc/limits.js'
import { registerType } from '../../lib/values/registered.js'
import { connectionTo, objectOf, RawClient, startDaemon } from './rig.js'
import type { TcpAddress } from './rig.js'

type Call = (...params: readonly unknown[]) => Promise<unknown>

/** A method whose arguments are met and whose result is handed over. */
function method(run: (params: readonly unknown[], connection: ConnectionContext) => unknown): Handler {
  return async (params, { connection }) => {
    const met = params.map((param) => meet(param, connection))
    return told(await run(met, connection), connection)
  }
}

function meet(json: Json, connection: Pick<ConnectionContext, 'peer'>): unknown {
  const { $: mark, of = null } = membersOf(json)
  return typeof mark === 'string' ? parcelOf(connection).meet(mark, of) : json
}

function told(value: unknown, connection: Pick<ConnectionContext, 'peer'>): Json {
  if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) return value as Json
  return parcelOf(connection).refer(value) ?? (value as Json)
}

interface Scene {
  readonly address: TcpAddress
  readonly connection: Connection
  /** The daemon's end of the connection that has called last. */
  readonly there: () => ConnectionContext
  /** Calls with what is handed over, and takes what is. */
  readonly call: (method: string, ...params: readonly unknown[]) => Promise<unknown>
}

async function scene(
  t: Test,
  methods: Readonly<Record<string, (params: readonly unknown[], connection: ConnectionContext) => unknown>>,
  limits: Partial<Limits> = {},
): Promise<Scene> {
  let last: ConnectionContext | undefined
  const noted = Object.entries(methods).map(([name, run]) => [
    name,
    method((params, connection) => {
      last = connection
      return run(params, connection)
    }),
  ])
  const it: ExposedObject = objectOf(Object.fromEntries(noted) as Record<string, Handler>)
  const { daemon, address } = await startDaemon({ it }, { limits })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await connection.call('daemon.ping', [])
  return {
    address,
    connection,
    there: () => {
      if (last === undefined) throw new Error('nobody has called')
      return last
    },
    call: async (name, ...params) => {
      const late = (parcel: { refer(value: object): Json | undefined }): readonly Json[] =>
        params.map((each) =>
          typeof each === 'function' || (typeof each === 'object' && each !== null)
            ? (parcel.refer(each) ?? null)
            : (each as Json),
        )
      const answer = await connection.call(`it.${name}`, late)
      return connection.peer === undefined ? answer : meet(answer, { peer: connection.peer })
    },
  }
}

function isCall(value: unknown): value is Call {
  return typeof value === 'function'
}

function callOf(value: unknown): Call {
  if (!isCall(value)) throw new Error('no function has come')
  return value
}

function streamOf(
  value: unknown,
): AsyncIterableIterator<unknown> & { next(): Promise<IteratorResult<unknown>> } {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value))
    throw new Error('no stream has come')
  return value as AsyncIterableIterator<unknown>
}

function heldBy({ connection }: Scene): { readonly exports: number; readonly imports: number } {
  return connection.peer?.held ?? { exports: 0, imports: 0 }
}

/** Lets messages go there and back. */
async function settled({ connection }: Scene): Promise<void> {
  for (let n = 0; n < 3; n += 1) await connection.call('daemon.ping', [])
}

t.test(
  'a function that is handed over is called over the same connection, as often as one likes',
  async (t) => {
    const it = await scene(t, {
      subscribe: async ([hear]) => {
        for (const text of ['one', 'two']) await callOf(hear)(text)
        return 'told'
      },
    })
    const heard: unknown[] = []
    t.equal(await it.call('subscribe', (text: unknown) => void heard.push(text)), 'told')
    t.same(heard, ['one', 'two'])
  },
)

t.test('what the function throws arrives where it was called', async (t) => {
  const it = await scene(t, { run: ([task]) => callOf(task)() })
  const failing = (): never => {
    throw new RangeError('too far')
  }
  await t.rejects(it.call('run', failing), { name: 'RemoteError', message: 'too far' })
})

t.test('a function that comes back is the same one', async (t) => {
  const it = await scene(t, { echo: ([value]) => value, same: ([one, other]) => one === other })
  const own = (): undefined => undefined
  t.equal(await it.call('echo', own), own)
  t.equal(await it.call('same', own, own), true)
})

class Document {
  #isOpen = true
  constructor(readonly text: string) {}
  read(): string {
    return this.#isOpen ? this.text : 'closed'
  }
  close(): void {
    this.#isOpen = false
  }
  secret(): string {
    return 'not exposed'
  }
}
exposed(Document, ['read', 'close'])

t.test('an exposed object is handed over as something whose methods are called', async (t) => {
  const it = await scene(t, { open: ([text]) => new Document(String(text)), echo: ([value]) => value })
  const document = (await it.call('open', 'hello')) as {
    read(): Promise<string>
    close(): Promise<null>
    secret: Call
  }
  t.equal(await document.read(), 'hello')
  t.equal(await document.close(), null)
  t.equal(await document.read(), 'closed')
  await t.rejects(document.secret(), { name: 'MethodNotFoundError' })
  t.equal(await it.call('echo', document), document, 'there and back it is the same')
})

t.test('a stream is read as it comes, and its generator ends with it', async (t) => {
  let ended = 0
  const it = await scene(t, {
    count: async function* ([to]) {
      try {
        for (let n = 1; n <= Number(to); n += 1) yield n
      } finally {
        ended += 1
      }
    },
  })
  const all: unknown[] = []
  for await (const n of streamOf(await it.call('count', 1000))) all.push(n)
  t.same(
    all,
    Array.from({ length: 1000 }, (_, n) => n + 1),
  )
  t.equal(ended, 1)
  for await (const n of streamOf(await it.call('count', 1e9))) if (n === 100) break
  await settled(it)
  t.equal(ended, 2, 'who leaves ends it at its source')
  t.same(it.there().peer && heldBy(it), { exports: 0, imports: 0 })
})

t.test('what a generator throws comes after its items', async (t) => {
  const it = await scene(t, {
    few: async function* () {
      yield 'first'
      await Promise.resolve()
      throw new TypeError('no more')
    },
  })
  const stream = streamOf(await it.call('few'))
  t.same(await stream.next(), { done: false, value: 'first' })
  await t.rejects(stream.next(), { name: 'RemoteError', message: 'no more' })
  t.same(await stream.next(), { done: true, value: undefined })
})

t.test(
  'an item that can not be sent comes as an error after those before it, and the source is ended',
  async (t) => {
    let ended = 0
    const it = await scene(t, {
      few: function* () {
        try {
          yield 'first'
          yield { at: new Date(0) }
          yield { symbol: Symbol('no value') }
          yield 'never asked for'
        } finally {
          ended += 1
        }
      },
    })
    const stream = streamOf(await it.call('few'))
    t.same(await stream.next(), { done: false, value: 'first' })
    t.same(await stream.next(), { done: false, value: { at: new Date(0) } })
    await t.rejects(stream.next(), {
      message: /^an item of a stream can not be sent: the item\.symbol is a symbol/,
    })
    t.same(await stream.next(), { done: true, value: undefined })
    await settled(it)
    t.equal(ended, 1)
    t.same(it.there().peer && heldBy(it), { exports: 0, imports: 0 })
  },
)

t.test('bug: an item that was nested too deep took those before it along', async (t) => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  const it = await scene(t, {
    deep: function* () {
      yield nested(998)
      yield 'second'
      yield nested(999)
    },
  })
  const stream = streamOf(await it.call('deep'))
  t.same(await stream.next(), { done: false, value: nested(998) })
  t.same(await stream.next(), { done: false, value: 'second' })
  await t.rejects(stream.next(), {
    message: /^an item of a stream can not be sent: the item.* nested deeper/,
  })
})

t.test('bug: an object that brings its parts when it is read was taken for an empty one', async (t) => {
  const parts = {
    async *[Symbol.asyncIterator]() {
      yield 1
      yield 2
    },
  }
  const it = await scene(t, {
    given: async ([given]) => {
      for await (const part of streamOf(given)) return part
      return null
    },
    brought: () => parts,
    items: function* () {
      yield { inside: parts }
    },
  })
  t.equal(await it.call('given', parts), 1)
  t.same(await streamOf(await it.call('brought')).next(), { done: false, value: 1 })
  for await (const item of streamOf(await it.call('items')))
    t.same(await streamOf(membersOf(item)['inside']).next(), { done: false, value: 1 })
})

t.test(
  'bug: items with tags were written twice; those that hand something over are pointed at',
  async (t) => {
    let written = 0
    class Point {
      constructor(readonly x: number) {}
    }
    registerType(Point, {
      name: 'handed-over.Point',
      encode: ({ x }) => {
        written += 1
        return x
      },
      decode: (x: unknown) => new Point(Number(x)),
    })
    const it = await scene(t, {
      points: function* () {
        yield new Point(1)
        yield { $: 'of its own', x: 2 }
        yield { at: new Point(3), double: (x: number) => 2 * x }
      },
    })
    const items: unknown[] = []
    for await (const item of streamOf(await it.call('points'))) items.push(item)
    const [first, second, third] = items
    t.same([first, second], [new Point(1), { $: 'of its own', x: 2 }])
    const { at, double } = third as { at: Point; double: (x: number) => Promise<number> }
    t.same([at, await double(4)], [new Point(3), 8])
    t.equal(written, 3, 'and once more where it is known over which connection')
  },
)

t.test('bug: an object that a generator changed after it was yielded came as it was later', async (t) => {
  const row = { n: 0, parts: [0] }
  const pointing = { n: 0, told: () => 'told' }
  const it = await scene(t, {
    rows: function* () {
      for (row.n = 1; row.n <= 3; row.n += 1) {
        row.parts[0] = row.n
        yield row
      }
    },
    pointing: function* () {
      for (pointing.n = 1; pointing.n <= 3; pointing.n += 1) yield pointing
    },
  })
  for (const name of ['rows', 'pointing']) {
    const seen: unknown[] = []
    for await (const item of streamOf(await it.call(name))) seen.push(item)
    t.match(seen, [{ n: 1 }, { n: 2 }, { n: 3 }], name)
    if (name === 'rows') t.match(seen, [{ parts: [1] }, { parts: [2] }, { parts: [3] }])
  }
})

t.test(
  'nobody reads a stream: it is asked for nothing; who reads slowly holds its credit and no more',
  async (t) => {
    let made = 0
    const it = await scene(t, {
      count: function* () {
        for (;;) yield ++made
      },
    })
    const stream = streamOf(await it.call('count'))
    await settled(it)
    t.equal(made, 0)
    await stream.next()
    await settled(it)
    t.ok(made <= 65, `${made} were made for one that was read`)
  },
)

t.test('of long items no more come at a time than an answer holds', async (t) => {
  const it = await scene(t, {
    long: function* () {
      for (let n = 0; n < 40; n += 1) yield 'x'.repeat(1_000_000)
    },
  })
  let length = 0
  for await (const text of streamOf(await it.call('long'))) length += String(text).length
  t.equal(length, 40_000_000)
})

t.test('a stream has one reader', async (t) => {
  const it = await scene(t, {
    one: function* () {
      yield 1
    },
  })
  const stream = streamOf(await it.call('one'))
  for await (const n of stream) t.equal(n, 1)
  t.throws(() => stream[Symbol.asyncIterator](), { name: 'InvalidRequestError', message: /one reader/ })
})

t.test(
  'a connection ends: its generators are returned once, its callbacks reject and say what to do',
  async (t) => {
    let returned = 0
    let hear: Call | undefined
    const never: AsyncIterator<unknown> & AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => never,
      next: () => new Promise(() => undefined),
      return: () => {
        returned += 1
        throw new Error('not now')
      },
    }
    class Feed {
      [Symbol.asyncIterator](): AsyncIterator<unknown> {
        return never
      }
    }
    const it = await scene(t, {
      feed: () => new Feed(),
      subscribe: ([callback]) => {
        hear = callOf(callback)
      },
    })
    await it.call('subscribe', () => 'heard')
    t.equal(await hear?.(), 'heard')
    const stream = streamOf(await it.call('feed'))
    const next = stream.next()
    await settled(it)
    const gone = new Promise<void>((resolve) => it.there().onEnd?.({ gone: resolve }))
    it.connection.close()
    await t.rejects(next, { name: 'OutcomeUnknownError' })
    await gone
    t.equal(returned, 1)
    await t.rejects(hear?.() ?? Promise.resolve(), {
      name: 'UnreachableError',
      message: /ended.*asked for anew/,
    })
  },
)

t.test('a callback that is called when its connection ends is said to have run perhaps', async (t) => {
  let call: Promise<unknown> | undefined
  const it = await scene(t, {
    subscribe: ([callback]) => {
      call = callOf(callback)()
      call.catch(() => undefined)
    },
  })
  let begun: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => (begun = resolve))
  await it.call('subscribe', () => {
    begun()
    return new Promise(() => undefined)
  })
  await hasBegun
  it.connection.close()
  await t.rejects(call ?? Promise.resolve(), { name: 'OutcomeUnknownError', outcome: 'unknown' })
})

t.test('who disposes of a stub lets go of it at the other end', async (t) => {
  const it = await scene(t, {
    twice: async ([one, other]) => {
      const stub = callOf(one)
      t.equal(other, one)
      if (Symbol.dispose in stub) Reflect.apply(Reflect.get(stub, Symbol.dispose) as () => void, stub, [])
      await t.rejects(stub(), { name: 'UnreachableError', message: /released/ })
    },
  })
  const own = (): undefined => undefined
  await it.call('twice', own, own)
  await settled(it)
  t.same(heldBy(it), { exports: 0, imports: 0 })
})

t.test(
  'a million callbacks: beyond ten thousand they are refused, and nothing is left of what was not sent',
  async (t) => {
    const it = await scene(t, { keep: () => 'kept' })
    const many = Array.from({ length: 10_001 }, (_, n) => () => n)
    await t.rejects(it.call('keep', ...many), { name: 'OverloadedError', message: /10000/ })
    t.same(heldBy(it), { exports: 0, imports: 0 })
    t.equal(await it.call('keep', ...many.slice(1)), 'kept')
    t.equal(heldBy(it).exports, 10_000)
  },
)

t.test('what was released, never handed over, or came over another connection is not found', async (t) => {
  const it = await scene(t, { open: () => new Document('x') })
  await it.call('open')
  const other = connectionTo(it.address)
  t.teardown(() => other.close())
  for (const name of ['$1.read', '$7.read', '$1.secret', '$0.call', '$-1.call'])
    await t.rejects(other.call(name, []), { name: 'MethodNotFoundError' })
  await t.rejects(other.call('$1.read', []), { message: /released or the connection has ended/ })
  t.equal(await it.connection.call('$1.read', []), 'x')
  await it.connection.call('daemon.release', [['$1', '$99', 5, ['$1', -3], null]])
  await t.rejects(it.connection.call('$1.read', []), { name: 'MethodNotFoundError' })
})

t.test('a client that has handed over nothing answers that there is no such method', async (t) => {
  const it = await scene(t, {
    ask: (_, { peer }) => (peer as { call?: Call } | undefined)?.call?.('secret.read', []),
  })
  await t.rejects(it.call('ask'), {
    name: 'RemoteError',
    message: /secret\.read: there is no object "secret" here/,
  })
})

t.test('calls go back and forth as deep as they like, beyond what may run at a time', async (t) => {
  const it = await scene(
    t,
    {
      down: async ([depth, again]) =>
        depth === 0 ? 'bottom' : await callOf(again)(Number(depth) - 1, again),
    },
    { inflightCallsMax: 4 },
  )
  const again = (depth: unknown): Promise<unknown> => it.call('down', depth, again)
  t.equal(await it.call('down', 100, again), 'bottom')
})

t.test('more calls than may run at a time, all of which ask back, are all answered', async (t) => {
  const it = await scene(t, { ask: ([back]) => callOf(back)() }, { inflightCallsMax: 4 })
  const back = (): Promise<unknown> => it.connection.call('daemon.ping', [])
  t.same(
    await Promise.all(Array.from({ length: 200 }, () => it.call('ask', back))),
    Array.from({ length: 200 }, () => 'pong'),
  )
})

t.test('an answer is read though it comes behind calls that can not run before it', async (t) => {
  let answered: () => void = () => undefined
  const isAnswered = new Promise<void>((resolve) => (answered = resolve))
  const it = await scene(
    t,
    {
      ask: async ([back]) => {
        await callOf(back)()
        answered()
      },
      follow: () => isAnswered.then(() => 'followed'),
    },
    { inflightCallsMax: 4 },
  )
  const asking = it.call('ask', () => undefined)
  const following = Array.from({ length: 20 }, () => it.call('follow'))
  await asking
  t.same(new Set(await Promise.all(following)), new Set(['followed']))
})

t.test('more quiet streams than calls may run at a time do not keep others from running', async (t) => {
  const it = await scene(
    t,
    {
      quiet: async function* () {
        yield await new Promise(() => undefined)
      },
    },
    { inflightCallsMax: 4 },
  )
  const streams = await Promise.all(Array.from({ length: 20 }, () => it.call('quiet')))
  for (const stream of streams)
    streamOf(stream)
      .next()
      .catch(() => undefined)
  t.equal(await it.connection.call('daemon.ping', []), 'pong')
})

t.test('an answer that nobody has asked for is not answered, and garbage in the end', async (t) => {
  const it = await scene(t, { ask: ([back]) => callOf(back)() })
  const raw = new RawClient(it.address)
  t.teardown(() => raw.end())
  const ask = { jsonrpc: '2.0', id: 1, method: 'it.ask', params: [{ $: 'export', of: ['$1', 'function'] }] }
  raw.write(`${JSON.stringify(ask)}\n`)
  t.match(await raw.next(), { id: 1, method: '$1.call', params: [] })
  raw.write('{"jsonrpc":"2.0","id":7,"result":1}\n{"jsonrpc":"2.0","id":1,"result":"mine"}\n')
  t.match(await raw.next(), { id: 1, result: 'mine' })
  raw.write('{"jsonrpc":"2.0","id":7,"result":1}\n'.repeat(1001))
  t.match(await raw.next(), { id: null, error: { code: -32600, message: /connection ends/ } })
  await raw.over()
})

t.test('answers in the wrong shape are errors of the call that they answer', async (t) => {
  const it = await scene(t, { ask: ([back]) => callOf(back)() })
  for (const [answer, error] of [
    ['"error":{"code":-32000,"message":"no"}', /no/],
    [`"result":[${'0,'.repeat(250_000)}0]`, /left out/],
    ['"result":{"$":"export","of":["$2"]},"meta":{"tags":1}', /neither a function/],
    ['"result":{"$":"back","of":"$5"},"meta":{"tags":1}', /\$5 of this process, which was released/],
    ['"result":{"$":"export","of":{"id":"$1"}},"meta":{"tags":1}', /an export without an id/],
    ['"result":12345678901234567890', /can't be read as it was sent/],
  ] as const) {
    const raw = new RawClient(it.address)
    const ask = { jsonrpc: '2.0', id: 5, method: 'it.ask', params: [{ $: 'export', of: ['$1', 'function'] }] }
    raw.write(`${JSON.stringify(ask)}\n`)
    t.match(await raw.next(), { id: 1, method: '$1.call' })
    raw.write(`{"jsonrpc":"2.0","id":1,${answer}}\n`)
    let last = await raw.next()
    // What it would have handed over is let go of.
    if ((last as { method?: string }).method === 'daemon.release') last = await raw.next()
    t.match(last, { id: 5, error: { message: error } })
    raw.end()
  }
})

t.test('a stream that brings what it should not ends with an error', async (t) => {
  const it = await scene(t, { read: ([stream]) => streamOf(stream).next() })
  for (const answer of ['{"items":[]}', '{"items":5}', 'null', `{"items":[${'1,'.repeat(40)}1]}`]) {
    const raw = new RawClient(it.address)
    const ask = { jsonrpc: '2.0', id: 5, method: 'it.read', params: [{ $: 'export', of: ['$1', 'stream'] }] }
    raw.write(`${JSON.stringify(ask)}\n`)
    t.match(await raw.next(), { id: 1, method: '$1.next', params: [32] })
    raw.write(`{"jsonrpc":"2.0","id":1,"result":${answer}}\n`)
    for (let line = await raw.next(); ; line = await raw.next()) {
      if ((line as { method?: string }).method === 'daemon.release') continue
      t.match(line, { id: 5, error: { message: /no part of a stream/ } })
      break
    }
    raw.end()
  }
})

t.test('over HTTP nothing is handed over: it has no way back', async (t) => {
  const { daemon, address } = await startDaemon({
    it: objectOf({ run: method(([task]) => callOf(task)()), open: method(() => new Document('x')) }),
  })
  t.teardown(() => daemon.close())
  const post = async (body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${address.port}/`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return answer.json()
  }
  const params = [{ $: 'export', of: ['$1', 'function'] }]
  t.match(await post({ jsonrpc: '2.0', id: 1, method: 'it.run', params }), {
    error: { message: /no way back to it: call over a lasting connection, by lines or WebSocket$/ },
  })
  t.match(await post({ jsonrpc: '2.0', id: 1, method: 'it.open' }), { error: {} })
})
