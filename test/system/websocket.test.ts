import { EventEmitter, once } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import type { Daemon } from '../../lib/rpc/channels/daemon.js'
import type { Gate } from '../../lib/rpc/gate.js'
import { createTransport } from '../../lib/system/transport.js'
import { objectOf, RawClient, startDaemon, type TcpAddress } from '../rpc/rig.js'
import type { DaemonOptions } from '../../lib/rpc/channels/daemon.js'

async function open(
  t: Test,
  options: Partial<DaemonOptions> = {},
): Promise<{ socket: WebSocket; daemon: Daemon }> {
  const { daemon, address } = await startDaemon({ it: objectOf({ one: () => 1 }) }, options)
  t.teardown(() => daemon.close())
  const socket = new WebSocket(`ws://${address.host}:${address.port}/`)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return { socket, daemon }
}

async function ending(socket: WebSocket): Promise<{ code: unknown; reason: string }> {
  const [code, reason] = (await once(socket, 'close')) as [unknown, Buffer]
  return { code, reason: reason.toString() }
}

t.test('a WebSocket stays open before its first call, however long that takes', async (t) => {
  const limits = { silenceMs: 20 }
  const { socket } = await open(t, { transport: createTransport({ silenceMs: 20 }), limits })
  for (let n = 0; n < 5; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.ping()
    await once(socket, 'pong')
  }
  socket.send('{"jsonrpc":"2.0","id":1,"method":"it.one"}')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  t.match(answer.toString(), '"result":1')
})

t.test('a WebSocket is closed with a code and a reason', async (t) => {
  const { socket, daemon } = await open(t)
  void daemon.close()
  t.same(await ending(socket), { code: 1001, reason: 'this process ends' })
  const garbage = await open(t)
  for (let n = 0; n <= 1000; n++) garbage.socket.send('{"')
  t.match(await ending(garbage.socket), { code: 1008, reason: /^none of the last 1000 messages was a call/ })
  const long = await open(t, { transport: createTransport({ frameBytesMax: 1000 }) })
  long.socket.send('x'.repeat(2000))
  t.match(await ending(long.socket), { code: 1009 })
  const binary = await open(t)
  binary.socket.send(Buffer.of(1, 2, 3))
  t.match(await ending(binary.socket), { code: 1003, reason: /text messages only/ })
})

t.test(
  'bug: a call that was too long ended its WebSocket, and nobody could tell whether it had run',
  async (t) => {
    const { socket } = await open(t, { limits: { callBytesMax: 300_000 } })
    const call = { jsonrpc: '2.0', method: 'it.one' }
    socket.send(JSON.stringify({ ...call, id: 'long', params: ['x'.repeat(300_000)] }))
    const [refusal] = (await once(socket, 'message')) as [Buffer]
    t.match(JSON.parse(refusal.toString()), { id: 'long', error: { code: -32009 } })
    socket.send(JSON.stringify({ ...call, id: 'short' }))
    const [answer] = (await once(socket, 'message')) as [Buffer]
    t.match(JSON.parse(answer.toString()), { id: 'short', result: 1 })
  },
)

t.test('who has not shown who it is sends no long message', async (t) => {
  let isKnown = false
  const gate: Gate = {
    guarded: (_, method) => method,
    demandKnown: () => undefined,
    isKnown: () => isKnown,
    whyNoPage: () => Promise.resolve(undefined),
  }
  const long = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'it.one', meta: { x: 'x'.repeat(500_000) } })
  const { socket } = await open(t, { gate })
  const said: string[] = []
  socket.on('message', (data: Buffer) => said.push(data.toString()))
  socket.send(long)
  t.match(await ending(socket), { code: 1009, reason: /longer than whoever is not known may send/ })
  t.match(said, [/"code":-32009,.*has at most 65536 bytes: it was not executed/])
  isKnown = true
  const known = await open(t, { gate })
  known.socket.send(long)
  const [answer] = (await once(known.socket, 'message')) as [Buffer]
  t.match(answer.toString(), '"id":1')
})

t.test('bug: a WebSocket that had pinged a hundred times while the process was busy was ended', async (t) => {
  const { socket } = await open(t)
  const heard: string[] = []
  socket.on('pong', (data) => heard.push(data.toString()))
  for (let n = 0; n < 5000; n++) socket.ping(`${n} ${'x'.repeat(100)}`)
  while (heard.at(-1)?.startsWith('4999 ') !== true) await once(socket, 'pong')
  socket.send('{"jsonrpc":"2.0","id":1,"method":"it.one"}')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  t.match(answer.toString(), '"result":1')
})

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

t.test('bug: the answer of a call stood amid the frames of a WebSocket asked for behind it', async (t) => {
  const begun = new EventEmitter()
  const slow = (): Promise<unknown> => {
    begun.emit('call')
    return once(begun, 'answer').then(() => 42)
  }
  const { daemon, address } = await startDaemon({ it: objectOf({ slow }) })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  let heard = ''
  client.socket.on('data', (text: string) => (heard += text))
  const call = '{"jsonrpc":"2.0","id":7,"method":"it.slow"}'
  const host = `Host: localhost:${address.port}`
  const post = ['POST / HTTP/1.1', host, 'Content-Type: application/json', `Content-Length: ${call.length}`]
  const calling = once(begun, 'call')
  client.write(`${post.join('\r\n')}\r\n\r\n${call}`)
  await calling
  client.write(`${['GET / HTTP/1.1', host, ...UPGRADE].join('\r\n')}\r\n\r\n`)
  // By then it has been read.
  await connected(address)
  begun.emit('answer')
  while (!heard.includes('101 Switching')) await once(client.socket, 'data')
  t.match(heard, /^HTTP\/1.1 200 OK[^]*"id":7,"result":42}HTTP\/1.1 101 Switching Protocols/)
})

/** Resolves once a call of another connection is answered. */
async function connected(address: TcpAddress): Promise<void> {
  const other = new RawClient(address)
  other.write('{"jsonrpc":"2.0","id":1,"method":"daemon.ping"}\n')
  await other.next()
  other.end()
}

t.test('whoever is silent is pinged, and stays as long as he answers', async (t) => {
  const { socket } = await open(t, { transport: createTransport({ pingMs: 1_000 }) })
  await once(socket, 'ping')
  socket.send('{"jsonrpc":"2.0","id":1,"method":"it.one"}')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  t.match(answer.toString(), '"result":1')
})

t.test('a WebSocket whose other end has vanished ends', async (t) => {
  const { daemon, address } = await startDaemon({}, { transport: createTransport({ pingMs: 20 }) })
  t.teardown(() => daemon.close())
  // It answers no ping, as a machine that sleeps does not.
  const socket = new WebSocket(`ws://${address.host}:${address.port}/`, { autoPong: false })
  t.teardown(() => socket.terminate())
  t.match(await ending(socket), { code: 1006 })
})
