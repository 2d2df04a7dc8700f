/** Whoever sends a message that takes seconds to come in hears, once a second, that it arrives. */
import { once } from 'node:events'
import jayson from 'jayson'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { WebSocket } from 'ws'
import { objectOf, RawClient, startDaemon } from '../rpc/rig.js'

const object = objectOf({ length: ([text]) => (typeof text === 'string' ? text.length : 0) })
const CALL = `{"jsonrpc":"2.0","id":1,"method":"it.length","params":["${'x'.repeat(100_000)}"]}`

/** Sends `text` in pieces until the other end says something, then the rest; what came before the rest. */
async function slowly(socket: Socket, text: string): Promise<string> {
  let heard = ''
  socket.on('data', (data) => (heard += String(data)))
  let sent = 0
  for (; heard === '' && sent < text.length - 1; sent += 10) {
    socket.write(text.slice(sent, sent + 10))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const sign = heard
  socket.write(text.slice(sent))
  return sign
}

t.test('lines: a space, which stands before the answer', async (t) => {
  const { daemon, address } = await startDaemon({ it: object })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  await once(client.socket, 'connect')
  t.equal(await slowly(client.socket, `${CALL}\n`), ' ')
  t.same(await client.next(), { jsonrpc: '2.0', id: 1, result: 100_000 })
  t.equal(client.lines.length, 0, 'and nothing else')
})

t.test('lines: nothing is said of a message that came at once', async (t) => {
  const { daemon, address } = await startDaemon({ it: object })
  t.teardown(() => daemon.close())
  const client = new RawClient(address)
  t.teardown(() => client.end())
  client.write(`${CALL}\n`)
  while (client.lines.length === 0) await once(client.socket, 'data')
  t.equal(client.lines[0], '{"jsonrpc":"2.0","id":1,"result":100000}')
})

t.test('a stock client of JSON-RPC over a slow link gets its answer', async (t) => {
  const { daemon, address } = await startDaemon({ it: object })
  t.teardown(() => daemon.close())
  const link = createServer((near) => {
    const far = connect(address.port, address.host)
    far.pipe(near)
    near.on('data', (data) => {
      near.pause()
      void slowly(far, String(data)).then(() => near.resume())
    })
    near.on('close', () => far.destroy())
    for (const socket of [near, far]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve))
  t.teardown(() => link.close())
  const { port } = link.address() as AddressInfo
  const client = jayson.Client.tcp({ host: '127.0.0.1', port })
  const answer = await new Promise((resolve, reject) =>
    client.request('it.length', ['x'.repeat(60_000)], (error: unknown, response: unknown) =>
      error === null || error === undefined ? resolve(response) : reject(error),
    ),
  )
  t.match(answer, { result: 60_000 })
})

t.test('WebSocket: a pong', async (t) => {
  const { daemon, address } = await startDaemon({ it: object })
  t.teardown(() => daemon.close())
  const webSocket = new WebSocket(`ws://${address.host}:${address.port}/`)
  await once(webSocket, 'open')
  t.teardown(() => webSocket.terminate())
  const signs: string[] = []
  webSocket.on('pong', () => signs.push('pong'))
  let sent = 0
  for (; signs.length === 0 && sent < CALL.length - 20; sent += 10) {
    webSocket.send(CALL.slice(sent, sent + 10), { fin: false })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.same(signs, ['pong'])
  webSocket.send(CALL.slice(sent))
  const [answer] = (await once(webSocket, 'message')) as [Buffer]
  t.same(JSON.parse(answer.toString()), { jsonrpc: '2.0', id: 1, result: 100_000 })
})
