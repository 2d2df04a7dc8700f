/** Thousands of connections that speak, or end, in the same moment do not keep the process from hearing its fellows. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { ms } from '../../lib/ports.js'
import type { Clock, Turn } from '../../lib/ports.js'
import { ReadingTurns, type Reader } from '../../lib/system/reading-turns.js'
import { readAgain, readHandleOf, stopReading } from '../../lib/system/stop-reading.js'

/** What the system has for each connection is read when it is being read, in one turn after another. */
class World {
  readonly soon: (() => void)[] = []
  time = 1000
  readonly clock: Clock = {
    now: () => ms(this.time),
    wall: () => ms(this.time),
    after: () => ({ cancel: () => undefined }),
    soon: (task) => void this.soon.push(task),
    turn: () => this.#turn,
  }
  readonly turns = new ReadingTurns(this.clock)
  readonly order: string[] = []
  #readers: Peer[] = []
  #turn: Turn = { began: ms(1000) }

  /** Comes in, and is received: it is being read. */
  join(name: string, kind: { isFavoured?: boolean; isKnown?: boolean } = {}): Peer {
    const peer = this.come(name, kind)
    this.look()
    return peer
  }

  /** Comes in. */
  come(name: string, kind: { isFavoured?: boolean; isKnown?: boolean } = {}): Peer {
    const peer = new Peer(name, kind.isFavoured ?? false, kind.isKnown ?? false)
    this.#readers.push(peer)
    this.turns.add(peer)
    return peer
  }

  /** What was planned for after the input. */
  look(): void {
    for (const task of this.soon.splice(0)) task()
  }

  /**
   * One turn of the event loop, in which the system brings first whose reading began first; how many were read in it.
   */
  turn(readMs: number): number {
    const before = this.order.length
    this.read(readMs)
    this.look()
    return this.order.length - before
  }

  /** The same without what was planned for after the input. */
  read(readMs: number): void {
    this.#turn = { began: ms(this.time) }
    for (const peer of [...this.#readers].sort((a, b) => a.since - b.since)) {
      if (!peer.isRead || peer.waiting === 0) continue
      peer.waiting -= 1
      peer.isHeard = true
      this.order.push(peer.name)
      this.turns.heard()
      this.time += readMs
    }
  }
}

let started = 0

class Peer implements Reader {
  since = 0
  isRead = false
  isHeard = false
  waiting = 1

  constructor(
    readonly name: string,
    readonly isFavoured: boolean,
    readonly isKnown: boolean,
  ) {}

  stopReading(): boolean {
    const wasRead = this.isRead
    this.isRead = false
    return wasRead
  }

  wasHeard(): boolean {
    const { isHeard } = this
    this.isHeard = false
    return isHeard
  }

  read(): void {
    this.since = started++
    this.isRead = true
  }
}

t.test('6,000 strangers who speak at once are read some at a time, each of them once', async (t) => {
  const world = new World()
  for (let n = 0; n < 6000; n++) world.join(`stranger ${n}`)
  const each: number[] = []
  while (world.order.length < 6000 && each.length < 6000) each.push(world.turn(0.1))
  t.ok(Math.max(...each) <= 32, `at most ${Math.max(...each)} in one turn`)
  t.equal(new Set(world.order).size, 6000)
  t.equal(world.order.length, 6000)
})

t.test('who speaks alone in each turn makes no other one be planned', async (t) => {
  const world = new World()
  world.join('the only one').waiting = Infinity
  let planned = 0
  for (let n = 0; n < 1000; n++) {
    world.read(1)
    planned += world.soon.length
    world.look()
  }
  t.equal(planned, 0)
})

t.test('who sends without end is stopped again in each turn', async (t) => {
  const world = new World()
  for (let n = 0; n < 2000; n++) world.join(`stranger ${n}`).waiting = 1000
  for (let n = 0; n < 300; n++) t.ok(world.turn(0.1) <= 64)
})

t.test('a fellow is read in each turn, however many others speak', async (t) => {
  const world = new World()
  for (let n = 0; n < 2000; n++) world.join(`stranger ${n}`)
  const fellow = world.join('fellow', { isFavoured: true })
  fellow.waiting = 10
  for (let n = 0; n < 10; n++) world.turn(0.1)
  t.equal(fellow.waiting, 0)
})

t.test('who has made a call is read before strangers, and they are read too', async (t) => {
  const world = new World()
  for (let n = 0; n < 1000; n++) world.join(`stranger ${n}`)
  for (let n = 0; n < 200; n++) world.join(`known ${n}`, { isKnown: true })
  for (let n = 0; n < 40; n++) world.turn(0.1)
  const known = world.order.filter((name) => name.startsWith('known')).length
  t.equal(known, 200)
  t.ok(world.order.length > known + 32, 'and strangers between them')
})

t.test('callers who use up each turn keep no stranger from being read', async (t) => {
  const world = new World()
  for (let n = 0; n < 48; n++) world.join(`known ${n}`, { isKnown: true }).waiting = Infinity
  for (let n = 0; n < 10; n++) world.turn(1)
  const stranger = world.come('a member before its hello')
  for (let n = 0; n < 4; n++) world.turn(1)
  t.equal(stranger.waiting, 0)
})

for (const count of [48, 96, 100])
  t.test(`of ${count} callers who send without end each is read again and again`, async (t) => {
    const world = new World()
    const names = Array.from({ length: count }, (_, n) => `known ${n}`)
    for (const name of names) world.join(name, { isKnown: true }).waiting = Infinity
    for (let n = 0; n < 100; n++) world.turn(1)
    for (const name of names) {
      const times = world.order.filter((each) => each === name).length
      t.ok(times >= 3, `${name}: ${times} times`)
    }
  })

t.test('2,000 connections that come at once are received in slices, in their order', async (t) => {
  const world = new World()
  const peers = Array.from({ length: 2000 }, (_, n) => world.come(`stranger ${n}`))
  const received = (): number => peers.filter((peer) => peer.isRead).length
  const each: number[] = []
  while (received() < 2000 && each.length < 2000) {
    const before = received()
    world.look()
    each.push(received() - before)
    t.equal(
      peers.findIndex((peer) => !peer.isRead),
      received() === 2000 ? -1 : received(),
    )
  }
  t.ok(Math.max(...each) <= 21, `at most ${Math.max(...each)} without a look for input`)
  t.equal(received(), 2000)
})

t.test('one that comes in is received after the input that is there', async (t) => {
  const world = new World()
  const peer = world.come('client')
  t.notOk(peer.isRead)
  world.look()
  t.ok(peer.isRead)
  t.equal(world.soon.length, 0)
})

t.test('few connections are not stopped, however long their calls take', async (t) => {
  const world = new World()
  const peers = Array.from({ length: 15 }, (_, n) => world.join(`client ${n}`))
  world.turn(5)
  t.ok(peers.every((peer) => peer.isRead))
})

t.test('who leaves while it waits is not read again', async (t) => {
  const world = new World()
  const peers = Array.from({ length: 200 }, (_, n) => world.join(`stranger ${n}`))
  world.turn(0.1)
  const gone = peers.filter((peer) => !peer.isRead)
  for (const peer of gone) world.turns.delete(peer)
  for (let n = 0; n < 50; n++) world.turn(0)
  t.ok(gone.every((peer) => !peer.isRead))
  t.equal(world.soon.length, 0)
})

t.test(
  'a socket whose reading is stopped takes nothing from the system until it is read again',
  async (t) => {
    const came: Socket[] = []
    const server = createServer((socket) => came.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    t.teardown(() => server.close())
    const visitors: Socket[] = []
    for (let n = 0; n < 2; n++) {
      const arrived = once(server, 'connection')
      visitors.push(connect(port, '127.0.0.1'))
      await arrived
    }
    t.teardown(() => visitors.forEach((visitor) => visitor.destroy()))
    const [stopped, other] = came
    if (stopped === undefined || other === undefined) throw new Error('two have come in')
    stopped.resume()
    const handle = readHandleOf(stopped)
    if (handle === undefined) throw new Error('it has one')
    t.equal(stopReading(handle), true)
    t.equal(stopReading(handle), false, 'once')
    visitors[0]?.write('first')
    await new Promise<void>((resolve) => visitors[0]?.write('second', () => resolve()))
    visitors[1]?.write('other')
    await once(other, 'data')
    t.equal(stopped.bytesRead, 0)
    const read = once(stopped, 'data')
    readAgain(stopped)
    t.equal(String((await read)[0]), 'firstsecond')
    stopped.destroy()
    other.destroy()
    stopReading(handle)
    readAgain(stopped)
    await once(stopped, 'close')
    stopReading(handle)
    t.equal(readHandleOf(stopped), undefined, 'it is over')
  },
)
