/** A client that has said all it has to say and closes its half, as `printf … | nc -N` does, still gets its answers. */
import { connect } from 'node:net'
import t from 'tap'
import { objectOf, startDaemon } from './rig.js'
import type { TcpAddress } from './rig.js'

const object = objectOf({
  soon: () => 'soon',
  later: () => new Promise((resolve) => setTimeout(resolve, 5, 'later')),
  long: () => 'x'.repeat(400_000),
})

/** Sends `text`, closes this half at once, and resolves to all that came until the other half was closed. */
function sendAndClose(address: TcpAddress, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, allowHalfOpen: true })
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
    socket.on('end', () => resolve(received)).on('error', reject)
    socket.end(text)
  })
}

const call = (id: number, method: string): string => JSON.stringify({ jsonrpc: '2.0', id, method })
const answer = (id: number, result: string): string => JSON.stringify({ jsonrpc: '2.0', id, result })

t.test('half-closing right after sending', async (t) => {
  const { daemon, address } = await startDaemon({ object })
  t.teardown(() => daemon.close())

  await t.test('calls that end later are answered before the connection is', async (t) => {
    const calls = [call(1, 'object.later'), call(2, 'object.soon'), call(3, 'object.later')]
    const lines = (await sendAndClose(address, `${calls.join('\n')}\n`)).trimEnd().split('\n')
    t.same(lines.sort(), [answer(1, 'later'), answer(2, 'soon'), answer(3, 'later')])
  })

  await t.test('a batch that ends in part at once is answered whole', async (t) => {
    const received = await sendAndClose(address, `[${call(1, 'object.soon')},${call(2, 'object.later')}]\n`)
    t.equal(received, `[${answer(1, 'soon')},${answer(2, 'later')}]\n`)
  })

  await t.test('more calls than run at a time are all answered', async (t) => {
    const calls = Array.from({ length: 3000 }, (_, id) => `${call(id, 'object.later')}\n`)
    t.equal((await sendAndClose(address, calls.join(''))).trimEnd().split('\n').length, 3000)
  })

  await t.test('more output than waits in memory at a time is all sent', async (t) => {
    const calls = Array.from({ length: 20 }, (_, id) => `${call(id, 'object.long')}\n`)
    t.ok((await sendAndClose(address, calls.join(''))).length > 20 * 400_000)
  })

  await t.test('the last call needs no newline', async (t) => {
    t.equal(await sendAndClose(address, call(1, 'object.later')), `${answer(1, 'later')}\n`)
  })

  await t.test('a call cut off in the middle is a parse error', async (t) => {
    t.match(await sendAndClose(address, call(1, 'object.soon').slice(0, -1)), /-32700/)
  })

  await t.test('a connection that said nothing is closed', async (t) => {
    t.equal(await sendAndClose(address, ''), '')
    t.equal(await sendAndClose(address, '\n'), '')
  })

  await t.test('a request of HTTP is answered', async (t) => {
    const body = call(1, 'object.later')
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
    const response = await sendAndClose(address, `${head}\r\n\r\n${body}`)
    t.match(response, /^HTTP\/1\.1 200 /)
    t.ok(response.endsWith(answer(1, 'later')))
  })
})
