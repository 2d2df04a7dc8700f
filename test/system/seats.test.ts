/** More connections than the process can have: storage keeps its descriptors, and fellows their places. */
import t from 'tap'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import { systemClock } from '../../lib/system/clock.js'
import { connectionsMax } from '../../lib/system/descriptors.js'
import { systemRandom } from '../../lib/system/random.js'
import { Seats } from '../../lib/system/seats.js'
import type { Guest } from '../../lib/system/seats.js'
import { createTransport } from '../../lib/system/transport.js'
import { objectOf, RawClient, silentLogger } from '../rpc/rig.js'

const MAX = 100

/** Seats in a time of their own. */
class Room {
  time = 100_000
  /** Those who are turned away do not go by themselves. */
  areSlow = false
  /** Who has a descriptor. */
  readonly seated = new Set<Guest>()
  readonly #tasks: { at: number; task: () => void }[] = []
  readonly seats = new Seats({
    connectionsMax: MAX,
    now: () => this.time,
    after: (delayMs, task) => void this.#tasks.push({ at: this.time + delayMs, task }),
  })

  pass(ms: number): void {
    for (const end = this.time + ms; this.time < end; this.time += 100)
      for (const due of this.#tasks.filter(({ at }) => at <= this.time)) {
        this.#tasks.splice(this.#tasks.indexOf(due), 1)
        due.task()
      }
  }

  /** Heard once, when it comes, and then read. */
  guest(
    isFavoured = false,
    address?: string,
  ): Guest & { isGone: boolean; heard: number; isFavoured: boolean } {
    const guest = this.unread(isFavoured, address)
    this.seats.read(guest)
    return guest
  }

  /** Comes, and waits to be read. */
  unread(
    isFavoured = false,
    address?: string,
  ): Guest & { isGone: boolean; heard: number; isFavoured: boolean } {
    const guest = {
      address,
      isFavoured,
      isGone: false,
      heard: this.time,
      heardAt: () => guest.heard,
      turnAway: () => {
        guest.isGone = true
        if (!this.areSlow) this.#left(guest)
      },
      drop: () => {
        guest.isGone = true
        this.#left(guest)
      },
    }
    this.seated.add(guest)
    this.seats.take(guest)
    return guest
  }

  #left(guest: Guest): void {
    this.seated.delete(guest)
    this.seats.leave(guest)
  }
}

t.test('beyond the limit newcomers are turned away, and those who are there stay', async (t) => {
  const room = new Room()
  const guests = Array.from({ length: MAX }, () => room.guest())
  const newcomers = Array.from({ length: 5000 }, () => room.guest())
  t.ok(room.seated.size <= MAX + 32, `${room.seated.size} descriptors at most`)
  room.pass(2000)
  t.equal(newcomers.filter(({ isGone }) => isGone).length, 5000)
  t.equal(guests.filter(({ isGone }) => isGone).length, 0)
})

t.test('those who are turned away and do not go take no more descriptors than a few', async (t) => {
  const room = new Room()
  room.areSlow = true
  for (let n = 0; n < MAX; n++) room.guest()
  const newcomers = Array.from({ length: 5000 }, () => room.guest())
  t.ok(room.seated.size <= MAX + 64, `${room.seated.size} descriptors at most`)
  room.pass(20_000)
  for (let n = 0; n < 1000; n++) newcomers.push(room.guest())
  t.ok(room.seated.size <= MAX + 64, `${room.seated.size} later`)
})

t.test('who says nothing for long makes room, the idlest first; fellows do not', async (t) => {
  const room = new Room()
  const fellows = Array.from({ length: 3 }, () => room.guest(true))
  const idle = Array.from({ length: MAX - 13 }, () => room.guest())
  const busy = Array.from({ length: 10 }, () => room.guest())
  for (let second = 0; second < 12; second++) {
    room.pass(1000)
    for (const guest of busy) guest.heard = room.time
  }
  t.ok(idle.filter(({ isGone }) => isGone).length >= 20, 'some of them have gone')
  const newcomer = room.guest()
  room.pass(5000)
  t.notOk(newcomer.isGone)
  for (const guest of [...fellows, ...busy]) t.notOk(guest.isGone)
})

t.test('a fellow finds a place, when it shows in a second that it is one', async (t) => {
  const room = new Room()
  for (let n = 0; n < MAX; n++) room.guest()
  const [fellow, other] = [room.guest(), room.guest()]
  fellow.isFavoured = true
  room.pass(1500)
  t.notOk(fellow.isGone)
  t.ok(other.isGone)
})

t.test('a fellow that waits to be read has its second when it is', async (t) => {
  const room = new Room()
  for (let n = 0; n < MAX; n++) room.guest()
  const [fellow, other] = [room.unread(), room.unread()]
  room.pass(5000)
  t.notOk(fellow.isGone)
  for (const guest of [fellow, other]) room.seats.read(guest)
  room.pass(500)
  fellow.isFavoured = true
  room.pass(1000)
  t.notOk(fellow.isGone)
  t.ok(other.isGone)
})

t.test('one address takes a quarter of the places, and leaves the others to all others', async (t) => {
  const room = new Room()
  const [flooder, other] = ['10.0.0.1', '10.0.0.2']
  const many = Array.from({ length: 1000 }, () => room.guest(false, flooder))
  const fellow = room.guest(false, flooder)
  fellow.isFavoured = true
  room.pass(2000)
  t.equal(many.filter(({ isGone }) => !isGone).length, MAX / 4)
  t.notOk(room.guest(false, other).isGone)
  const local = Array.from({ length: MAX / 2 }, () => room.guest())
  room.pass(2000)
  t.ok(
    local.every(({ isGone }) => !isGone),
    'of this machine there is no share',
  )
  many.find(({ isGone }) => !isGone)?.drop()
  const next = room.guest(false, flooder)
  room.pass(2000)
  t.notOk(next.isGone, 'one that goes leaves its place to the next')
})

t.test('a fellow finds a place though its address has too many', async (t) => {
  const room = new Room()
  for (let n = 0; n < MAX / 4; n++) room.guest(false, '10.0.0.1')
  const [fellow, stranger] = [room.guest(false, '10.0.0.1'), room.guest(false, '10.0.0.1')]
  fellow.isFavoured = true
  room.pass(2000)
  t.notOk(fellow.isGone)
  t.ok(stranger.isGone)
})

t.test('what is reserved for storage', async (t) => {
  t.equal(connectionsMax(1024), 768)
  t.equal(connectionsMax(256), 128)
  t.equal(connectionsMax(Infinity), 16_384)
  t.ok(connectionsMax() > 0)
})

t.test('in each language the one who is turned away is told why', async (t) => {
  const transport = createTransport({ connectionsMax: 2 })
  const daemon = new Daemon({ transport, clock: systemClock, logger: silentLogger })
  daemon.host.register('it', objectOf({ favour: (_, { connection }) => connection.favour?.() }))
  t.teardown(() => daemon.close())
  const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  if (address.kind !== 'tcp') throw new Error('a TCP address was asked for')
  const connection = (): Connection => {
    const made = new Connection({
      ...{ address, transport, random: systemRandom },
      clock: systemClock,
      logger: silentLogger,
    })
    t.teardown(() => made.close())
    return made
  }
  const [one, two, fellow] = [connection(), connection(), connection()]
  await one.call('daemon.ping', [])
  await two.call('daemon.ping', [])
  await fellow.call('it.favour', [])
  const silent = new RawClient(address)
  t.match(await silent.next(), {
    id: null,
    error: { code: -32010, message: /as many connections as it can have.*: use fewer, or come back later$/ },
  })
  await silent.over()
  const http = new RawClient(address).write('GET /livez HTTP/1.1\r\n')
  await http.over()
  t.match(http.lines[0], 'HTTP/1.1 503 Service Unavailable')
  for (const each of [one, two, fellow]) t.equal(await each.call('daemon.ping', []), 'pong')
})
