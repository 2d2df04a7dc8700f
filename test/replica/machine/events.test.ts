/** The history of events: what is kept, what a cursor brings, and that it survives a snapshot. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { COMMAND_EVENTS_MAX, Emissions } from '../../../lib/replica/machine/emissions.js'
import { EventHistory, EVENTS_MAX, EVENTS_TEXT_MAX } from '../../../lib/replica/machine/events.js'
import type { TopicFilter } from '../../../lib/replica/machine/events.js'
import type { Emitted } from '../../../lib/replica/machine/packed-events.js'
import { CompactedError } from '../../../lib/rpc/errors.js'

const all: TopicFilter = { kind: 'prefix', prefix: '' }
const emitted = (topic: string, data: Json = 0, object = 'kv'): Emitted => ({
  object,
  topic,
  text: JSON.stringify(data),
})

function historyOf(...entries: (readonly [number, ...Emitted[]])[]): EventHistory {
  const history = new EventHistory()
  for (const [index, ...events] of entries) history.record(index, events)
  return history
}

const topicsSince = (
  history: EventHistory,
  from: number,
  filter: TopicFilter = all,
  max = 1000,
): readonly string[] =>
  history.since('kv', from, filter, max).events.map(({ index, topic }) => `${index} ${topic}`)

async function* streamed(chunks: readonly Json[]): AsyncIterable<Json> {
  yield* chunks
}

async function restored(chunks: Iterable<Json>): Promise<EventHistory> {
  const history = new EventHistory()
  await history.restore(streamed(JSON.parse(JSON.stringify([...chunks])) as Json[]))
  return history
}

void t.test('a cursor brings the events of the entries after it, in the order of the log', async (t) => {
  const history = historyOf([3, emitted('a')], [5, emitted('b'), emitted('a')], [9, emitted('c')])
  t.same(topicsSince(history, 0), ['3 a', '5 b', '5 a', '9 c'])
  t.same(topicsSince(history, 3), ['5 b', '5 a', '9 c'])
  t.same(topicsSince(history, 9), [])
})

void t.test('events are of one object, and of some topics or of those with a prefix', async (t) => {
  const history = historyOf([1, emitted('a/1'), emitted('a/1', 0, 'log')], [2, emitted('a'), emitted('b')])
  t.same(topicsSince(history, 0, { kind: 'prefix', prefix: 'a' }), ['1 a/1', '2 a'])
  t.same(topicsSince(history, 0, { kind: 'topics', topics: new Set(['a']) }), ['2 a'])
  t.same(topicsSince(history, 0, { kind: 'topics', topics: new Set(['a/1', 'b']) }), ['1 a/1', '2 b'])
  t.equal(history.since('log', 0, all, 10).events.length, 1)
  t.equal(history.since('nobody', 0, all, 10).events.length, 0)
})

void t.test('a batch ends between entries, never between two events of one', async (t) => {
  const history = historyOf([1, emitted('a')], [2, emitted('b'), emitted('c')], [3, emitted('d')])
  t.same(history.since('kv', 0, all, 2), { events: [{ index: 1, topic: 'a', data: 0 }], hasMore: true })
  t.same(topicsSince(history, 1, all, 1), ['2 b', '2 c'], 'an entry with more than asked for comes whole')
  t.equal(history.since('kv', 1, all, 3).hasMore, false)
})

void t.test('a batch of many long events ends before it is a long message', async (t) => {
  const long = 'x'.repeat(50_000)
  const history = historyOf(...[1, 2, 3, 4].map((index) => [index, emitted('a', long)] as const))
  t.same(topicsSince(history, 0), ['1 a', '2 a'])
  t.same(topicsSince(history, 2), ['3 a', '4 a'])
})

void t.test(
  'beyond the limit of events whole entries are forgotten, and a cursor below is told',
  async (t) => {
    const history = historyOf([1, emitted('a'), emitted('b')], [2, emitted('rare', 0, 'log')])
    for (let index = 3; index < EVENTS_MAX; index++) history.record(index, [emitted('c')])
    t.equal(topicsSince(history, 0).length, 1000)
    history.record(EVENTS_MAX, [emitted('last')])
    const error = t.throws(() => history.since('kv', 0, all, 10), CompactedError)
    t.match(error, { data: { oldest: 1 }, message: /read its state anew/ })
    t.same(topicsSince(history, 1, all, 1), ['3 c'])
    t.equal(history.since('log', 0, all, 10).events.length, 1, 'of another object nothing is missing')
  },
)

void t.test('beyond the limit of characters the oldest are forgotten', async (t) => {
  const history = new EventHistory()
  const data = 'x'.repeat(1024 * 1024)
  for (let index = 1; index <= EVENTS_TEXT_MAX / data.length; index++)
    history.record(index, [emitted('a', data)])
  t.equal(history.oldest('kv'), 1)
})

void t.test('it forgets for ever without growing', async (t) => {
  const history = new EventHistory()
  for (let index = 1; index <= EVENTS_MAX * 3; index++) history.record(index, [emitted('a')])
  t.equal(history.oldest('kv'), EVENTS_MAX * 2)
  t.equal(topicsSince(history, EVENTS_MAX * 3 - 1).length, 1)
  t.equal([...history.capture()].flatMap((piece) => piece).length, EVENTS_MAX + 3)
})

void t.test('a history restored from its snapshot gives, keeps and forgets the same', async (t) => {
  const history = new EventHistory()
  for (let index = 1; index <= EVENTS_MAX + 50; index++)
    history.record(index, [emitted(`t${index}`, { index })])
  const copy = await restored(history.capture())
  for (const each of [history, copy]) each.record(EVENTS_MAX + 60, [emitted('more', 'x'.repeat(9_000_000))])
  t.same([...copy.capture()], [...history.capture()])
  t.equal(copy.oldest('kv'), history.oldest('kv'))
})

void t.test('what is recorded while a snapshot is taken is not in it', async (t) => {
  const history = historyOf([1, emitted('a')])
  const pieces = history.capture()
  for (let index = 2; index <= EVENTS_MAX * 2; index++) history.record(index, [emitted('b')])
  t.same(topicsSince(await restored(pieces), 0), ['1 a'])
})

void t.test('a snapshot has the events of its beginning, whatever has taken over their memory', async (t) => {
  const history = new EventHistory()
  const record = (from: number, to: number, data: string): void => {
    for (let index = from; index <= to; index++) history.record(index, [emitted('a', data.repeat(100))])
  }
  record(1, EVENTS_MAX, 'x')
  const [before, taken] = [[...history.capture()], history.capture()]
  record(EVENTS_MAX + 1, EVENTS_MAX * 3, 'y')
  // The difference of two histories would be printed for minutes.
  t.ok(JSON.stringify([...taken]) === JSON.stringify(before))
})

void t.test('the pieces of a snapshot are small', async (t) => {
  const history = new EventHistory()
  for (let index = 1; index <= 2000; index++) history.record(index, [emitted('topic', 'x'.repeat(100))])
  for (const piece of history.capture()) t.ok(JSON.stringify(piece).length < 64 * 1024)
})

for (const chunk of [
  null,
  7,
  ['events', [1, 'kv']],
  ['events', ['1', 'kv', 'a', 0]],
  ['else'],
  ['forgotten', [1, 2]],
])
  void t.test(`a snapshot that says ${JSON.stringify(chunk)} is refused, and nothing changes`, async (t) => {
    const history = historyOf([4, emitted('a')])
    await t.rejects(history.restore(streamed([['forgotten'], chunk])), /history of events/)
    t.same(topicsSince(history, 0), ['4 a'])
  })

void t.test('an event holds a copy: what its command does later does not show', async (t) => {
  const emissions = new Emissions()
  const data = { list: [1] }
  emissions.emit('kv', 'a', data)
  data.list.push(2)
  t.same(emissions.events, [{ object: 'kv', topic: 'a', text: '{"list":[1]}' }])
})

void t.test('what JSON can not carry, or one message could not, is refused with a sentence', async (t) => {
  const emit = (topic: unknown, data: unknown) => () => {
    const emissions = new Emissions()
    Reflect.apply(emissions.emit.bind(emissions), undefined, ['kv', topic, data])
  }
  let deep: Json = 1
  for (let level = 0; level <= 200; level++) deep = [deep]
  t.throws(emit(1, 2), /topic must be a string/)
  t.throws(emit('a', undefined), /can't carry undefined as data/)
  t.throws(emit('a', 1n), TypeError)
  t.throws(emit('a', deep), /nested at most 200/)
  t.throws(emit('a', 'x'.repeat(3_000_000)), /at most 2097152 characters/)
  t.throws(
    emit(
      'a',
      Array.from({ length: 250_000 }, () => 1),
    ),
    /at most 240000 values/,
  )
  const emissions = new Emissions()
  for (let count = 0; count < COMMAND_EVENTS_MAX; count++) emissions.emit('kv', 'a', count)
  t.throws(() => emissions.emit('kv', 'a', 0), /at most 1000 events/)
})

void t.test('the values of all events of a command count together', async (t) => {
  const emissions = new Emissions()
  const tenThousand = Array.from({ length: 10_000 }, () => 1)
  for (let count = 0; count < 24; count++) emissions.emit('kv', 'a', tenThousand)
  t.throws(() => emissions.emit('kv', 'a', [1]), /at most 240000 values/)
  t.equal(emissions.events?.length, 24)
})

void t.test('histories that are the same have the same digest, also after a snapshot', async (t) => {
  const entries = Array.from(
    { length: 400 },
    (_, n) => [2 * n + 1, emitted(`t${n}`), emitted('x', n)] as const,
  )
  const history = historyOf(...entries)
  const from = await restored(history.capture())
  for (const each of [history, from]) each.record(801, [emitted('late', 'x'.repeat(200_000))])
  t.type(history.digestAt(801), 'number')
  for (const index of [0, 1, 10, 799, 801, 5000]) t.equal(from.digestAt(index), history.digestAt(index))
  t.equal(history.digestAt(5000), history.digestAt(801), 'nothing was emitted since')
  t.equal(history.digestAt(10), history.digestAt(9), 'no event of entry 10')
  t.not(history.digestAt(11), history.digestAt(10))
})

void t.test('each difference between the newest events shows in the digest', async (t) => {
  const digest = (...entries: (readonly [number, ...Emitted[]])[]) => historyOf(...entries).digestAt(9)
  const [a, b] = [emitted('a', 1), emitted('b', 2)]
  const digests = [
    digest(),
    digest([1, a]),
    digest([2, a]),
    digest([1, a], [2, a]),
    digest([1, a, a]),
    digest([1, a, b]),
    digest([1, b, a]),
    digest([1, emitted('a', 2)]),
    digest([1, emitted('a', 1, 'log')]),
    digest([1, emitted('a', 'x'.repeat(200_000))]),
    digest([1, emitted('a', 'x'.repeat(200_001))]),
  ]
  t.equal(new Set(digests).size, digests.length)
})

void t.test(
  'a thousand events are compared, and a member that has forgotten one of them has no digest',
  async (t) => {
    const many = (from: number, count = EVENTS_MAX): readonly [number, ...Emitted[]][] =>
      Array.from({ length: count }, (_, n) => [from + n, emitted('a', n)])
    const history = historyOf([1, emitted('first')], ...many(2))
    const from = await restored(history.capture())
    t.equal(history.digestAt(1000), undefined)
    t.type(history.digestAt(1001), 'number')
    for (const index of [1001, 5000, 10_001]) t.equal(from.digestAt(index), history.digestAt(index))
    t.equal(
      historyOf([1, emitted('one')], ...many(2, 1000)).digestAt(1001),
      historyOf([1, emitted('other')], ...many(2, 1000)).digestAt(1001),
    )
  },
)
