/** Texts of other programs arrive as they were written, or are refused: over each language, and in URLs, too. */
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { Gateway, paramsOfQuery, target } from '../../balancer/gateway.js'
import type { Json } from '../../lib/json.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import { objectOf, RawClient, startDaemon } from './rig.js'

const ran: unknown[] = []
const take = (params: readonly Json[]): string => {
  ran.push(params)
  return 'taken'
}
const gateway = new Gateway({
  call: async (object, method, params) => take([object, method, ...params]),
  kinds: async () => new Map([['get', { kind: 'query' }]]),
})
const { daemon, address } = await startDaemon(
  { it: objectOf({ take }) },
  { web: { request: gateway.answer } },
)
t.teardown(() => daemon.close())
t.beforeEach(() => ran.splice(0))

const TEXT = 'grün, \ufffd and 🙂'
const CALL = `{"jsonrpc":"2.0","id":7,"method":"it.take","params":["${TEXT}"]}`
/** As programs send it that do not know of UTF-8, and one whose text was cut amid a character. */
const OTHERS = [
  Buffer.from('{"jsonrpc":"2.0","id":7,"method":"it.take","params":["grün"]}', 'latin1'),
  Buffer.concat([Buffer.from(CALL).subarray(0, -6), Buffer.from('"]}')]),
]
const PARSE_ERROR = { jsonrpc: '2.0', id: null, error: { code: -32700 } }

t.test('bug: a line that was not UTF-8 arrived with other characters in it', async (t) => {
  const client = new RawClient(address)
  t.teardown(() => client.end())
  for (const other of OTHERS) {
    client.write(other).write(`\n${CALL}\n`)
    t.match(await client.next(), PARSE_ERROR)
    t.match(await client.next(), { id: 7, result: 'taken' })
  }
  t.same(ran, [[TEXT], [TEXT]])
})

t.test('bug: a body that was not UTF-8 arrived with other characters in it', async (t) => {
  const url = `http://${address.host}:${address.port}/`
  const options = { method: 'POST', headers: { 'content-type': 'application/json' } }
  for (const body of OTHERS) t.match(await (await fetch(url, { ...options, body })).json(), PARSE_ERROR)
  const latin1 = Buffer.from('["grün"]', 'latin1')
  t.equal((await fetch(`${url}kv/set`, { ...options, body: latin1 })).status, 400)
  t.same(ran, [])
  t.match(await (await fetch(url, { ...options, body: CALL })).json(), { result: 'taken' })
  t.same(ran, [[TEXT]])
})

t.test('a message of WebSocket that is not UTF-8 closes it, by code', async (t) => {
  const socket = new WebSocket(`ws://${address.host}:${address.port}/`)
  await once(socket, 'open')
  socket.send(OTHERS[0] ?? '', { binary: false })
  const [code] = (await once(socket, 'close')) as [number]
  t.equal(code, 1007)
  t.same(ran, [])
})

t.test('a URL with an umlaut, as curl sends it, is refused with its escapes', async (t) => {
  const get = async (key: string): Promise<string> => {
    const client = new RawClient(address)
    client.write(`GET /kv/get?key=${key} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    await client.over()
    return client.lines.join('\n')
  }
  t.match(await get('grün'), /^HTTP\/1\.1 400 [^]*written in ASCII, with escapes such as %C3%BC for ü/)
  t.match(await get(encodeURIComponent(TEXT)), '200 OK')
  t.same(ran, [['kv', 'get', TEXT]])
})

t.test('escapes that are not UTF-8 are refused, and those that are stay what they are', async (t) => {
  for (const query of ['key=gr%FCn', 'key=%ED%A0%80', 'key=%C3&x=%BC', 'args=["%FC"]'])
    t.throws(() => paramsOfQuery(query), InvalidParamsError, query)
  t.throws(() => target('/gr%FCn/get'))
  t.same(paramsOfQuery('a=100%&b=%zz&c=%EF%BF%BD'), ['100%', '%zz', '\ufffd'])
})
