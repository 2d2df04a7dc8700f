import t from 'tap'
import { LeaderConnections } from '../../balancer/leader-connections.js'
import type { EndHearer } from '../../lib/ports.js'
import { OutcomeUnknownError } from '../../lib/rpc/errors.js'
import type { Handler } from '../../lib/rpc/host.js'
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
  const next: Handler = (_, { connection }) => {
    remotes.push(connection.remote)
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
  const call = (client: Client | object, method: string) =>
    connections.call(client, address, method, [], { timeoutMs: 60_000 })
  return { call, remotes, hasBegun, hasLeft }
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

t.test('of a client whose end is not known a watch goes the way of all calls', async (t) => {
  const { call, remotes, hasBegun } = await scene(t)
  const client = {}
  void call(client, 'watch.next').catch(() => undefined)
  await hasBegun
  t.equal(await call(client, 'counter.value'), remotes[0])
})
