/** Over real sockets, in each language of a port: what all connections hold of unfinished messages has one limit. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { systemClock } from '../../lib/system/clock.js'
import { openListener } from '../../lib/system/listener.js'
import { Seats } from '../../lib/system/seats.js'
import { UnfinishedInput } from '../../lib/system/unfinished-input.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { objectOf, silentLogger } from '../rpc/rig.js'

const KIB = 1024
const MIB = 1024 * KIB
const LIMIT = 2 * MIB
/** What the operating system hands over in one read. */
const CHUNK = 64 * KIB

/** Tells a test when the sum has become what it waits for. */
class WatchedInput extends UnfinishedInput {
  most = 0
  #look: () => void = () => undefined

  override holds(...change: Parameters<UnfinishedInput['holds']>): void {
    super.holds(...change)
    this.most = Math.max(this.most, this.bytes)
    this.#look()
  }

  until(isSo: (bytes: number) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => (isSo(this.bytes) ? resolve() : undefined)
      this.#look()
    })
  }
}

interface Place {
  readonly input: WatchedInput
  readonly port: number
  /** The lengths that were asked for. */
  readonly ran: readonly number[]
}

/** A daemon whose object `it` says how long a text is. */
async function place(t: Test): Promise<Place> {
  const input = new WatchedInput(LIMIT)
  const seats = new Seats({ connectionsMax: 1000, now: () => 0, after: () => undefined })
  const options = {
    frameBytesMax: 16 * MIB,
    silenceMs: 60_000,
    pingMs: 60_000,
    keepAliveMs: 5_000,
    unfinished: input,
    seats,
  }
  const daemon = new Daemon({
    transport: {
      listen: (address, acceptor) => openListener(address, acceptor, options),
      dial: () => {
        throw new Error('a daemon does not dial')
      },
    },
    clock: systemClock,
    logger: silentLogger,
  })
  const ran: number[] = []
  const lengthOf = (text: unknown): number =>
    ran[ran.push(typeof text === 'string' ? text.length : 0) - 1] ?? 0
  daemon.host.register('it', objectOf({ length: ([text]) => lengthOf(text) }))
  t.teardown(() => daemon.close())
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  return { input, port: address.kind === 'tcp' ? address.port : 0, ran }
}

/** One connection that knows nothing but bytes. */
class Talk {
  heard = ''
  failure: Error | undefined
  readonly socket: Socket
  readonly closed: Promise<void>
  #look: () => void = () => undefined

  constructor(t: Test, port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    this.socket.on('error', (error) => (this.failure = error))
    this.socket.on('data', (data) => {
      this.heard += String(data)
      this.#look()
    })
    t.teardown(() => this.socket.destroy())
  }

  hears(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => (this.heard.includes(text) ? resolve() : undefined)
      this.#look()
    })
  }
}

interface Language {
  readonly name: string
  /** What comes before a message of `bytes`, and is answered if it `greets`. */
  readonly head: (bytes: number) => Buffer
  readonly greeting?: Buffer
  readonly tail: string
}

const HOST = 'Host: localhost\r\n'

const LANGUAGES: readonly Language[] = [
  { name: 'lines', head: () => Buffer.alloc(0), tail: '\n' },
  {
    name: 'HTTP',
    head: (bytes) =>
      Buffer.from(
        `POST / HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`,
      ),
    tail: '',
  },
  {
    name: 'WebSocket',
    greeting: Buffer.from(
      `GET / HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    ),
    head: frameHead,
    tail: '',
  },
]

/** Of a text message of one frame, masked with zeros. RFC 6455, section 5.2. */
function frameHead(bytes: number): Buffer {
  const head = Buffer.alloc(14)
  head.set([0x81, 0xff])
  head.writeUInt32BE(bytes, 6)
  return head
}

/** A ping, masked with zeros; it is answered with the same text. */
function ping(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x89, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)])
}

/** A call with a text of `length`. */
function callOf(length: number): string {
  return `{"jsonrpc":"2.0","id":1,"method":"it.length","params":["${'x'.repeat(length)}"]}`
}

/** A connection that has sent `bytes` of a call that is longer, and the rest of it. */
async function begun(
  t: Test,
  { port }: Place,
  language: Language,
  bytes: number,
): Promise<{ talk: Talk; rest: string }> {
  const talk = new Talk(t, port)
  await once(talk.socket, 'connect')
  if (language.greeting !== undefined) {
    talk.socket.write(language.greeting)
    await talk.hears('\r\n\r\n')
  }
  const call = callOf(bytes)
  talk.socket.write(language.head(call.length))
  talk.socket.write(call.slice(0, bytes))
  return { talk, rest: call.slice(bytes) + language.tail }
}

for (const language of LANGUAGES) {
  t.test(`${language.name}: the largest is refused with OVERLOADED and closed in order`, async (t) => {
    const here = await place(t)
    const small = await begun(t, here, language, MIB / 2)
    await here.input.until((bytes) => bytes >= MIB / 2)
    const large = await begun(t, here, language, 4 * MIB)
    await large.talk.closed
    t.match(large.talk.heard, '"code":-32010')
    t.match(large.talk.heard, 'it was not executed; send it again later, or less at once')
    t.equal(large.talk.failure, undefined, 'all that it still sent was taken, without a reset')
    t.ok(here.input.most <= LIMIT, `at most ${here.input.most} bytes were held`)
    small.talk.socket.write(small.rest)
    await small.talk.hears(`"result":${MIB / 2}`)
    t.equal(here.input.bytes, 0, 'all of it is given back')
  })

  t.test(`${language.name}: many that never end hold no more than the limit together`, async (t) => {
    const here = await place(t)
    const count = 30
    const talks = await Promise.all(Array.from({ length: count }, () => begun(t, here, language, MIB)))
    const refused = talks.map(async ({ talk }) => {
      await talk.hears('"code":-32010')
      return talk
    })
    await Promise.race(refused)
    const call = await begun(t, here, language, 1000)
    call.talk.socket.write(call.rest)
    await call.talk.hears('"result":1000')
    t.ok(here.input.most <= LIMIT + CHUNK, `at most ${here.input.most} bytes were held`)
  })

  t.test(`${language.name}: a large call gets through while others hold all there is`, async (t) => {
    const here = await place(t)
    const hogs = [await begun(t, here, language, 900 * KIB), await begun(t, here, language, 900 * KIB)]
    await here.input.until((bytes) => bytes >= 1800 * KIB)
    const large = await begun(t, here, language, 500 * KIB)
    await Promise.race(hogs.map(({ talk }) => talk.hears('"code":-32010')))
    large.talk.socket.write(large.rest)
    await large.talk.hears(`"result":${500 * KIB}`)
    t.same(here.ran, [500 * KIB])
  })

  t.test(`${language.name}: a connection that ends in the middle gives back what it held`, async (t) => {
    const here = await place(t)
    const { talk } = await begun(t, here, language, MIB)
    await here.input.until((bytes) => bytes >= MIB)
    talk.socket.destroy()
    await here.input.until((bytes) => bytes === 0)
    t.pass()
  })
}

t.test('WebSocket: pings, with no message for ever so long, hold nothing', async (t) => {
  const here = await place(t)
  const webSocket = LANGUAGES[2]
  if (webSocket === undefined) throw new Error('it is the third')
  const { talk, rest } = await begun(t, here, webSocket, 1000)
  talk.socket.write(rest)
  await talk.hears('"result":1000')
  for (let round = 0; round < 40; round++) {
    const word = `round ${round}.`
    talk.socket.write(Buffer.concat([...Array.from({ length: 39 }, () => ping('x'.repeat(100))), ping(word)]))
    await talk.hears(word)
  }
  t.ok(here.input.most <= CHUNK, `at most ${here.input.most} bytes counted`)
})

t.test('HTTP: what was sent behind a refused body is not run', async (t) => {
  const here = await place(t)
  const http = LANGUAGES[1]
  if (http === undefined) throw new Error('it is the second')
  const { talk, rest } = await begun(t, here, http, 4 * MIB)
  await talk.hears('"code":-32010')
  const call = callOf(10)
  talk.socket.write(Buffer.concat([Buffer.from(rest), http.head(call.length), Buffer.from(call)]))
  await talk.closed
  t.match(talk.heard, 'HTTP/1.1 429 ')
  t.match(talk.heard, /retry-after: 1\r\n/)
  t.same(here.ran, [])
})
