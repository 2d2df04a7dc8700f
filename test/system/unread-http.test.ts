/** Answers of HTTP that nobody reads are counted as all others are, and so are those that take long. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Handler } from '../../lib/rpc/exposed.js'
import { connectionTo, objectOf, silentLogger, startDaemon } from '../rpc/rig.js'

const MIB = 1024 * 1024
const CALL = '{"jsonrpc":"2.0","id":1,"method":"it.big"}'
const POST =
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
  `Content-Length: ${CALL.length}\r\n\r\n${CALL}`

async function unreading(port: number, posts: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.pause()
  socket.write(POST.repeat(posts))
  return socket
}

/** Three times as many as may hold their answers at once. */
const CONNECTIONS = 24

t.test('many connections that do not read 8 MB each hold no more than the limit together', async (t) => {
  const dropped: unknown[] = []
  const limit = 64 * MIB
  const big = 'x'.repeat(8 * MIB)
  const { daemon, address } = await startDaemon(
    { it: objectOf({ big: () => big }) },
    { logger: silentLogger, limits: { heldBytesTotalMax: limit } },
  )
  t.teardown(() => daemon.close())
  const sockets: Socket[] = []
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  for (let n = 0; n < CONNECTIONS; n++) {
    const socket = await unreading(address.port, 1)
    socket.on('close', () => dropped.push(socket))
    sockets.push(socket)
    const other = connectionTo(address)
    t.equal(await other.call('daemon.ping', []), 'pong')
    other.close()
  }
  // A reset is seen by who tries to read.
  for (const socket of sockets) socket.resume()
  while (dropped.length < CONNECTIONS - limit / (8 * MIB))
    await new Promise((resolve) => setImmediate(resolve))
  t.pass(`${dropped.length} were dropped`)
})

t.test('one connection that reads none of its many answers is dropped', async (t) => {
  const big = 'x'.repeat(MIB)
  const { daemon, address } = await startDaemon(
    { it: objectOf({ big: () => big }) },
    { limits: { outputBytesMax: 8 * MIB } },
  )
  t.teardown(() => daemon.close())
  const socket = await unreading(address.port, 60)
  const other = connectionTo(address)
  t.equal(await other.call('daemon.ping', []), 'pong')
  other.close()
  let received = 0
  socket.on('data', (chunk: Buffer) => (received += chunk.length))
  socket.resume()
  await once(socket, 'close')
  t.ok(received < 60 * MIB, `${received} bytes came`)
})

t.test('an answer of HTTP that is sent in slices arrives as it is', async (t) => {
  const big = `x${'\u{1f600}'.repeat(MIB)}`
  const { daemon, address } = await startDaemon({ it: objectOf({ big: () => big }) })
  t.teardown(() => daemon.close())
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${address.port}/`, { method: 'POST', headers, body: CALL })
  const text = await response.text()
  t.equal(response.headers.get('content-length'), String(Buffer.byteLength(text)))
  t.ok(text === `{"jsonrpc":"2.0","id":1,"result":${JSON.stringify(big)}}`)
})

t.test('64 requests of one connection that wait are no leak to warn of', async (t) => {
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  let left = 64
  let allWait: () => void = () => undefined
  const waiting = new Promise<void>((resolve) => (allWait = resolve))
  const big: Handler = (_, { connection }) => {
    connection.onEnd?.({ gone: () => undefined })
    if (--left === 0) allWait()
    return new Promise(() => undefined)
  }
  const { daemon, address } = await startDaemon({ it: objectOf({ big }) })
  t.teardown(() => daemon.close())
  const socket = await unreading(address.port, 64)
  t.teardown(() => socket.destroy())
  await waiting
  await new Promise((resolve) => setImmediate(resolve))
  t.same(warnings, [])
})
