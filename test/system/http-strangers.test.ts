/** What a port takes over HTTP of whoever has not shown who it is. */
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Callers } from '../../lib/access/callers.js'
import { RolesGate } from '../../lib/access/gate.js'
import { Judge, type AuthenticateCaller } from '../../lib/access/judge.js'
import { DEFAULT_LIMITS } from '../../lib/rpc/limits.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemSecrets } from '../../lib/system/secrets.js'
import { createTransport } from '../../lib/system/transport.js'
import { objectOf, silentLogger, startDaemon } from '../rpc/rig.js'

const TOKEN = 'a-token-that-all-have'
const KIB = 1024

/** A port that asks who calls, and knows one token. */
async function port(
  t: Test,
  silenceMs = DEFAULT_LIMITS.silenceMs,
  authenticate?: AuthenticateCaller,
): Promise<number> {
  const judge = authenticate && new Judge({ authenticate, clock: systemClock, logger: silentLogger })
  const callers = new Callers({ secrets: systemSecrets, tokens: () => [TOKEN], judge })
  const gate = new RolesGate({ callers, logger: silentLogger, clock: systemClock })
  const length = objectOf({ length: ([text]) => JSON.stringify(text).length - 2 })
  const { daemon, address } = await startDaemon(
    { it: length },
    { gate, transport: createTransport({ silenceMs }) },
  )
  t.teardown(() => daemon.close())
  return address.port
}

interface Talk {
  readonly socket: Socket
  /** Until it ends. */
  readonly heard: Promise<string>
}

function talkTo(t: Test, port: number): Talk {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  t.teardown(() => socket.destroy())
  const heard = new Promise<string>((resolve) => {
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    // Whoever writes on to who has left hears so.
    socket.on('error', () => undefined).on('close', () => resolve(text))
  })
  return { socket, heard }
}

const headOf = (...more: readonly string[]): string =>
  ['POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...more, '', ''].join('\r\n')

const callOf = (length: number, meta = ''): string =>
  `{"jsonrpc":"2.0","id":1,"method":"it.length","params":["${'x'.repeat(length)}"]${meta}}`

t.test('of a body of more than 64 KiB a stranger hears at its head that it is too long', async (t) => {
  const { socket, heard } = talkTo(t, await port(t))
  socket.write(headOf(`Content-Length: ${65 * KIB}`))
  t.match(
    await heard,
    /^HTTP\/1\.1 413 [^]*"code":-\d+,[^]*of whoever has not shown who it is has at most 65536 bytes/,
  )
})

t.test('one that does not say how long it is is gathered no further', async (t) => {
  const { socket, heard } = talkTo(t, await port(t))
  const part = `${KIB.toString(16)}\r\n${'x'.repeat(KIB)}\r\n`
  socket.write(headOf('Transfer-Encoding: chunked') + part.repeat(65))
  t.match(await heard, /^HTTP\/1\.1 413 /)
})

t.test('one that waits for a word before it sends its body hears at once that it is too long', async (t) => {
  const { socket, heard } = talkTo(t, await port(t))
  socket.write(headOf(`Content-Length: ${65 * KIB}`, 'Expect: 100-continue'))
  t.match(await heard, /^HTTP\/1\.1 413 /)
})

t.test('whoever shows a token with the head sends what everybody may', async (t) => {
  const { socket, heard } = talkTo(t, await port(t))
  const call = callOf(200 * KIB)
  const head = headOf(`Authorization: Bearer ${TOKEN}`, `Content-Length: ${call.length}`, 'Connection: close')
  socket.write(head + call)
  t.match(await heard, /^HTTP\/1\.1 200 [^]*"result":204800/)
})

const byToken: AuthenticateCaller = ({ token }) =>
  token === 'a-token-of-ursula' && { name: 'ursula', role: 'operator' }

for (const [how, authenticate] of [
  ['at once', byToken],
  ['later', (caller) => Promise.resolve(byToken(caller))],
] as const satisfies readonly (readonly [string, AuthenticateCaller])[])
  t.test(`bug: whom a hook knew that answers ${how} was a stranger by the head of a request`, async (t) => {
    const asked: unknown[] = []
    const at = await port(t, undefined, (caller) => {
      asked.push(caller.token)
      return authenticate(caller)
    })
    const call = callOf(200 * KIB)
    const send = (token: string, ...more: readonly string[]): Promise<string> => {
      const { socket, heard } = talkTo(t, at)
      const shown = [`Authorization: Bearer ${token}`, `Content-Length: ${call.length}`, 'Connection: close']
      socket.write(headOf(...shown, ...more))
      // Who hears that it is too long ends the connection before all of it has come.
      if (token === 'a-token-of-ursula') socket.write(call)
      return heard
    }
    t.match(await send('a-token-of-ursula'), /^HTTP\/1\.1 200 [^]*"result":204800/)
    t.same(asked, ['a-token-of-ursula'], 'and it is asked once of a request')
    const patient = await send('a-token-of-ursula', 'Expect: 100-continue')
    t.match(patient, /^HTTP\/1\.1 100 [^]*HTTP\/1\.1 200 [^]*"result":204800/)
    t.match(await send('a-token-of-nobody'), /^HTTP\/1\.1 413 /)
  })

t.test('whoever shows one in the call is let in with what strangers may send', async (t) => {
  const { socket, heard } = talkTo(t, await port(t))
  const call = callOf(KIB, `,"meta":{"token":"${TOKEN}"}`)
  socket.write(headOf(`Content-Length: ${call.length}`, 'Connection: close') + call)
  t.match(await heard, /^HTTP\/1\.1 200 [^]*"result":1024/)
})

t.test('bug: a byte now and then kept a stranger in', async (t) => {
  const { socket, heard } = talkTo(t, await port(t, 200))
  socket.write(headOf(`Content-Length: ${60 * KIB}`))
  const bytes = setInterval(() => socket.write('x'), 20)
  t.teardown(() => clearInterval(bytes))
  t.equal(await heard, '', 'its connection ends without an answer')
})
