/** What a client is granted, and hears of so late that the lease may be over. Time is virtual. */
import assert from 'node:assert/strict'
import t from 'tap'
// What is loaded when it is first needed comes in no time of a simulated world.
import '../../../lib/client/coordination/scheduler.js'
import '../../../lib/client/coordination/turn.js'
import '../../../lib/client/coordination/worker.js'
import type { Hold } from '../../../lib/client/coordination/ports.js'
import { cutOff, scene, settled } from './coordination-scene.js'

const TTL_MS = 2_000
/** Longer than a holder waits for an answer, shorter than the lease. */
const OUTAGE_MS = 1_800

const some = { ttlMs: TTL_MS }

t.test('bug: a lock that was had after an outage was lost as soon as it was had', async (t) => {
  const { stage, clients, rollcalls } = await scene('one')
  let hold: Hold | undefined
  cutOff(stage, clients[0])
  stage.world.spawn(async () => (hold = await rollcalls[0]?.lock('a', some).acquire()))
  await stage.run(OUTAGE_MS)
  stage.cluster.network.paths.mend()
  await stage.until('it is had', () => hold !== undefined)
  t.equal(hold?.signal.aborted, false)
  await stage.run(2 * TTL_MS)
  t.equal(hold?.signal.aborted, false, 'it is kept up')
})

t.test('bug: a tick that was begun after an outage was lost as soon as it was had', async (t) => {
  const { stage, clients, rollcalls } = await scene('one')
  const [one] = rollcalls
  assert.ok(one)
  const ran: { readonly isLost: boolean; readonly missed: number }[] = []
  await settled(stage, 'it takes part', () =>
    one
      .schedule('report')
      .every('* * * * * *', ({ signal, missed }) => void ran.push({ isLost: signal.aborted, missed }), some),
  )
  await stage.until('one is run', () => ran.length === 1)
  await stage.run(200)
  cutOff(stage, clients[0])
  await stage.run(800 + OUTAGE_MS)
  stage.cluster.network.paths.mend()
  await stage.until('the next one is run', () => ran.length === 2)
  t.same(ran[1], { isLost: false, missed: 0 })
})

t.test(
  'bug: a job whose lease was over before it could begin was begun beside another one of it',
  async (t) => {
    const { stage, clients, rollcalls } = await scene('one', 'two')
    const [one, two] = rollcalls
    assert.ok(one && two)
    const begun: string[] = []
    one.queue('mails').work(({ attempt }) => void begun.push(`one, attempt ${attempt}`), some)
    await stage.run(500)
    const { network, processes } = stage.cluster
    for (const { name } of processes)
      if (name !== clients[0]?.name) network.paths.between(name, clients[0]?.name ?? '').isCut = true
    await settled(stage, 'it is put', () => two.queue('mails').put('x'))
    for (let taken = 0; taken === 0;) {
      await stage.run(100)
      taken = (await settled(stage, 'look', () => two.queue('mails').counts())).taken
    }
    two.queue('mails').work(({ attempt }) => void begun.push(`two, attempt ${attempt}`), some)
    await stage.until('the other one has it', () => begun.length === 1)
    network.paths.mend()
    await stage.run(3_000)
    t.same(begun, ['two, attempt 2'])
  },
)
