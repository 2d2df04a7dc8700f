/** Schedules, each alone: which tick may be begun, by whom, and what becomes of it. Ticks come every minute here. */
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { Schedule, SCHEDULE_LIMITS } from '../../../lib/shipped/schedule.js'
import { StaleTokenError } from '../../../lib/shipped/turns.js'
import { copyOf, Played } from './played.js'

const MINUTE = 60_000
const START = 1_000_000

/** Asked for, for the first time, at {@link START}. */
function asked(): Played<Schedule> {
  const schedule = new Played(new Schedule())
  schedule.run((it) => it.begin('a', 0))
  return schedule
}

const nothing = (now: number, last: number, isRunning = false) => ({ now, last, isRunning })

t.test('what lies before it was first asked for is nobody’s tick', (t) => {
  const schedule = new Played(new Schedule())
  t.equal(schedule.object.state('a'), null)
  t.same(
    schedule.run((it) => it.begin('a', START)),
    nothing(START, START),
  )
  t.same(schedule.object.state('a'), { state: 'waiting', last: START, message: null })
  t.end()
})

t.test('a tick is begun once, not before its time, and ends when its runner says so', (t) => {
  const schedule = asked()
  const tick = START + MINUTE
  schedule.pass(MINUTE - 1)
  t.same(
    schedule.run((it) => it.begin('a', tick)),
    nothing(tick - 1, START),
    'by log time it has not come',
  )
  schedule.pass(1)
  t.same(
    schedule.run((it) => it.begin('a', tick)),
    { now: tick, tick, since: START, token: 3 },
  )
  t.same(
    schedule.run((it) => it.begin('a', tick)),
    nothing(tick, tick, true),
  )
  t.same(schedule.object.state('a'), { state: 'running', last: tick, message: null })
  t.equal(
    schedule.run((it) => it.done('a', 2)),
    false,
    'by another token',
  )
  t.equal(
    schedule.run((it) => it.done('a', 3)),
    true,
  )
  t.equal(
    schedule.run((it) => it.done('a', 3)),
    false,
  )
  t.same(
    schedule.run((it) => it.begin('a', tick)),
    nothing(tick, tick),
  )
  t.same(schedule.told(), [
    ['a', { state: 'running', tick }],
    ['a', { state: 'done', tick }],
  ])
  t.end()
})

t.test('whoever comes after some were missed begins the last, and hears since when', (t) => {
  const schedule = asked()
  schedule.pass(5 * MINUTE)
  t.match(
    schedule.run((it) => it.begin('a', START + 5 * MINUTE)),
    { tick: START + 5 * MINUTE, since: START },
  )
  schedule.run((it) => it.done('a', schedule.index - 1))
  t.same(
    schedule.run((it) => it.begin('a', START + 3 * MINUTE)),
    nothing(schedule.now, START + 5 * MINUTE),
    'what was missed is not run afterwards',
  )
  t.end()
})

t.test('while a tick runs no other is begun', (t) => {
  const schedule = asked()
  schedule.pass(MINUTE)
  schedule.run((it) => it.begin('a', START + MINUTE, { ttlMs: 10 * MINUTE }))
  schedule.pass(MINUTE)
  t.match(
    schedule.run((it) => it.begin('a', START + 2 * MINUTE)),
    { isRunning: true },
  )
  t.match(
    schedule.run((it) => it.begin('b', 0)),
    { isRunning: false },
    'another name is another schedule',
  )
  t.end()
})

t.test('a tick that has failed is over, with the reason', (t) => {
  const schedule = asked()
  schedule.pass(MINUTE)
  const tick = START + MINUTE
  schedule.run((it) => it.begin('a', tick))
  t.equal(
    schedule.run((it) => it.fail('a', 2, 'x'.repeat(2_000))),
    true,
  )
  t.same(schedule.object.state('a'), {
    state: 'failed',
    last: tick,
    message: 'x'.repeat(SCHEDULE_LIMITS.messageLength),
  })
  t.match(
    schedule.run((it) => it.begin('a', tick)),
    { isRunning: false },
  )
  t.end()
})

t.test(
  'when its runner dies the same tick may be begun anew, and the dead one’s word counts no more',
  (t) => {
    const schedule = asked()
    schedule.pass(MINUTE)
    const tick = START + MINUTE
    schedule.run((it) => it.begin('a', tick, { ttlMs: 1_000 }))
    schedule.pass(900)
    t.equal(
      schedule.run((it) => it.renew('a', 2)),
      true,
    )
    schedule.pass(999)
    t.equal(schedule.object.state('a')?.state, 'running')
    schedule.pass(1)
    t.same(schedule.object.state('a'), { state: 'waiting', last: START, message: null })
    t.same(schedule.told().at(-1), ['a', { state: 'free', tick }])
    t.match(
      schedule.run((it) => it.begin('a', tick)),
      { tick, since: START, token: schedule.index },
    )
    for (const late of [(it: Schedule) => it.renew('a', 2), (it: Schedule) => it.done('a', 2)])
      t.equal(schedule.run(late), false)
    t.throws(() => schedule.run((it) => it.demand('a', 2)), StaleTokenError)
    t.doesNotThrow(() => schedule.run((it) => it.demand('a', 5)))
    t.end()
  },
)

t.test('one that is run at most once has failed when its runner dies', (t) => {
  const schedule = asked()
  schedule.pass(MINUTE)
  schedule.run((it) => it.begin('a', START + MINUTE, { ttlMs: 1_000, atMostOnce: true }))
  schedule.pass(1_000)
  t.match(schedule.object.state('a'), { state: 'failed', message: 'its runner was not heard of any more' })
  t.match(
    schedule.run((it) => it.begin('a', START + MINUTE)),
    { isRunning: false },
  )
  t.end()
})

t.test('what is forgotten, or asked for by nobody for a year, is asked for as if for the first time', (t) => {
  const schedule = asked()
  schedule.pass(MINUTE)
  schedule.run((it) => it.begin('a', START + MINUTE))
  t.equal(
    schedule.run((it) => it.forget('a')),
    true,
  )
  t.equal(
    schedule.run((it) => it.done('a', 2)),
    false,
  )
  t.equal(
    schedule.run((it) => it.forget('a')),
    false,
  )
  t.equal(schedule.object.nextExpiry(), undefined)
  schedule.run((it) => it.begin('a', 0))
  schedule.pass(SCHEDULE_LIMITS.keptMs - 1)
  schedule.run((it) => it.begin('a', 0))
  schedule.pass(SCHEDULE_LIMITS.keptMs - 1)
  t.not(schedule.object.state('a'), null)
  schedule.pass(1)
  t.equal(schedule.object.state('a'), null)
  t.end()
})

t.test('what is no name, no instant and no option is refused, and nothing has changed', (t) => {
  const schedule = new Played(new Schedule())
  const bad: readonly (readonly [unknown, unknown, unknown?])[] = [
    ['', 1],
    ['a', -1],
    ['a', 1.5],
    ['a', 'now'],
    ['a', 1, null],
    ['a', 1, { ttlMs: 99 }],
    ['a', 1, { atMostOnce: 1 }],
    ['a', 1, { ttl: 1_000 }],
  ]
  for (const [name, tick, options] of bad)
    t.throws(
      () => schedule.run((it) => it.begin(name as string, tick as number, options as object)),
      InvalidParamsError,
      JSON.stringify([name, tick, options]),
    )
  t.equal(schedule.object.state('a'), null)
  t.end()
})

t.test('a snapshot brings back what runs and what has been, until when', async (t) => {
  const schedule = asked()
  for (const name of ['runs', 'done', 'failed']) schedule.run((it) => it.begin(name, 0))
  schedule.pass(MINUTE)
  for (const name of ['runs', 'done', 'failed'])
    schedule.run((it) => it.begin(name, START + MINUTE, { ttlMs: 2_000 }))
  schedule.run((it) => it.done('done', 6))
  schedule.run((it) => it.fail('failed', 7, 'no paper'))
  const copy = new Played(await copyOf(schedule.object, Schedule))
  Object.assign(copy, { now: schedule.now, index: schedule.index })
  for (const each of [schedule, copy]) {
    each.pass(1_000)
    each.run((it) => it.renew('runs', 5))
    each.pass(1_999)
    t.equal(each.object.state('runs')?.state, 'running')
    each.pass(1)
    t.equal(each.object.state('runs')?.state, 'waiting')
  }
  t.same([...copy.object.snapshot()], [...schedule.object.snapshot()])
})

t.test('an attempt that fails leaves nothing, not even its times', (t) => {
  const schedule = asked()
  schedule.pass(MINUTE)
  schedule.run((it) => it.begin('a', START + MINUTE, { ttlMs: 1_000 }))
  const undone = () =>
    schedule.run((it) =>
      it.attempt(() => {
        it.done('a', 2)
        throw new Error('undone')
      }),
    )
  t.throws(undone, /undone/)
  t.equal(schedule.object.nextExpiry(), START + MINUTE + 1_000)
  t.equal(
    schedule.run((it) => it.done('a', 2)),
    true,
  )
  t.end()
})
