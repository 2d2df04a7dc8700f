/** Nothing begins after the end of a client, and nothing that was under way is left. */
import { once } from 'node:events'
import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { connect } from '../../../lib/system/connect.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'

/** A process that takes connections and never answers; it counts those that were made. */
async function mute(t: { teardown(end: () => unknown): void }) {
  const sockets = new Set<Socket>()
  let dialled = 0
  let hangsUp = false
  const heard: (() => void)[] = []
  const server = createServer((socket) => {
    dialled += 1
    if (hangsUp) socket.destroy()
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => heard.splice(0).forEach((tell) => tell()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  /** Comes in person: whoever dialled before has been counted then. */
  const visited = async (): Promise<void> => {
    const visitor = dial((server.address() as AddressInfo).port, '127.0.0.1')
    await once(server, 'connection')
    visitor.destroy()
  }
  return {
    place,
    visited,
    dialled: () => dialled,
    /** Ends whatever comes in from here on. */
    hangUp: () => void (hangsUp = true),
    asked: () => new Promise<void>((resolve) => heard.push(resolve)),
  }
}

const CLOSED = { label: 'UNREACHABLE', outcome: 'not-executed', message: /this client is closed/ }

const underWay: Readonly<Record<string, (rollcall: Rollcall, place: string) => Promise<unknown>>> = {
  'a call whose name is being looked up': (rollcall) => rollcall.call('counter', 'increment', []),
  'a call of a proxy': (rollcall) => rollcall.nameserver.ping(),
  'a call of the leader': (rollcall) => rollcall.callLeader('status', []),
}

for (const [what, begin] of Object.entries(underWay)) {
  t.test(`${what} is rejected when the client is closed, and nobody is asked any more`, async (t) => {
    const { place, dialled, asked, visited } = await mute(t)
    const rollcall = await connect({ nameserver: place, members: [`a@${place}`] })
    const isAsked = asked()
    const call = begin(rollcall, place)
    await isAsked
    const before = dialled()
    rollcall.close()
    await t.rejects(call, CLOSED)
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    await visited()
    t.equal(dialled(), before + 1, 'only this test has come since')
  })
}

t.test('a closed client rejects whatever is asked of it', async (t) => {
  const { place, dialled } = await mute(t)
  const rollcall = await connect({ nameserver: place, members: [`a@${place}`] })
  const watch = rollcall.watch('kv')
  const leaders = rollcall.watchLeader()
  rollcall.close()
  await t.rejects(rollcall.call('kv', 'get', ['x']), CLOSED)
  await t.rejects(rollcall.nameserver.ping(), CLOSED)
  await t.rejects(rollcall.status(), CLOSED)
  await t.rejects(rollcall.leader(), CLOSED)
  await t.rejects(rollcall.callLeader('status', []), CLOSED)
  t.match(await watch.next(), { done: true })
  t.match(await leaders.next(), { done: true })
  await t.rejects(rollcall.watch('kv').next(), CLOSED)
  t.equal(dialled(), 0)
})

t.test('a call that waits for better times at a place it knows does not go there any more', async (t) => {
  const { place, dialled, visited, hangUp } = await mute(t)
  hangUp()
  const rollcall = await connect({ members: [`a@${place}`] })
  await new Promise<void>((resolve) => {
    const call = rollcall.call(`counter@${place}`, 'increment', [], { onWaiting: () => resolve() })
    void t.rejects(call, CLOSED)
  })
  const before = dialled()
  rollcall.close()
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  await visited()
  t.equal(dialled(), before + 1, 'only this test has come since')
})

t.test('a call that waits for better times is rejected at once, and no timer is left', async (t) => {
  const { place, dialled } = await mute(t)
  const rollcall = await connect({ nameserver: '127.0.0.1:1', members: ['a@127.0.0.1:1'] })
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  await new Promise<void>((resolve) => {
    const call = rollcall.call('counter', 'increment', [], { onWaiting: () => resolve() })
    void t.rejects(call, CLOSED)
  })
  rollcall.close()
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(timers() <= before, `${timers()} timers, ${before} before`)
  t.equal(dialled(), 0)
  t.ok(place)
})
