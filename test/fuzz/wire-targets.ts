/** A port that strangers reach: lines, HTTP and WebSocket, mutated, on connections of their own. */
import { connect } from 'node:net'
import fc from 'fast-check'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { createTransport } from '../../lib/system/transport.js'
import { silent } from '../replica/members.js'
import { FuzzedCluster, WITNESS } from './cluster.js'
import { changedJson, hostileJson } from './hostile-json.js'
import { mutated, mutatedText } from './mutations.js'
import { scene } from './target.js'
import type { Scene, Target } from './target.js'
import { all, traffic } from './traffic.js'

export const wireTargets: readonly Target[] = [
  {
    name: 'whatever lines come to a port, it closes their connection in order and serves the next one',
    runs: 100,
    open: () => portScene(lines),
  },
  {
    name: 'whatever HTTP comes to a port, it closes its connection in order and serves the next one',
    runs: 100,
    open: () => portScene(http),
  },
  {
    name: 'whatever WebSocket frames come to a port, it closes their connection in order and serves the next one',
    runs: 100,
    open: () => portScene(webSocket),
  },
]

/** Small, so that inputs reach them. */
const LIMITS = { frameBytesMax: 64 * 1024, silenceMs: 150, batchMax: 20, inflightCallsMax: 8 }

/** Calls that rightly wait for long, or that make the cluster another one. */
const LASTING: ReadonlySet<string> = new Set([
  'watch.next',
  'member.addMember',
  'member.removeMember',
  'member.transferLeadership',
])

/** The pieces of one connection, each in a write of its own. */
export type Pieces = readonly Uint8Array[]

async function portScene(input: (requests: readonly string[]) => fc.Arbitrary<Pieces>): Promise<Scene> {
  const requests = await briefRequests()
  const transport = createTransport(LIMITS)
  const cluster = await FuzzedCluster.start(1, { transport, limits: LIMITS })
  const { port, replica } = await cluster.leader()
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const
  let count = 0
  const { property } = scene(fc.array(input(requests), { minLength: 1, maxLength: 3 }), async (talks) => {
    await Promise.all(talks.map((pieces) => talk(port, pieces)))
    const ports = { transport, clock: systemClock, random: systemRandom, logger: silent }
    const witness = new Connection({ address, ...ports })
    const counted = await witness.call(`${WITNESS}.increment`, [])
    witness.close()
    if (counted !== ++count) throw new Error(`the witness counts ${JSON.stringify(counted)}, not ${count}`)
    const { peerRequests } = replica.waiting
    if (peerRequests.calls > 0) throw new Error('a stranger’s call waits as a member’s')
  })
  return { property, close: () => cluster.stop() }
}

/** Of real traffic, those that are answered soon and leave the cluster as it is. */
export async function briefRequests(): Promise<readonly string[]> {
  const { requests } = await traffic()
  return all(new Map([...requests].filter(([method]) => !LASTING.has(method))))
}

/** A connection that never ends shows as a run that never ends. */
const PATIENCE_MS = 60_000

/** Says all of it, then no more; resolves when the other end has closed its half too. */
export function talk(port: number, pieces: Pieces): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    const late = (): void => reject(new Error(`a connection is open ${PATIENCE_MS} ms after its end`))
    const patience = setTimeout(late, PATIENCE_MS)
    socket.on('error', () => undefined)
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(patience)
      resolve()
    })
    socket.resume()
    for (const piece of pieces) socket.write(piece)
    socket.end()
  })
}

/** Requests as they were, mutated as bytes, changed as JSON, in batches, and cut into two writes anywhere. */
export function lines(requests: readonly string[]): fc.Arbitrary<Pieces> {
  const stream = fc.array(message(requests), { minLength: 1, maxLength: 4 }).map((texts) => texts.join('\n'))
  return fc
    .tuple(fc.oneof(mutatedText([...requests, requests.slice(0, 9).join('\n')]), stream), fc.nat())
    .map(([text, cut]) => {
      const bytes = Buffer.from(`${text}\n`)
      return [bytes.subarray(0, cut % bytes.length), bytes.subarray(cut % bytes.length)]
    })
}

function message(requests: readonly string[]): fc.Arbitrary<string> {
  const one = fc.oneof(
    { weight: 4, arbitrary: changedJson(requests) },
    { weight: 4, arbitrary: mutatedText(requests) },
    { weight: 4, arbitrary: fc.constantFrom(...requests) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }) },
  )
  const batch = fc.array(fc.oneof(one, hostileJson), { maxLength: 30 }).map((calls) => `[${calls.join()}]`)
  return fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: batch })
}

const HEADERS = 'Host: localhost\r\nContent-Type: application/json\r\n'
const HEADS: readonly string[] = [
  'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n',
  'HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n',
  'OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n{"a":',
]

export function http(requests: readonly string[], heads = HEADS): fc.Arbitrary<Pieces> {
  const posts = requests.flatMap((text) => [post(text), chunked(text)])
  const right = [...heads, ...posts, posts.slice(0, 6).join('')].map((text) => Buffer.from(text))
  const changed = message(requests).map((text) => Buffer.from(post(text)))
  return fc.array(fc.oneof(mutated(right), changed), { minLength: 1, maxLength: 3 })
}

function post(text: string): string {
  return `POST / HTTP/1.1\r\n${HEADERS}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

function chunked(text: string): string {
  const size = Buffer.byteLength(text).toString(16)
  return `POST / HTTP/1.1\r\n${HEADERS}Transfer-Encoding: chunked\r\n\r\n${size}\r\n${text}\r\n0\r\n\r\n`
}

const HANDSHAKE = Buffer.from(
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
)
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10]

/** A handshake, right in most cases, then frames: text, in fragments, of other kinds, mutated. */
function webSocket(requests: readonly string[]): fc.Arbitrary<Pieces> {
  const whole = requests.map((text) => frame(TEXT, Buffer.from(text)))
  const right = [
    ...whole,
    fragments(requests[0] ?? ''),
    frame(PING, Buffer.from('?')),
    frame(CLOSE, Buffer.of(3, 232)),
  ]
  const odd = fc
    .tuple(
      fc.constantFrom(CONTINUATION, BINARY, PING, PONG, CLOSE, 3, 15),
      fc.uint8Array({ maxLength: 130 }),
      fc.boolean(),
    )
    .map(([opcode, payload, isLast]) => frame(opcode, payload, isLast))
  const changed = message(requests).map((text) => frame(TEXT, Buffer.from(text)))
  const frames = fc.array(fc.oneof(mutated(right), changed, odd), { minLength: 1, maxLength: 4 })
  const handshake = fc.oneof(
    { weight: 9, arbitrary: fc.constant(HANDSHAKE) },
    { weight: 1, arbitrary: mutated([HANDSHAKE]) },
  )
  return fc.tuple(handshake, frames).map(([head, rest]) => [head, ...rest])
}

function fragments(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([frame(TEXT, bytes.subarray(0, 9), false), frame(CONTINUATION, bytes.subarray(9))])
}

/** As clients send them: masked, here with zeros. RFC 6455, section 5.2. */
function frame(opcode: number, payload: Uint8Array, isLast = true): Buffer {
  const { length } = payload
  const size =
    length < 126
      ? []
      : length < 65_536
        ? [length >> 8, length & 255]
        : [0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  const short = length < 126 ? length : length < 65_536 ? 126 : 127
  const head = Buffer.of((isLast ? 128 : 0) | opcode, 128 | short, ...size, 0, 0, 0, 0)
  return Buffer.concat([head, payload])
}
