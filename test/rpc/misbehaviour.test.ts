import jayson from 'jayson'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { OverloadedError } from '../../lib/rpc/errors.js'
import { createTransport } from '../../lib/system/transport.js'
import { connectionTo, objectOf, RawClient, startDaemon } from './rig.js'

const circular: { self?: unknown } = {}
circular.self = circular

function refuse(): never {
  throw new Error('a trap')
}

/** It throws whatever is asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const wild = objectOf({
  echo: (params) => params[0],
  nothing: () => undefined,
  bigint: () => 10n,
  circular: () => circular,
  later: () => Promise.resolve(circular),
  badJson: () => ({
    toJSON: () => {
      throw new Error('no')
    },
  }),
  throws: () => {
    throw new TypeError('on purpose')
  },
  throwsText: () => {
    throw 'a text'
  },
  rejectsNothing: () => Promise.reject(undefined),
  throwsTrap: () => {
    throw new Proxy(new Error('trap'), {
      get: () => {
        throw new Error('gotcha')
      },
    })
  },
  proxy: () => new Proxy({}, { getPrototypeOf: refuse }),
  proxyLater: async () => new Proxy({}, { getPrototypeOf: refuse }),
  revoked,
  throwsRevoked: () => {
    throw revoked()
  },
  rejectsRevoked: () => Promise.reject(revoked()),
  throwsCode: () => {
    throw Object.assign(new OverloadedError('mine'), { code: 'E_MINE' })
  },
  thenThrows: () => ({
    get then(): never {
      throw new Error('then')
    },
  }),
})

const call = (id: number, method: string, params: unknown = []): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`

t.test('what an object does wrong hurts its own call only', async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const cases: [string, number][] = [
    ['bigint', -32603],
    ['circular', -32603],
    ['later', -32603],
    ['badJson', -32603],
    ['proxy', -32000],
    ['proxyLater', -32603],
    ['revoked', -32000],
    ['throws', -32000],
    ['throwsText', -32000],
    ['rejectsNothing', -32000],
    ['throwsTrap', -32000],
    ['throwsRevoked', -32000],
    ['rejectsRevoked', -32000],
    ['thenThrows', -32000],
    ['throwsCode', -32000],
  ]
  for (const [method, code] of cases) {
    client.write(call(1, `wild.${method}`))
    t.match(await client.next(), { id: 1, error: { code, message: String } }, method)
  }
  client.write(call(2, 'wild.nothing'))
  t.same(await client.next(), { jsonrpc: '2.0', id: 2, result: null }, 'undefined is sent as null')
})

t.test("the object's own error arrives with name, message and stack", async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await t.rejects(connection.call('wild.throws', []), {
    label: 'REMOTE_ERROR',
    outcome: 'executed',
    message: 'on purpose',
    remote: { name: 'TypeError', stack: /on purpose/ },
  })
})

t.test('a slow call does not hold up the fast one behind it', async (t) => {
  let release: (value: string) => void = () => undefined
  const slow = new Promise<string>((resolve) => (release = resolve))
  const { daemon, address } = await startDaemon({ it: objectOf({ slow: () => slow, fast: () => 'fast' }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write(call(1, 'it.slow') + call(2, 'it.fast'))
  t.match(await client.next(), { id: 2, result: 'fast' })
  release('slow')
  t.match(await client.next(), { id: 1, result: 'slow' })
})

t.test('a stray quote spoils its own line and no later one', async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write(`{"\n${call(1, 'wild.echo', ['well'])}`)
  t.match(await client.next(), { id: null, error: { code: -32700 } })
  t.match(await client.next(), { id: 1, result: 'well' })
})

t.test('what is not exposed is not there, and the error names it', async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const names = [
    'wild.constructor',
    'wild.__proto__',
    'wild.then',
    'wild.toString',
    'wild',
    '',
    'none.echo',
    '__proto__.x',
  ]
  for (const name of [...names, 'constructor.prototype', 'rpc.x', '.', 'wild.', '.echo']) {
    await t.rejects(connection.call(name, []), {
      label: 'METHOD_NOT_FOUND',
      message: /has no method "|there is no object "|is no method: call it as OBJECT\.METHOD/,
    })
  }
})

t.test('params: none is an empty list, by name is refused, __proto__ is data', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ all: (params) => params }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write('{"jsonrpc":"2.0","id":1,"method":"it.all"}\n')
  t.match(await client.next(), { id: 1, result: [] })
  client.write(call(2, 'it.all', { a: 1 }))
  t.match(await client.next(), { id: 2, error: { code: -32602 } })
  client.write('{"jsonrpc":"2.0","id":3,"method":"it.all","params":[{"__proto__":{"polluted":true}}]}\n')
  t.match(JSON.stringify(await client.next()), '"result":[{"__proto__":{"polluted":true}}]')
  t.equal(Reflect.get({}, 'polluted'), undefined)
})

t.test('meta reaches the handler when it is right and is refused when it is not', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ meta: (_, { meta }) => meta }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const withMeta = (meta: unknown): string =>
    `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'it.meta', params: [], meta })}\n`
  client.write(withMeta({ session: 's', seq: 1, consistency: 'stale', timeoutMs: 5, later: 'unknown' }))
  t.same(await client.next(), {
    jsonrpc: '2.0',
    id: 1,
    result: { session: 's', seq: 1, consistency: 'stale', timeoutMs: 5 },
  })
  for (const bad of [
    null,
    1,
    [],
    { seq: 0 },
    { seq: '1' },
    { timeoutMs: -1 },
    { consistency: 'x' },
    { session: 1 },
  ]) {
    client.write(withMeta(bad))
    t.match(await client.next(), { id: 1, error: { code: -32600, message: /meta/ } }, JSON.stringify(bad))
  }
})

t.test('100,000 brackets are answered', async (t) => {
  const { daemon, address } = await startDaemon({ it: objectOf({ echo: ([value]) => value }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  client.write(`${deep}\n`)
  t.match(await client.next(), [{ id: null, error: { code: -32600 } }])
  client.write(`${'['.repeat(100_000)}\n`)
  t.match(await client.next(), { id: null, error: { code: -32700 } })
  client.write(`{"jsonrpc":"2.0","id":1,"method":"it.echo","params":[${deep}]}\n`)
  t.match(await client.next(), { id: 1 })
})

t.test('stock jayson clients can call us', async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  const where = { host: address.host, port: address.port }
  for (const client of [jayson.Client.tcp(where), jayson.Client.http(where)]) {
    const answer = await new Promise((resolve, reject) =>
      client.request('wild.echo', ['hello'], (error: unknown, response: unknown) =>
        error === null || error === undefined ? resolve(response) : reject(error),
      ),
    )
    t.match(answer, { jsonrpc: '2.0', result: 'hello' })
  }
})

t.test('we can call a stock jayson server', async (t) => {
  const server = new jayson.Server({
    'sum.add': ([a, b]: [number, number], done: (e: null, r: number) => void) => done(null, a + b),
  }).tcp()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const connection = connectionTo({ kind: 'tcp', host: '127.0.0.1', port })
  t.teardown(() => connection.close())
  t.equal(await connection.call('sum.add', [1, 2]), 3)
  await t.rejects(connection.call('sum.none', []), { name: 'MethodNotFoundError' })
})

t.test('a frame above the limit is answered TOO_LARGE and ends the connection', async (t) => {
  const { daemon, address } = await startDaemon(
    { wild },
    { transport: createTransport({ frameBytesMax: 1000 }) },
  )
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  client.write(call(1, 'wild.echo', ['short']))
  t.match(await client.next(), { id: 1 })
  client.write(call(2, 'wild.echo', ['x'.repeat(100_000)]))
  t.match(await client.next(), { id: null, error: { code: -32009 } })
  t.equal(await client.next(), undefined, 'the connection is over')
})

t.test('bug: a first message of JSON that is no request was said to be no JSON', async (t) => {
  const { address, daemon } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  for (const text of ['null', '"x"', '-1', '17', 'true', 'false']) {
    const client = new RawClient(address).write(`${text}\n`)
    t.match(await client.next(), { id: null, error: { code: -32600 } }, text)
    client.write('{"jsonrpc":"2.0","id":1,"method":"daemon.ping"}\n')
    t.match(await client.next(), { id: 1, result: 'pong' }, 'and it stays open')
    client.end()
  }
})

t.test('garbage is answered with one parse error and ends the connection', async (t) => {
  const { daemon, address } = await startDaemon({ wild })
  t.teardown(() => daemon.close())
  for (const garbage of ['SSH-2.0-OpenSSH\r\n', '\u0016\u0003\u0001', 'GEX / HTTP/1.1\r\n', 'PYRO']) {
    const client = new RawClient(address).write(garbage)
    t.match(await client.next(), { id: null, error: { code: -32700 } }, JSON.stringify(garbage))
    t.equal(await client.next(), undefined)
  }
})

t.test('no more calls run at a time than the limit, and all are answered', async (t) => {
  let running = 0
  let most = 0
  const slow = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  }
  const { daemon, address } = await startDaemon(
    { it: objectOf({ slow }) },
    { limits: { inflightCallsMax: 5 } },
  )
  t.teardown(() => daemon.close())
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  await Promise.all(Array.from({ length: 200 }, () => connection.call('it.slow', [])))
  t.equal(most, 5)
})

t.test('who never reads the answers is dropped', async (t) => {
  const big = 'x'.repeat(1_000_000)
  const { daemon, address } = await startDaemon(
    { it: objectOf({ big: async () => big }) },
    { limits: { outputBytesMax: 4_000_000 } },
  )
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  client.socket.pause()
  client.write(Array.from({ length: 100 }, (_, id) => call(id + 1, 'it.big')).join(''))
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  t.equal(await connection.call('daemon.ping', []), 'pong', 'others are served meanwhile')
  await new Promise((resolve) => setTimeout(resolve, 50))
  client.socket.resume()
  await client.over()
  t.ok(client.lines.length < 100, 'not everything was sent')
})

t.test('who says nothing intelligible is closed', async (t) => {
  const transport = createTransport({ silenceMs: 30 })
  const { daemon, address } = await startDaemon({ wild }, { transport, limits: { silenceMs: 30 } })
  t.teardown(() => daemon.close())
  for (const start of ['', 'PO', '{"jsonrpc"', '\n\n\n', 'POST / HTTP/1.1\r\nHost: localhost\r\n']) {
    const client = new RawClient(address).write(start)
    await client.over()
    t.pass(`closed after ${JSON.stringify(start)}`)
  }
})

t.test('who stops in the middle of a message is closed, whatever came before it', async (t) => {
  const { daemon, address } = await startDaemon({ wild }, { transport: createTransport({ silenceMs: 30 }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address).write(`${call(1, 'wild.nothing')}{"jsonrpc"`)
  t.match(await client.next(), { id: 1, result: null })
  t.equal(await client.next(), undefined)
})
