import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { isJsonType, originHeaders, refusalOf } from '../../lib/rpc/web-policy.js'
import type { TcpAddress } from './rig.js'
import { objectOf, startDaemon } from './rig.js'

t.test('Host and Origin', async (t) => {
  const own = ['cluster.example:9101']
  const fine = [
    { host: 'localhost:9101' },
    { host: '127.0.0.1' },
    { host: '[::1]:9101' },
    { host: 'Cluster.example:9101', origin: 'http://cluster.example:9101' },
    { host: 'localhost:9101', origin: 'http://localhost:9101' },
  ]
  for (const headers of fine) t.equal(refusalOf(headers, own), undefined, JSON.stringify(headers))
  const refused = [
    {},
    { host: '' },
    { host: 'evil.example:9101' },
    { host: 'localhost.evil.example' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost:9101', origin: 'http://localhost:3000' },
    { host: 'localhost:9101', origin: 'http://evil.example' },
    { host: 'localhost:9101', origin: 'null' },
  ]
  for (const headers of refused) t.type(refusalOf(headers, own), 'string', JSON.stringify(headers))
})

t.test('content types', async (t) => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
  ]) {
    t.equal(isJsonType(type), true, type)
  }
  const others = [
    undefined,
    '',
    'text/plain',
    'text/plain; application/json',
    'application/jsonp',
    'application/json, text/plain',
  ]
  for (const type of others) t.equal(isJsonType(type), false, String(type))
})

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function ask(
  { host, port }: TcpAddress,
  asked: Asked,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const { method = 'POST', path = '/', headers = {}, body = '' } = asked
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, method, path, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

t.test('what a web page can send does not get in', async (t) => {
  let runs = 0
  const pages = async (
    path: string,
  ): Promise<{ status: number; contentType: string; body: string } | undefined> =>
    path === '/livez' ? { status: 200, contentType: 'text/plain', body: 'ok' } : undefined
  const { daemon, address } = await startDaemon({ it: objectOf({ run: () => ++runs }) }, { pages })
  t.teardown(() => daemon.close())
  const body = '{"jsonrpc":"2.0","id":1,"method":"it.run"}'
  const json = { 'content-type': 'application/json' }
  const cases: [number, Asked][] = [
    [403, { headers: { ...json, origin: 'http://evil.example' }, body }],
    [403, { headers: { ...json, host: 'evil.example' }, body }],
    [415, { headers: { 'content-type': 'text/plain' }, body }],
    [415, { body }],
    [404, { path: '/other', headers: json, body }],
    [405, { method: 'PUT', headers: json, body }],
    [405, { method: 'OPTIONS', headers: { origin: `http://${address.host}:${address.port}` } }],
    [405, { method: 'GET' }],
    [404, { method: 'GET', path: '/none' }],
    [200, { method: 'GET', path: '/livez?x=1' }],
    [403, { method: 'GET', path: '/livez', headers: { origin: 'http://evil.example' } }],
    [
      403,
      {
        method: 'GET',
        headers: { connection: 'upgrade', upgrade: 'websocket', origin: 'http://evil.example' },
      },
    ],
  ]
  for (const [status, asked] of cases) {
    const response = await ask(address, asked)
    t.equal(response.status, status, JSON.stringify(asked))
    t.equal(response.headers['access-control-allow-origin'], undefined)
  }
  t.equal(runs, 0)
  t.match(await ask(address, { headers: json, body }), { status: 200 })
  t.equal(runs, 1)
})

t.test('a body above the limit is 413 and TOO_LARGE', async (t) => {
  const { createTransport } = await import('../../lib/system/transport.js')
  const { daemon, address } = await startDaemon({}, { transport: createTransport({ frameBytesMax: 100 }) })
  t.teardown(() => daemon.close())
  const headers = { 'content-type': 'application/json' }
  const response = await ask(address, {
    headers: { ...headers, 'content-length': '200' },
    body: 'x'.repeat(200),
  })
  t.match(response, { status: 413, body: /-32009/ })
})

t.test('a listed origin is let in and told so; others are not, and caches keep them apart', async (t) => {
  const listed = ['https://app.example']
  const host = 'localhost:9080'
  t.equal(refusalOf({ host, origin: 'https://app.example' }, [], { origins: listed }), undefined)
  for (const origin of [
    'https://app.example:8443',
    'http://app.example',
    'https://app.example.evil',
    'null',
    '',
  ])
    t.type(refusalOf({ host, origin }, [], { origins: listed }), 'string', origin)
  t.match(originHeaders('https://app.example', listed), {
    'access-control-allow-origin': 'https://app.example',
  })
  t.same(originHeaders('https://evil.example', listed), { vary: 'Origin' })
  t.same(originHeaders(undefined, listed), { vary: 'Origin' })
  t.same(originHeaders('https://app.example', []), {}, 'a port without a list says nothing')
})
