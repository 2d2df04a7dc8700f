/** The connections of a caller, on a network and a clock that the test moves. */
import t from 'tap'
import { Ways } from '../../lib/rpc/calling/ways.js'
import { uri, type Uri } from '../../lib/rpc/uri.js'
import { systemRandom } from '../../lib/system/random.js'
import { AnsweringNetwork } from '../harness/answering-network.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silentLogger } from './rig.js'

function scene() {
  const transport = new AnsweringNetwork()
  const clock = new ManualClock()
  const begun = (): void => undefined
  const ways = new Ways({ transport, clock, random: systemRandom, logger: silentLogger, begun })
  const placeOf = (port: number): Uri => uri(`it@127.0.0.1:${port}`)
  const to = (port: number) => ways.to(placeOf(port), { uri: placeOf(port) })
  const call = async (port: number) => {
    const { connection } = to(port)
    await connection.call('it.called', [])
    return connection
  }
  return { transport, clock, ways, to, call }
}

t.test('of an object that moves a thousand times the old addresses are forgotten', async (t) => {
  const { transport, clock, ways, call } = scene()
  const connections = []
  for (let port = 1; port <= 1_000; port += 1) {
    connections.push(await call(port))
    transport.end()
    clock.advance(1_000)
  }
  const calls = await Promise.allSettled(connections.map((each) => each.call('it.called', [])))
  const forgotten = calls.filter(({ status }) => status === 'rejected')
  t.ok(
    forgotten.length >= 1_000 - 2 * 301,
    `but for twice those of the last five minutes: ${forgotten.length}`,
  )
  t.match(forgotten[0], { reason: { name: 'UnreachableError', message: /this connection is closed/ } })
  ways.close(new Set())
  t.equal(clock.armed, 0)
})

t.test(
  'a connection that is there is kept, and so is what is known of one that was lost lately',
  async (t) => {
    const { transport, clock, ways, to, call } = scene()
    const lost = await call(1)
    transport.end()
    clock.advance(1_000)
    const open = await call(2)
    for (let seconds = 0; seconds < 240; seconds += 1) {
      clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let port = 3; port <= 40; port += 1) await call(port)
    t.equal(to(1).connection, lost)
    for (let seconds = 0; seconds < 120; seconds += 1) {
      clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let port = 41; port <= 160; port += 1) await call(port)
    t.not(to(1).connection, lost)
    t.equal(to(2).connection, open)
    t.equal(open.state, 'open')
    ways.close(new Set())
  },
)
