/** Whom the user's own hook alone knows is no stranger on a lasting connection, once he has shown himself. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { Callers } from '../../../lib/access/callers.js'
import { RolesGate } from '../../../lib/access/gate.js'
import { Judge, type AuthenticateCaller } from '../../../lib/access/judge.js'
import type { Json } from '../../../lib/json.js'
import type { Channel, Transport } from '../../../lib/ports.js'
import { DEFAULT_LIMITS } from '../../../lib/rpc/limits.js'
import { systemClock } from '../../../lib/system/clock.js'
import { systemSecrets } from '../../../lib/system/secrets.js'
import { createTransport } from '../../../lib/system/transport.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { objectOf, silentLogger, startDaemon, type TcpAddress } from '../../rpc/rig.js'

const [HERS, NOBODYS] = ['the-token-of-ursula', 'the-token-of-nobody']
/** More than a stranger's message may have. */
const LONG = 200 * 1024

const known: AuthenticateCaller = ({ token, connection: { peerCertificate } }) =>
  (token === HERS || peerCertificate?.commonName === HERS) && { name: 'ursula', role: 'operator' }

/** Long enough for all that was sent to have come in. */
const later: AuthenticateCaller = async (caller) => {
  for (let n = 0; n < 200; n++) await turn()
  return known(caller)
}

const callOf = (method: string, params: readonly Json[], token?: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: method,
    method,
    params,
    ...(token !== undefined && { meta: { token } }),
  })
const LENGTH = callOf('it.length', ['x'.repeat(LONG)])

interface Door {
  readonly name: string
  /** What the one who shows that token, or a certificate of that name, hears of what he sends. */
  readonly talk: (t: Test, port: TcpAddress, token: string, messages: readonly string[]) => Promise<string>
  readonly messages: (token: string) => readonly string[]
}

/** Until it has said so of the last message, or ends. */
async function overWebSocket(
  t: Test,
  { port }: TcpAddress,
  messages: readonly string[],
  headers = {},
): Promise<string> {
  const socket = new WebSocket(`ws://localhost:${port}/`, { headers })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  for (const each of messages) socket.send(each)
  return new Promise((resolve) => {
    let heard = ''
    socket.on('error', () => undefined).on('close', () => resolve(heard))
    socket.on('message', (data: Buffer) => {
      heard += data.toString()
      if (/"id":"it.length"|"error"/.test(heard)) resolve(heard)
    })
  })
}

/** Until it has heard that, of the last message. */
function overLines(
  t: Test,
  { host, port }: TcpAddress,
  messages: readonly string[],
  last = /"id":"it.length"|"error"/,
): Promise<string> {
  const socket = connect({ host, port })
  t.teardown(() => socket.destroy())
  socket.write(messages.map((each) => `${each}\n`).join(''))
  return new Promise((resolve) => {
    let heard = ''
    socket.on('error', () => undefined).on('close', () => resolve(heard))
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text
      if (last.test(heard)) resolve(heard)
    })
  })
}

const introduced = (token: string): readonly string[] => [callOf('daemon.ping', [], token), LENGTH]

const DOORS: readonly Door[] = [
  {
    name: 'by the handshake of a WebSocket',
    talk: (t, port, token, messages) =>
      overWebSocket(t, port, messages, { authorization: `Bearer ${token}` }),
    messages: () => [LENGTH],
  },
  {
    name: 'by the first message of a WebSocket',
    talk: (t, port, _, messages) => overWebSocket(t, port, messages),
    messages: introduced,
  },
  {
    name: 'by the first message of a connection of lines',
    talk: (t, port, _, messages) => overLines(t, port, messages),
    messages: introduced,
  },
  {
    name: 'by a certificate with the handshake of a WebSocket',
    talk: (t, port, _, messages) => overWebSocket(t, port, messages),
    messages: () => [LENGTH],
  },
]

/** Each connection shows a certificate of that name. */
function showing(transport: Transport, commonName: string): Transport {
  const certified = (channel: Channel): Channel =>
    Object.defineProperty(channel, 'peerCertificate', { value: { commonName, names: [], fingerprint: '' } })
  return {
    ...transport,
    listen: (address, acceptor) =>
      transport.listen(address, { ...acceptor, accept: (channel) => acceptor.accept(certified(channel)) }),
  }
}

async function port(
  t: Test,
  authenticate: AuthenticateCaller,
  commonName?: string,
): Promise<{ readonly address: TcpAddress; readonly clock: ManualClock }> {
  const judge = new Judge({ authenticate, clock: systemClock, logger: silentLogger })
  const callers = new Callers({ secrets: systemSecrets, tokens: () => ['a-token-of-all'], judge })
  const gate = new RolesGate({ callers, logger: silentLogger, clock: systemClock })
  const clock = new ManualClock()
  const system = createTransport()
  const transport = commonName === undefined ? system : showing(system, commonName)
  const it = objectOf({ length: ([text]) => JSON.stringify(text).length - 2 })
  const { daemon, address } = await startDaemon({ it }, { gate, transport, clock })
  t.teardown(() => daemon.close())
  return { address, clock }
}

for (const { name, talk, messages } of DOORS)
  for (const [when, authenticate] of [
    ['at once', known],
    ['later', later],
  ] as const) {
    t.test(`bug: whom a hook knew that answers ${when} was a stranger ${name}`, async (t) => {
      const certificate = name.includes('certificate')
      const at = async (token: string): Promise<string> => {
        const { address } = await port(t, authenticate, certificate ? token : undefined)
        return talk(t, address, token, messages(token))
      }
      t.match(await at(HERS), `"result":${LONG}`)
      t.match(await at(NOBODYS), /"code":-32009,.*has not shown who it is|has at most 65536 bytes/)
    })
  }

t.test('bug: whom a hook knows was shown the door, unless he called at once', async (t) => {
  const { address, clock } = await port(t, later)
  const headers = { authorization: `Bearer ${HERS}` }
  const socket = new WebSocket(`ws://localhost:${address.port}/`, { headers })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.send(callOf('daemon.ping', []))
  t.match(String(await once(socket, 'message')), 'pong', 'it is heard once he is known')
  clock.advance(10 * DEFAULT_LIMITS.silenceMs)
  socket.send(callOf('it.length', ['x']))
  t.match(String(await once(socket, 'message')), '"result":1')
})

t.test(
  'bug: a hook that did not answer kept members apart, whose certificates it was asked about',
  async (t) => {
    const { address } = await port(t, () => new Promise(() => undefined), 'a-member')
    t.match(await overLines(t, address, [callOf('daemon.ping', []), callOf('it.length', [])], /pong/), 'pong')
  },
)
