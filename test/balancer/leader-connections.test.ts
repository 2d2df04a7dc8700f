import t from 'tap'
import { LeaderConnections } from '../../balancer/leader-connections.js'
import type { EndHearer } from '../../lib/ports.js'
import { OutcomeUnknownError } from '../../lib/rpc/errors.js'
import type { Handler } from '../../lib/rpc/exposed.js'
import { ports } from '../nameserver/scene.js'
import { objectOf, startDaemon } from '../rpc/rig.js'

/** A client whose end the test brings about. */
class Client {
  readonly #hearers: EndHearer[] = []
  #isGone = false

  readonly onEnd = (hearer: EndHearer): void => {
    if (this.#isGone) hearer.gone()
    else this.#hearers.push(hearer)
  }

  leave(): void {
    this.#isGone = true
    for (const hearer of this.#hearers) hearer.gone()
  }
}

/** A leader at which watches wait for ever, and what becomes of them there. */
async function scene(t: { teardown(task: () => unknown): void }) {
  const remotes: string[] = []
  let began: () => void = () => undefined
  let left: () => void = () => undefined
  const hasBegun = new Promise<void>((resolve) => (began = resolve))
  const hasLeft = new Promise<void>((resolve) => (left = resolve))
  let told: () => void = () => undefined
  let wanted = Infinity
  /** So many watches have come to the leader. */
  const arrived = (count: number): Promise<void> =>
    new Promise((resolve) => {
      wanted = count
      told = resolve
      if (remotes.length >= count) resolve()
    })
  const next: Handler = ([how], { connection }) => {
    remotes.push(connection.remote)
    if (remotes.length >= wanted) told()
    if (how === 'answered') return null
    connection.onEnd?.({ finished: left, gone: left })
    began()
    return new Promise(() => undefined)
  }
  const value: Handler = (_, { connection }) => connection.remote
  const { daemon, address } = await startDaemon({ watch: objectOf({ next }), counter: objectOf({ value }) })
  const connections = new LeaderConnections({ ...ports, hello: () => Promise.resolve() })
  connections.lead(address)
  t.teardown(() => connections.close())
  t.teardown(() => daemon.close())
  const call = (client: Client | object, method: string, ...params: string[]) =>
    connections.call(client, address, method, params, { timeoutMs: 60_000 })
  return { call, remotes, hasBegun, hasLeft, arrived }
}

t.test(
  'a watch whose client leaves waits at the leader no longer, and other calls of the client are not its way',
  async (t) => {
    const { call, remotes, hasBegun, hasLeft } = await scene(t)
    const client = new Client()
    const watch = call(client, 'watch.next')
    await hasBegun
    const calling = await call(client, 'counter.value')
    t.not(calling, remotes[0], 'on a connection of its own')
    client.leave()
    await t.rejects(watch, OutcomeUnknownError)
    await hasLeft
    t.equal(await call(new Client(), 'counter.value'), calling, 'the others go on')
    await t.rejects(call(client, 'watch.next'), /its client has ended/)
    t.equal(remotes.length, 1, 'and nobody was asked')
  },
)

t.test('1,000 clients that watch cost the leader 64 connections', async (t) => {
  const { call, remotes, arrived } = await scene(t)
  const clients = Array.from({ length: 1_000 }, () => new Client())
  const watches = clients.map((client) => call(client, 'watch.next').catch((error: unknown) => error))
  await arrived(1_000)
  t.equal(new Set(remotes).size, 64)
  clients[0]?.leave()
  t.ok((await watches[0]) instanceof OutcomeUnknownError, 'whoever leaves is not waited for')
  await call(new Client(), 'counter.value')
  for (const client of clients.slice(1)) client.leave()
  await Promise.all(watches)
})

t.test('one watch after another, as over HTTP, goes over one connection', async (t) => {
  const { call, remotes } = await scene(t)
  for (let n = 0; n < 20; n++) {
    const client = new Client()
    await call(client, 'watch.next', 'answered')
    client.leave()
  }
  t.equal(new Set(remotes).size, 1)
})

t.test('of a client whose end is not known a watch goes the way of all calls', async (t) => {
  const { call, remotes, hasBegun } = await scene(t)
  const client = {}
  void call(client, 'watch.next').catch(() => undefined)
  await hasBegun
  t.equal(await call(client, 'counter.value'), remotes[0])
})
