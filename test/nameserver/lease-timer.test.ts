import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { NotLeaderError, OverloadedError } from '../../lib/rpc/errors.js'
import { LeaseHold } from '../../nameserver/lease-hold.js'
import { LeaseTimer } from '../../nameserver/lease-timer.js'
import type { Expiry } from '../../nameserver/registry.js'
import { ManualClock } from '../harness/manual-clock.js'
import { silent } from '../harness/ports.js'

/** Leases whose sweeps come to `answers`, one after another, and the times of the sweeps. */
function scene(...answers: (number | null | Error)[]) {
  const clock = new ManualClock()
  const sweeps: number[] = []
  const expire = async (): Promise<Expiry> => {
    sweeps.push(clock.now())
    const answer = answers.shift() ?? null
    if (answer instanceof Error) throw answer
    return Promise.resolve({ ended: 0, nextMs: answer })
  }
  const hold = new LeaseHold(clock)
  return { clock, sweeps, hold, leases: new LeaseTimer({ clock, logger: silent, hold, expire }) }
}

async function pass(clock: ManualClock, ...steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    clock.advance(step)
    await turn()
  }
}

t.test('a sweep comes when the earliest lease is over, and tells when the next one is', async (t) => {
  const { clock, sweeps, leases } = scene(4_000)
  leases.granted(5_000)
  leases.granted(1_000)
  leases.granted(3_000)
  await pass(clock, 999, 1, 4_000, 60_000)
  t.same(sweeps, [1_000, 5_000])
})

t.test('log time that lags is waited for without haste', async (t) => {
  const { clock, sweeps, leases } = scene(1, 1)
  leases.granted(1)
  await pass(clock, 100, 100, 100, 100)
  t.same(sweeps, [100, 200, 300])
})

t.test('a sweep that fails is tried again, unless another member leads', async (t) => {
  const { clock, sweeps, leases } = scene(
    new OverloadedError('busy'),
    new NotLeaderError({ leader: null, term: 1, members: [] }),
  )
  await leases.sweep()
  await pass(clock, 1_000, 60_000)
  t.same(sweeps, [0, 1_000])
})

t.test('no lease ends while it could not be renewed, nor until there was time to do so again', async (t) => {
  const { clock, sweeps, hold, leases } = scene(20_000)
  leases.granted(1_000)
  hold.hold(30_000)
  await pass(clock, 1_000, 19_000)
  hold.hold(30_000)
  hold.hold(5_000)
  await pass(clock, 10_000, 19_999)
  t.same(sweeps, [])
  await pass(clock, 1)
  t.same(sweeps, [50_000])
  await pass(clock, 20_000)
  t.same(sweeps, [50_000, 70_000])
})

t.test('a refused lease of weeks holds no lease of others for longer than a member has one', async (t) => {
  const { clock, sweeps, hold, leases } = scene()
  leases.granted(1_000)
  hold.hold(2_147_483_647)
  await pass(clock, 29_999)
  t.same(sweeps, [])
  await pass(clock, 1)
  t.same(sweeps, [30_000])
})

t.test('what was over when this process had stood still ends once there was time to renew it', async (t) => {
  const { clock, sweeps, leases } = scene()
  leases.granted(10_000)
  clock.standStill(45_000)
  await pass(clock, 0, 29_999)
  t.same(sweeps, [])
  await pass(clock, 1)
  t.same(sweeps, [75_000])
})

t.test('a standstill that ended just before a lease was over leaves time to renew it too', async (t) => {
  const { clock, sweeps, leases } = scene()
  leases.granted(30_000)
  await pass(clock, 300)
  clock.standStill(29_200)
  await pass(clock, 29_999)
  t.same(sweeps, [])
  await pass(clock, 1)
  t.same(sweeps, [59_500])
  await pass(clock, 60_000)
  t.equal(clock.armed, 0, 'without leases it is not looked')
})

t.test('stopped, it sweeps no more, not even after the sweep that is under way', async (t) => {
  const { clock, sweeps, leases } = scene(10)
  const sweep = leases.sweep()
  leases.stop()
  await sweep
  leases.granted(10)
  await pass(clock, 60_000)
  t.same(sweeps, [0])
  t.equal(clock.armed, 0)
})
