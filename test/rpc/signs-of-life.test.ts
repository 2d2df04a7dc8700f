/** Who is silent is known by bytes, not by messages: a long message takes its time. */
import { once } from 'node:events'
import t from 'tap'
import { ms } from '../../lib/ports.js'
import type { Address, Clock, DialHandlers, DialledChannel } from '../../lib/ports.js'
import { Link } from '../../lib/rpc/channels/link.js'
import { servedAlone } from '../../lib/rpc/channels/served.js'
import { ManualClock } from '../harness/manual-clock.js'
import { objectOf, RawClient, silentLogger, startDaemon } from './rig.js'

const HEARTBEAT_MS = 100
const ADDRESS: Address = { kind: 'tcp', host: '127.0.0.1', port: 1 }

/** A channel whose other end does what the test says. */
class Scene implements DialledChannel {
  readonly kind = 'lines'
  readonly remote = 'there'
  readonly clock = new ManualClock()
  readonly unfinishedBytes = 0
  bufferedBytes = 0
  takenBytes = 0
  why: string | undefined
  #handlers: DialHandlers | undefined
  readonly link: Link

  constructor() {
    const clock: Clock = this.clock
    this.link = new Link({
      address: ADDRESS,
      transport: {
        dial: (_, handlers) => {
          this.#handlers = handlers
          return this
        },
        listen: () => Promise.reject(new Error('nobody listens')),
      },
      clock,
      logger: silentLogger,
      heartbeatMs: HEARTBEAT_MS,
      served: () => servedAlone({ clock, logger: silentLogger }),
      opened: () => undefined,
      retired: () => undefined,
      rested: () => undefined,
      ended: (why) => (this.why = why),
    })
    this.#handlers?.opened()
  }

  /** Somebody waits for an answer. */
  call(): this {
    const method = 'kv.get'
    const deadline = ms(1_000_000)
    this.link.call({ method, deadline, rest: '', resolve: () => undefined, reject: () => undefined })
    return this
  }

  /** Lets heartbeats pass, and does `each` before every one of them. */
  beats(count: number, each: () => void): void {
    for (let beat = 0; beat < count; beat++) {
      each()
      this.clock.advance(HEARTBEAT_MS)
    }
  }

  heard(): void {
    this.#handlers?.heard?.()
  }

  sent = 0

  send(): void {
    // Nobody takes it.
    this.sent += 1
  }
  pause(): void {
    throw new Error('not asked for')
  }
  sign(): void {
    throw new Error('not asked for')
  }
  resume(): void {
    throw new Error('not asked for')
  }
  close(): void {
    // Nothing to close.
  }
  destroy(): void {
    // Nothing to destroy.
  }
}

t.test('nothing comes: it is over after the second look', async (t) => {
  const scene = new Scene().call()
  scene.beats(2, () => undefined)
  t.equal(scene.why, 'has gone silent')
})

t.test('an answer that takes long comes byte by byte', async (t) => {
  const scene = new Scene().call()
  scene.beats(50, () => scene.heard())
  t.equal(scene.why, undefined)
  scene.beats(2, () => undefined)
  t.equal(scene.why, 'has gone silent')
})

t.test('a large argument waits, and some of it is taken from time to time', async (t) => {
  const scene = new Scene().call()
  scene.bufferedBytes = 1_000_000
  scene.beats(50, () => (scene.takenBytes += 64))
  t.equal(scene.why, undefined)
  scene.beats(2, () => undefined)
  t.equal(scene.why, 'has gone silent', 'it stands still')
})

t.test('what this machine takes at once is no sign of the other one', async (t) => {
  const scene = new Scene().call()
  scene.beats(2, () => (scene.takenBytes += 64))
  t.equal(scene.why, 'has gone silent')
})

t.test('a connection that nobody uses is looked at every two seconds', async (t) => {
  const scene = new Scene()
  scene.beats(20, () => undefined)
  t.equal(scene.sent, 0)
  scene.beats(1, () => undefined)
  t.equal(scene.sent, 1, 'a ping')
  scene.beats(1, () => undefined)
  t.equal(scene.why, 'has gone silent')
})

t.test('and at once like any other when it is used again', async (t) => {
  const scene = new Scene()
  scene.beats(5, () => undefined)
  scene.call().beats(2, () => undefined)
  t.equal(scene.why, 'has gone silent')
})

t.test('who has as many calls under way as may run hears each second that somebody is there', async (t) => {
  const clock = new ManualClock()
  const answers: ((result: null) => void)[] = []
  let began: () => void = () => undefined
  const allRun = new Promise<void>((resolve) => (began = resolve))
  const wait = (): Promise<null> =>
    new Promise((resolve) => {
      if (answers.push(resolve) === 2) began()
    })
  const it = objectOf({ wait })
  const { daemon, address } = await startDaemon({ it }, { clock, limits: { inflightCallsMax: 2 } })
  t.teardown(() => daemon.close())
  const call = (id: number): string => `{"jsonrpc":"2.0","id":${id},"method":"it.wait"}\n`
  const client = new RawClient(address).write(call(1) + call(2) + call(3))
  t.teardown(() => client.socket.destroy())
  await allRun
  for (let second = 0; second < 5; second++) {
    const signed = once(client.socket, 'data')
    clock.advance(1_000)
    t.same(await signed, [' '])
  }
  answers[0]?.(null)
  t.same(await client.next(), { jsonrpc: '2.0', id: 1, result: null })
})
