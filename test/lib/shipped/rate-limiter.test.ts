/** Limiters, each alone: what may be taken by when. */
import fc from 'fast-check'
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { RATE_LIMITS, RateLimiter, type Rate } from '../../../lib/shipped/rate-limiter.js'
import { copyOf, Played } from './played.js'

const RATE: Rate = { permits: 3, perMs: 1_000 }

function limiter() {
  const played = new Played(new RateLimiter())
  const take = (count = 1, key = 'ann', rate = RATE) => played.run((it) => it.take('api', key, count, rate))
  return { played, take }
}

t.test('all can be taken at once after a rest, and come back evenly', (t) => {
  const { played, take } = limiter()
  t.same(take(), { allowed: true, left: 2 })
  t.same(take(2), { allowed: true, left: 0 })
  t.same(take(), { allowed: false, waitMs: 334 }, 'a third of a second, rounded up')
  played.pass(333)
  t.same(take(), { allowed: false, waitMs: 1 })
  played.pass(1)
  t.same(take(), { allowed: true, left: 0 })
  played.pass(1_000)
  t.same(take(3), { allowed: true, left: 0 })
  t.end()
})

t.test('who is refused has taken nothing', (t) => {
  const { played, take } = limiter()
  take(2)
  for (let n = 0; n < 10; n++) t.same(take(2), { allowed: false, waitMs: 334 })
  t.same(take(1), { allowed: true, left: 0 })
  t.equal(played.told().length, 0)
  t.end()
})

t.test('each key of each limiter has permits of its own', (t) => {
  const { played, take } = limiter()
  take(3)
  t.match(take(1, 'bob'), { allowed: true })
  t.match(
    played.run((it) => it.take('mails', 'ann', 1, RATE)),
    { allowed: true },
  )
  t.match(
    played.run((it) => it.take('api"', ',"ann', 1, RATE)),
    { allowed: true },
    'names that look like others together',
  )
  t.match(take(1, ''), { allowed: true })
  t.end()
})

t.test('at another rate as many are missing as before', (t) => {
  const { take } = limiter()
  take(2)
  t.same(take(1, 'ann', { permits: 10, perMs: 60_000 }), { allowed: true, left: 7 })
  t.same(
    take(1, 'ann', { permits: 2, perMs: 1_000 }),
    { allowed: false, waitMs: 500 },
    'no more than there are',
  )
  t.end()
})

t.test('who has all permits again takes no room, and all that are so end together', (t) => {
  const { played, take } = limiter()
  for (let n = 0; n < 20; n++) {
    take(1, `key ${n}`)
    played.pass(10)
  }
  t.equal([...played.object.snapshot()].length, 20)
  const before = played.index
  played.pass(10_000)
  t.equal(played.index - before, 1)
  t.same([...played.object.snapshot()], [])
  t.equal(played.object.nextExpiry(), undefined)
  t.match(take(3, 'key 7'), { allowed: true })
  t.end()
})

t.test('reset gives all permits back', (t) => {
  const { played, take } = limiter()
  take(3)
  t.equal(
    played.run((it) => it.reset('api', 'ann')),
    true,
  )
  t.equal(
    played.run((it) => it.reset('api', 'ann')),
    false,
  )
  t.match(take(3), { allowed: true })
  t.end()
})

t.test('in no time more is taken than there are and come back in it', (t) => {
  const step = fc.record({ pass: fc.nat(2_000), count: fc.integer({ min: 1, max: 7 }) })
  const rates = fc.record({
    permits: fc.integer({ min: 7, max: 50 }),
    perMs: fc.integer({ min: 1, max: 5_000 }),
  })
  fc.assert(
    fc.property(rates, fc.array(step, { maxLength: 60 }), (rate, steps) => {
      const { played, take } = limiter()
      const taken: { readonly at: number; readonly count: number }[] = []
      for (const { pass, count } of steps) {
        played.pass(pass)
        const answer = take(count, 'ann', rate)
        if (answer.allowed) taken.push({ at: played.now, count })
        else {
          played.pass(answer.waitMs)
          // It is worth while then, and not before: nobody else takes any.
          if (!take(count, 'ann', rate).allowed) return false
          taken.push({ at: played.now, count })
        }
      }
      return taken.every(({ at }, first) => {
        let sum = 0
        return taken.slice(first).every((each) => {
          sum += each.count
          return sum <= rate.permits + ((each.at - at) * rate.permits) / rate.perMs + 1e-6
        })
      })
    }),
  )
  t.end()
})

t.test('what is no name, no key, no count and no rate is refused', (t) => {
  const { played } = limiter()
  const bad: readonly (readonly unknown[])[] = [
    ['', 'a', 1, RATE],
    ['a', 7, 1, RATE],
    ['a', 'x'.repeat(RATE_LIMITS.keyLength + 1), 1, RATE],
    ['a', 'a', 0, RATE],
    ['a', 'a', 4, RATE],
    ['a', 'a', 1, undefined],
    ['a', 'a', 1, { permits: 0, perMs: 1 }],
    ['a', 'a', 1, { permits: 1, perMs: RATE_LIMITS.perMs + 1 }],
    ['a', 'a', 1, { ...RATE, burst: 2 }],
  ]
  for (const [name, key, count, rate] of bad)
    t.throws(
      () => played.run((it) => it.take(name as string, key as string, count as number, rate as Rate)),
      InvalidParamsError,
      JSON.stringify([name, key, count, rate]).slice(0, 80),
    )
  t.end()
})

t.test('a snapshot brings back what is missing, and an attempt that fails leaves it', async (t) => {
  const { played, take } = limiter()
  take(2)
  played.pass(100)
  take(1, 'bob')
  const copy = new Played(await copyOf(played.object, RateLimiter))
  Object.assign(copy, { now: played.now, index: played.index })
  const { nextExpiry } = { nextExpiry: played.object.nextExpiry() }
  t.equal(copy.object.nextExpiry(), nextExpiry)
  const undone = () =>
    played.run((it) =>
      it.attempt(() => {
        it.reset('api', 'ann')
        it.take('api', 'cleo', 1, RATE)
        throw new Error('undone')
      }),
    )
  t.throws(undone, /undone/)
  t.equal(played.object.nextExpiry(), nextExpiry)
  t.same(
    copy.run((it) => it.take('api', 'ann', 2, RATE)),
    take(2),
  )
})
