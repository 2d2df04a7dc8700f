/** HTTP as other programs speak it: proxies, old clients, and those who get something wrong. */
import t from 'tap'
import type { Test } from 'tap'
import { createTransport } from '../../lib/system/transport.js'
import { objectOf, RawClient, startDaemon } from '../rpc/rig.js'
import type { TcpAddress } from '../rpc/rig.js'

const CALL = '{"jsonrpc":"2.0","id":1,"method":"it.one"}'
const JSON_TYPE = 'Content-Type: application/json'
const page = { status: 200, contentType: 'text/plain', body: 'well' }

async function place(t: Test): Promise<TcpAddress> {
  const { daemon, address } = await startDaemon(
    { it: objectOf({ one: () => 1 }) },
    {
      transport: createTransport({ frameBytesMax: 1000 }),
      limits: { frameBytesMax: 1000 },
      pages: async (path) => (path === '/livez' ? page : undefined),
      web: { hosts: ['node1.example', 'proxy.example:8443'], origins: ['https://app.example'] },
    },
  )
  t.teardown(() => daemon.close())
  return address
}

/** All that comes back for these bytes. */
async function ask(address: TcpAddress, head: readonly string[], body = ''): Promise<string> {
  const client = new RawClient(address)
  let heard = ''
  client.socket.on('data', (text: string) => (heard += text))
  client.write(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  await client.over()
  return heard
}

function post(target: string, headers: readonly string[], body = CALL): [readonly string[], string] {
  return [[`POST ${target} HTTP/1.1`, ...headers, `Content-Length: ${body.length}`], body]
}

t.test('what is taken', async (t) => {
  const address = await place(t)
  const types = [
    'application/json-rpc',
    'application/jsonrequest',
    'application/json; charset=utf8',
    'application/json',
  ]
  for (const type of types)
    t.match(
      await ask(address, ...post('/', ['Host: localhost', `Content-Type: ${type}`])),
      '"result":1',
      type,
    )
  for (const host of [
    'node1.example',
    'NODE1.example:9101',
    'proxy.example:8443',
    'app.example',
    '127.0.0.1:1',
  ])
    t.match(await ask(address, ...post('/', [`Host: ${host}`, JSON_TYPE])), '"result":1', host)
  const target = `http://localhost:${address.port}/`
  t.match(await ask(address, ...post(target, ['Host: localhost', JSON_TYPE])), '"result":1', 'absolute form')
  t.match(await ask(address, ['GET http://node1.example/livez HTTP/1.1', 'Host: node1.example']), 'well')
  t.match(
    await ask(address, ['GET http://localhost HTTP/1.1', 'Host: localhost']),
    '405',
    'a target without a path',
  )
  const identity = ['Host: localhost', JSON_TYPE, 'Content-Encoding: identity']
  t.match(await ask(address, ...post('/', identity)), '"result":1')
})

t.test(
  'checks in HTTP/1.0, which has no Host, are answered; calls, other pages and browsers are not',
  async (t) => {
    const address = await place(t)
    t.match(await ask(address, ['GET /livez HTTP/1.0']), /^HTTP\/1\.1 200 /)
    t.match(await ask(address, ['HEAD /livez HTTP/1.0', 'User-Agent: check']), /^HTTP\/1\.1 200 /)
    const refused: readonly (readonly [readonly string[], string])[] = [
      [['GET /metrics HTTP/1.0'], ''],
      [['GET /livez HTTP/1.0', 'Host: stranger.example'], ''],
      [['GET /livez HTTP/1.0', 'Origin: https://stranger.example'], ''],
      [['POST /livez HTTP/1.0', JSON_TYPE, `Content-Length: ${CALL.length}`], CALL],
      [['POST / HTTP/1.0', JSON_TYPE, `Content-Length: ${CALL.length}`], CALL],
    ]
    for (const [head, body] of refused)
      t.match(await ask(address, head, body), /^HTTP\/1\.1 403 /, head.join())
    t.match(await ask(address, ['GET /livez HTTP/1.1']), /^HTTP\/1\.1 400 /)
  },
)

t.test('what is refused, with what would be right', async (t) => {
  const address = await place(t)
  const own = ['Host: localhost', JSON_TYPE]
  const cases: [number, RegExp, [readonly string[], string?]][] = [
    [403, /--allow-host/, post('/', ['Host: evil.example', JSON_TYPE])],
    [403, /Host/, post('/', ['Host: proxy.example', JSON_TYPE])],
    [403, /Host/, post('http://evil.example/', own)],
    [403, /Host/, post('http://localhost/', ['Host: evil.example', JSON_TYPE])],
    [400, /one Host/, post('/', ['Host: localhost', 'Host: localhost', JSON_TYPE])],
    [415, /without a Content-Encoding/, post('/', [...own, 'Content-Encoding: gzip'])],
    [413, /at most 1000 bytes/, post('/', own, 'x'.repeat(2000))],
    [
      413,
      /at most 1000 bytes/,
      [['POST / HTTP/1.1', ...own, 'Content-Length: 99999999', 'Expect: 100-continue']],
    ],
    [
      431,
      /at most 16384 bytes/,
      [['GET /livez HTTP/1.1', 'Host: localhost', `X-Long: ${'x'.repeat(20_000)}`]],
    ],
    [400, /not a request of HTTP/, [['GET /livez HTTP/1.1', 'Host localhost']]],
  ]
  for (const [status, sentence, asked] of cases) {
    const answer = await ask(address, ...asked)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), JSON.stringify(asked).slice(0, 200))
    t.match(answer, sentence)
    t.notMatch(answer, /100 Continue/)
  }
})

t.test('a body that is announced and right is asked for', async (t) => {
  const address = await place(t)
  const [head, body] = post('/', ['Host: localhost', JSON_TYPE, 'Expect: 100-continue'])
  t.match(await ask(address, head, body), /^HTTP\/1.1 100 Continue[^]*"result":1/)
})

t.test(
  'a request that would like another protocol is served in this one, as for a client of Java',
  async (t) => {
    const address = await place(t)
    const wish = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
    ]
    const headers = ['Host: localhost', JSON_TYPE, ...wish]
    const first = new RawClient(address)
    t.teardown(() => first.end())
    const [head, body] = post('/', headers)
    const bytes = `${head.join('\r\n')}\r\n\r\n${body}`
    for (const pieces of [[bytes], [bytes.slice(0, -20), bytes.slice(-20)]]) {
      const answered = new Promise<string>((resolve) => first.socket.once('data', resolve))
      for (const piece of pieces) first.write(piece)
      t.match(await answered, /^HTTP\/1.1 200 OK[^]*"result":1/)
    }
    t.match(await ask(address, ['GET /livez HTTP/1.1', 'Host: localhost', ...wish]), '200 OK')
    t.match(await ask(address, ['GET /livez HTTP/1.1', 'Host: evil.example', ...wish]), '403')
  },
)

t.test('a connection stays open from one request to the next for as long as it was said', async (t) => {
  for (const [keepAliveMs, seconds] of [
    [undefined, 5],
    [75_000, 75],
  ] as const) {
    const transport = createTransport({ keepAliveMs })
    const { daemon, address } = await startDaemon({ it: objectOf({ one: () => 1 }) }, { transport })
    t.teardown(() => daemon.close())
    const { headers } = await fetch(`http://${address.host}:${address.port}/`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: CALL },
    })
    t.equal(headers.get('keep-alive'), `timeout=${seconds}`)
  }
})

t.test('a body over a slow line arrives, however long it takes', async (t) => {
  const transport = createTransport({ silenceMs: 1000 })
  const { daemon, address } = await startDaemon({ it: objectOf({ one: () => 1 }) }, { transport })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  let heard = ''
  client.socket.on('data', (text: string) => (heard += text))
  const body = CALL + ' '.repeat(40)
  const head = [
    'POST / HTTP/1.1',
    'Host: localhost',
    JSON_TYPE,
    'Connection: close',
    `Content-Length: ${body.length}`,
  ]
  client.write(`${head.join('\r\n')}\r\n\r\n`)
  let sent = 0
  const line = setInterval(() => {
    client.write(body.slice(sent, sent + 2))
    sent += 2
    if (sent >= body.length) clearInterval(line)
  }, 50)
  await client.over()
  clearInterval(line)
  t.match(heard, '"result":1')
})
