/** A watch as its reader sees it, against a member that a test plays. */
import t from 'tap'
import { EventWatch, type WatchOptions } from '../../../lib/client/watch.js'
import type { Json } from '../../../lib/json.js'
import {
  CompactedError,
  HistoryChangedError,
  NoQuorumError,
  OutcomeUnknownError,
} from '../../../lib/rpc/errors.js'
import { collectGarbage } from '../../harness/collect-garbage.js'
import { ManualClock } from '../../harness/manual-clock.js'

type Answer = Json | Error | Promise<Json>

/** Answers the polls one after another; a poll beyond the last answer is never answered. */
function watchOf(answers: readonly Answer[], options: WatchOptions = {}) {
  const clock = new ManualClock()
  const asked: Json[] = []
  let ends = 0
  const poll = async (from: number | null, filter: Json): Promise<Json> => {
    const answer = answers[asked.length]
    asked.push([from, filter])
    if (answer === undefined) return new Promise(() => undefined)
    if (answer instanceof Error) throw answer
    return answer
  }
  const watch = new EventWatch({ poll, clock, timeoutMs: 100, ended: () => ends++ }, options)
  return { watch, clock, asked, ends: () => ends }
}

const event = (index: number, topic = 'a') => ({ index, topic, data: null })
const answer = (next: number, ...events: ReturnType<typeof event>[]): Json => ({ events, next })

t.test('it goes on from the cursor of each answer, with its filter', async (t) => {
  const { watch, asked } = watchOf(
    [answer(4), answer(7, event(5), event(6)), answer(9), answer(12, event(12))],
    {
      prefix: 'a',
    },
  )
  const seen: number[] = []
  for await (const { index } of watch) {
    seen.push(index)
    if (index === 12) break
  }
  t.same(seen, [5, 6, 12])
  t.same(asked, [
    [null, { prefix: 'a', waitMs: 0 }],
    [4, { prefix: 'a', waitMs: 10_000 }],
    [7, { prefix: 'a', waitMs: 10_000 }],
    [9, { prefix: 'a', waitMs: 10_000 }],
  ])
})

t.test('it goes on from what it has fetched, wherever it began', async (t) => {
  const { watch, asked } = watchOf([answer(7, event(5), event(6)), answer(9, event(9))], { from: 2 })
  for (const index of [5, 6, 9]) t.match(await watch.next(), { value: event(index) })
  t.match(asked, [
    [2, { waitMs: 0 }],
    [7, { waitMs: 10_000 }],
  ])
})

t.test(
  'the cursor stands behind what was handed out, and never between two events of one entry',
  async (t) => {
    const { watch } = watchOf([answer(9, event(5), event(6), event(6), event(8))], { from: 2 })
    t.equal(watch.cursor, 2)
    const cursors: (number | null)[] = []
    for (let count = 0; count < 4; count++) {
      await watch.next()
      cursors.push(watch.cursor)
    }
    t.same(cursors, [5, 5, 6, 9])
  },
)

t.test('begin fixes the start, once', async (t) => {
  const { watch, asked } = watchOf([answer(4), answer(5, event(5))])
  t.equal(watch.cursor, null)
  t.equal(await watch.begin(), 4)
  t.equal(await watch.begin(), 4)
  t.match(await watch.next(), { value: event(5) })
  t.equal(asked.length, 2)
})

t.test('when nobody answers it says why, and asks again from the same cursor', async (t) => {
  const reasons: string[] = []
  const failures = [new NoQuorumError('no leader'), new OutcomeUnknownError('connection lost')]
  const { watch, clock, asked } = watchOf([answer(4), ...failures, answer(5, event(5))], {
    onWaiting: (why) => {
      reasons.push(why)
      setImmediate(() => clock.advance(100))
    },
  })
  t.match(await watch.next(), { value: event(5) })
  t.same(reasons, ['no leader', 'connection lost'])
  t.equal(asked.length, 4)
  t.same(asked[3], asked[1])
})

t.test('it says with each cursor to which history it belongs, once it knows', async (t) => {
  const { watch, asked } = watchOf([answer(4), { events: [event(5)], next: 5, history: 'one' }])
  await watch.begin()
  t.equal(watch.history, null)
  await watch.next()
  t.equal(watch.history, 'one')
  void watch.next()
  await new Promise(setImmediate)
  t.match(asked.at(-1), [5, { history: 'one' }])
  await watch.return()
})

t.test('going on from a cursor that was kept it says the history that was kept with it', async (t) => {
  const refusal = new HistoryChangedError('another', { data: { before: 'one', now: 'other' } })
  const { watch, asked } = watchOf([refusal], { from: 17, history: 'one' })
  await t.rejects(watch.next(), HistoryChangedError)
  t.match(asked, [[17, { history: 'one' }]])
})

t.test('the history becomes another one amid a watch: that ends it, with that error', async (t) => {
  const refusal = new HistoryChangedError('another', { data: { before: 'one', now: 'other' } })
  const { watch, ends } = watchOf([{ events: [], next: 4, history: 'one' }, refusal])
  await t.rejects(watch.next(), HistoryChangedError)
  t.equal(watch.history, 'one')
  t.equal(watch.cursor, 4)
  t.match(await watch.next(), { done: true })
  t.equal(ends(), 1)
})

t.test('COMPACTED ends it, with that error', async (t) => {
  const { watch, ends } = watchOf(
    [answer(4, event(3)), new CompactedError('gone', { data: { oldest: 9 } })],
    {
      from: 1,
    },
  )
  await watch.next()
  await t.rejects(watch.next(), CompactedError)
  t.match(await watch.next(), { done: true })
  t.equal(watch.cursor, 4)
  t.equal(ends(), 1)
})

t.test('a watch that can not begin says why, instead of waiting for ever', async (t) => {
  await t.rejects(watchOf([new NoQuorumError('no leader')]).watch.next(), NoQuorumError)
  await t.rejects(watchOf([new NoQuorumError('no leader')]).watch.begin(), NoQuorumError)
})

t.test('return ends it at once, also for those who wait for the next event', async (t) => {
  const { watch, ends } = watchOf([answer(4)])
  const waiting = [watch.next(), watch.next()]
  await watch.begin()
  t.match(await watch.return(), { done: true })
  for (const each of waiting) t.match(await each, { done: true })
  await watch.return()
  t.equal(ends(), 1)
})

t.test('its signal ends it, whenever it goes off', async (t) => {
  for (const begins of [true, false]) {
    const controller = new AbortController()
    const { watch, ends } = watchOf([answer(4)], { signal: controller.signal })
    if (begins) await watch.begin()
    else controller.abort()
    const waiting = watch.next()
    controller.abort()
    t.match(await waiting, { done: true })
    t.equal(ends(), 1)
  }
})

t.test('bug: a watch that was over before it began asked a member all the same', async (t) => {
  const aborted = watchOf([], { signal: AbortSignal.abort(), from: 7 })
  t.equal(await aborted.watch.begin(), 7)
  t.match(await aborted.watch.next(), { done: true })
  const returned = watchOf([])
  await returned.watch.return()
  t.equal(await returned.watch.begin(), 0)
  t.same([aborted.asked, returned.asked], [[], []])
  t.same([aborted.ends(), returned.ends()], [1, 1])
})

t.test('of several topics all are asked for at once', async (t) => {
  const { watch, asked } = watchOf([answer(4)], { topic: ['a', 'b'] })
  await watch.begin()
  t.same(asked, [[null, { topic: ['a', 'b'], waitMs: 0 }]])
})

t.test('calls of next that are made together are served in order', async (t) => {
  const { watch } = watchOf([answer(4), answer(5, event(5)), answer(6, event(6))])
  const [first, second] = await Promise.all([watch.next(), watch.next()])
  t.match([first, second], [{ value: event(5) }, { value: event(6) }])
})

for (const nonsense of [null, 7, { events: [] }, { events: [1], next: 2 }, { events: {}, next: 2 }])
  t.test(`an answer such as ${JSON.stringify(nonsense)} is an error`, async (t) => {
    await t.rejects(watchOf([nonsense]).watch.next(), /not as a member does/)
  })

t.test('an event that was handed out is not kept as long as the watch', async (t) => {
  let last = 0
  const poll = async (): Promise<Json> => answer(last + 1, event(++last))
  const watch = new EventWatch({ poll, clock: new ManualClock(), timeoutMs: 100, ended: () => undefined }, {})
  const handedOut: WeakRef<object>[] = []
  const take = async (): Promise<void> => {
    const { value } = await watch.next()
    if (value !== undefined) handedOut.push(new WeakRef(value))
  }
  for (let n = 0; n < 100; n++) await take()
  // What was looked at in this turn is kept until the next.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  t.ok(handedOut.filter((each) => each.deref() !== undefined).length <= 1, 'all but the last have gone')
  await watch.return()
})
