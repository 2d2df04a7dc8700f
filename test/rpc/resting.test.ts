/** A client's connections to places that nobody calls any more end by themselves, in time that the test lets pass. */
import t from 'tap'
import type { ConnectionContext } from '../../lib/rpc/exposed.js'
import { Life } from '../../testing/simulator/life.js'
import { Network } from '../../testing/simulator/network.js'
import { PEACE } from '../../testing/simulator/paths.js'
import { World } from '../../testing/simulator/world.js'
import { AnsweringNetwork } from '../harness/answering-network.js'
import { ManualClock } from '../harness/manual-clock.js'
import { connectionTo, objectOf, silentLogger, startDaemon } from './rig.js'

const MINUTE_MS = 60_000

async function scene(run: (params: readonly unknown[], connection: ConnectionContext) => unknown) {
  const world = new World(1)
  const network = new Network(world, PEACE)
  const process = (name: string) => {
    const life = new Life(world)
    const endpoint = { name, isMember: false, life, isDark: false }
    return { transport: network.transportOf(endpoint, life), clock: life.clock, random: life.random }
  }
  const it = objectOf({ run: (params, { connection }) => run(params, connection) })
  const { address } = await startDaemon({ it }, process('server'))
  const connection = connectionTo(address, process('client'))
  const pass = (minutes: number): Promise<void> => world.run(world.now + minutes * MINUTE_MS, () => undefined)
  const call = async (): Promise<unknown> => {
    const answer = connection
      .call('it.run', [], { timeoutMs: 60 * MINUTE_MS })
      .catch((error: unknown) => error)
    await pass(0.01)
    return answer
  }
  return { connection, call, pass, open: () => network.connections.length / 2 }
}

t.test(
  'a connection that nobody has used for five minutes ends, and the next call opens another',
  async (t) => {
    const { connection, call, pass, open } = await scene(() => 'done')
    await call()
    await pass(4)
    t.equal(open(), 1, 'not before')
    await call()
    await pass(4)
    t.equal(open(), 1, 'it has been used')
    await pass(2)
    t.equal(open(), 0)
    t.equal(connection.state, 'idle')
    t.equal(await call(), 'done')
    t.equal(open(), 1)
  },
)

t.test('a connection over which notifications go does not end', async (t) => {
  const { connection, call, pass, open } = await scene(() => 'done')
  await call()
  for (let minute = 0; minute < 20; minute++) {
    connection.notify('it.run', [])
    await pass(1)
  }
  t.equal(open(), 1)
})

t.test('a connection with a call that runs does not end', async (t) => {
  const { connection, pass, open } = await scene(() => new Promise(() => undefined))
  connection.call('it.run', [], { timeoutMs: 60 * MINUTE_MS }).catch(() => undefined)
  await pass(30)
  t.equal(open(), 1)
})

t.test('a connection for which something is kept at the other end does not end', async (t) => {
  let isKept = true
  const { call, pass, open } = await scene((_, connection) => {
    connection.onEnd?.({ gone: () => undefined, isAtRest: () => !isKept })
    return 'done'
  })
  await call()
  await pass(30)
  t.equal(open(), 1)
  isKept = false
  await pass(6)
  t.equal(open(), 0)
})

t.test('nor does one whose keeper has not said that it keeps nothing', async (t) => {
  const { call, pass, open } = await scene((_, connection) => {
    connection.onEnd?.({ gone: () => undefined })
    return 'done'
  })
  await call()
  await pass(30)
  t.equal(open(), 1)
})

t.test('a connection over which something was handed over does not end before it is let go of', async (t) => {
  let there: ConnectionContext | undefined
  const { connection, call, pass, open } = await scene((_, from) => {
    there = from
    from.peer?.parcel().refer(() => undefined)
    return 'done'
  })
  await call()
  await pass(30)
  t.equal(open(), 1)
  there?.peer?.release(['$1'])
  await pass(6)
  t.equal(open(), 0)
  t.equal(connection.state, 'idle')
})

t.test('a connection to somebody who does not know the word stays', async (t) => {
  const clock = new ManualClock()
  const transport = new AnsweringNetwork()
  const address = { kind: 'tcp', host: '127.0.0.1', port: 1 } as const
  const connection = connectionTo(address, { clock, transport, logger: silentLogger })
  await connection.call('it.called', [])
  for (let seconds = 0; seconds < 1_800; seconds++) {
    clock.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(connection.state, 'open')
  connection.close()
  t.equal(clock.armed, 0)
})
