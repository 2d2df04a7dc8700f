/** Jobs by name: who runs one, what others hear, and what becomes of it when its runner fails or dies. */
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { Once, ONCE_LIMITS } from '../../../lib/shipped/once.js'
import { copyOf, Played } from './played.js'

const played = () => new Played(new Once())
const states = (it: Played<Once>) => it.told().map(([, data]) => (Object(data) as { state: string }).state)

t.test('of those who ask one runs it, and all others have its result', (t) => {
  const once = played()
  t.same(
    once.run((it) => it.begin('a', 'first')),
    { token: 1 },
  )
  t.same(
    once.run((it) => it.begin('a', 'first')),
    { token: 1 },
    'asked again',
  )
  t.same(
    once.run((it) => it.begin('a', 'second')),
    { running: true },
  )
  t.equal(
    once.run((it) => it.finish('a', 'second', 1, 'not mine')),
    false,
  )
  t.equal(
    once.run((it) => it.finish('a', 'first', 1, { rows: 3 })),
    true,
  )
  t.same(
    once.run((it) => it.begin('a', 'second')),
    { done: { rows: 3 } },
  )
  t.same(
    once.run((it) => it.begin('a', 'first')),
    { done: { rows: 3 } },
  )
  t.equal(
    once.run((it) => it.finish('a', 'first', 1, 'again')),
    false,
  )
  t.same(once.object.state('a'), { state: 'done', outcome: { rows: 3 } })
  t.same(states(once), ['running', 'done'])
  t.end()
})

t.test('a runner that fails or dies leaves it to the next one', (t) => {
  const once = played()
  once.run((it) => it.begin('a', 'first'))
  t.equal(
    once.run((it) => it.fail('a', 'first', 1, 'no paper')),
    true,
  )
  t.same(
    once.run((it) => it.begin('a', 'second', { ttlMs: 1_000 })),
    { token: 3 },
  )
  once.pass(900)
  t.same(
    once.run((it) => it.renew('a', 'second')),
    { token: 3 },
  )
  once.pass(999)
  t.same(
    once.run((it) => it.begin('a', 'third')),
    { running: true },
  )
  once.pass(10)
  t.same(
    once.run((it) => it.begin('a', 'third')),
    { token: once.index },
  )
  t.equal(
    once.run((it) => it.renew('a', 'second')),
    null,
  )
  t.equal(
    once.run((it) => it.finish('a', 'second', 3, 'late')),
    false,
    'nobody hears of a late end',
  )
  t.throws(() => once.run((it) => it.demand('a', 3)), { name: 'StaleTokenError' })
  t.same(states(once), ['running', 'free', 'running', 'free', 'running'])
  t.end()
})

t.test('what is run at most once is begun once, whatever becomes of it', (t) => {
  const once = played()
  const options = { atMostOnce: true, ttlMs: 1_000 }
  once.run((it) => it.begin('fails', 'first', options))
  once.run((it) => it.fail('fails', 'first', 1, 'no paper'))
  t.same(
    once.run((it) => it.begin('fails', 'second', options)),
    { failed: 'no paper' },
  )
  once.run((it) => it.begin('dies', 'first', options))
  once.pass(1_000)
  t.same(
    once.run((it) => it.begin('dies', 'second', options)),
    {
      failed: 'its runner was not heard of any more',
    },
  )
  t.equal(
    once.run((it) => it.forget('dies')),
    true,
    'until somebody decides otherwise',
  )
  t.match(
    once.run((it) => it.begin('dies', 'second', options)),
    { token: Number },
  )
  t.equal(
    once.run((it) => it.forget('unknown')),
    false,
  )
  t.end()
})

t.test('a result is kept for as long as was asked for', (t) => {
  const once = played()
  once.run((it) => it.begin('a', 'first', { keepMs: 5_000 }))
  once.pass(1_000)
  once.run((it) => it.renew('a', 'first'))
  once.run((it) => it.finish('a', 'first', 1, 1))
  once.pass(4_999)
  t.same(
    once.run((it) => it.begin('a', 'second')),
    { done: 1 },
  )
  once.pass(1)
  t.equal(once.object.state('a'), null)
  t.match(
    once.run((it) => it.begin('a', 'second')),
    { token: Number },
  )
  t.end()
})

t.test('what is no option and no token, and a result that is too long, is refused', (t) => {
  const once = played()
  for (const options of [
    { ttlMs: 99 },
    { ttlMs: 86_400_001 },
    { keepMs: -1 },
    { keepMs: ONCE_LIMITS.keepMs + 1 },
  ])
    t.throws(
      () => once.run((it) => it.begin('a', 'me', options)),
      InvalidParamsError,
      JSON.stringify(options),
    )
  for (const options of ['{"atMostOnce": 1}', '{"ttl": 5}', '[]', 'null'])
    t.throws(() => once.run((it) => it.begin('a', 'me', JSON.parse(options))), InvalidParamsError, options)
  once.run((it) => it.begin('a', 'me'))
  const { index } = once
  t.throws(() => once.run((it) => it.finish('a', 'me', index, 'x'.repeat(ONCE_LIMITS.resultLength))), {
    name: 'InvalidParamsError',
    message: /65536 characters as JSON: keep it elsewhere$/,
  })
  t.throws(() => once.run((it) => it.finish('a', 'me', -1, null)), InvalidParamsError)
  t.equal(
    once.run((it) => it.finish('a', 'me', index, null)),
    true,
    'and nothing has changed',
  )
  t.end()
})

t.test('more jobs than can be known are refused', (t) => {
  const once = played()
  once.run((it) => {
    for (let n = 0; n < ONCE_LIMITS.jobs; n++) it.begin(`job ${n}`, 'me')
  })
  t.throws(() => once.run((it) => it.begin('more', 'me')), {
    name: 'OverloadedError',
    message: /jobs are known already: forget some, or keep them for less long$/,
  })
  once.pass(10_000)
  t.match(
    once.run((it) => it.begin('more', 'me')),
    { token: Number },
  )
  t.end()
})

t.test('a snapshot brings back what runs, what has ended, and until when', async (t) => {
  const once = played()
  once.run((it) => it.begin('runs', 'me', { ttlMs: 1_000, atMostOnce: true }))
  once.run((it) => it.begin('done', 'me', { keepMs: 500 }))
  once.run((it) => it.finish('done', 'me', 2, [1, null]))
  once.run((it) => it.begin('failed', 'me', { atMostOnce: true }))
  once.run((it) => it.fail('failed', 'me', 4, 'no'))
  const copy = new Played(await copyOf(once.object, Once))
  Object.assign(copy, { now: once.now, index: once.index })
  for (const each of [once, copy]) {
    t.same(each.object.state('done'), { state: 'done', outcome: [1, null] })
    each.pass(2_000)
    t.equal(each.object.state('done'), null)
    t.equal(each.object.state('runs')?.state, 'failed')
  }
  t.same([...copy.object.snapshot()], [...once.object.snapshot()])
})

t.test('an attempt that fails leaves nothing, not even its times', (t) => {
  const once = played()
  once.run((it) => it.begin('a', 'me', { ttlMs: 1_000 }))
  const undone = () =>
    once.run((it) =>
      it.attempt(() => {
        it.forget('a')
        throw new Error('undone')
      }),
    )
  t.throws(undone, /undone/)
  t.equal(once.object.nextExpiry(), 1_001_000)
  once.pass(1_000)
  t.equal(once.object.state('a'), null)
  t.end()
})
