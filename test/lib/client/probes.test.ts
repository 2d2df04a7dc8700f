/** Questions to single processes, on a network and a clock that the test moves. */
import t from 'tap'
import { Probes } from '../../../lib/client/probes.js'
import { systemRandom } from '../../../lib/system/random.js'
import { AnsweringNetwork } from '../../harness/answering-network.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { silentLogger } from '../../rpc/rig.js'

function scene() {
  const transport = new AnsweringNetwork()
  const clock = new ManualClock()
  const probes = new Probes({ transport, clock, random: systemRandom, logger: silentLogger })
  const ask = (port: number, timeoutMs = 1_000) =>
    probes.call({ kind: 'tcp', host: '127.0.0.1', port }, 'it.asked', [], timeoutMs)
  /** In steps, so that answers to heartbeats come between them. */
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at += 1) {
      clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { transport, clock, probes, ask, pass }
}

t.test('a thousand places that are asked once each leave no connection behind', async (t) => {
  const { transport, clock, probes, ask, pass } = scene()
  let most = 0
  for (let port = 1; port <= 1_000; port += 1) {
    await ask(port)
    await pass(1)
    most = Math.max(most, transport.open.size)
  }
  t.ok(most <= 61, `those of the last minute, and no more: ${most}`)
  await pass(60)
  t.equal(transport.open.size, 0)
  t.equal(clock.armed, 0, 'nor a timer')
  probes.close()
})

t.test('a place that is asked again within a minute is asked over the same connection', async (t) => {
  const { transport, probes, ask, pass } = scene()
  for (let time = 0; time < 5; time += 1) {
    await ask(1)
    await pass(59)
  }
  t.equal(transport.dialled, 1)
  await pass(1)
  await ask(1)
  t.equal(transport.dialled, 2, 'and later over another one, unnoticed')
  probes.close()
})

t.test('a question that is under way keeps its connection', async (t) => {
  const { transport, probes, ask, pass } = scene()
  await ask(1)
  await pass(30)
  transport.isBusy = true
  const asked = ask(1, 600_000)
  const failed = t.rejects(asked, { name: 'OutcomeUnknownError' })
  await pass(300)
  t.equal(transport.open.size, 1)
  probes.close()
  await failed
  t.equal(transport.open.size, 0)
})
