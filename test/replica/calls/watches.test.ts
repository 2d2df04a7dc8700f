/** The object `watch` of one member: who is answered when, with what, and who is refused. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { ms } from '../../../lib/ports.js'
import { logIndex } from '../../../lib/raft/types.js'
import { EventHistory, EVENTS_MAX } from '../../../lib/replica/machine/events.js'
import { Interests } from '../../../lib/replica/calls/interests.js'
import { Watches } from '../../../lib/replica/calls/watches.js'
import { CompactedError, HistoryChangedError, NoQuorumError } from '../../../lib/rpc/errors.js'
import { InvalidParamsError, NameNotFoundError, OverloadedError } from '../../../lib/rpc/errors.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { ToldApplied } from '../told-applied.js'

/** A member whose log a test writes. */
class Member {
  readonly clock = new ManualClock()
  readonly events = new EventHistory()
  history: string | undefined
  readonly applied = new ToldApplied()
  inContact = true
  /** Whether all that was committed is applied here. Undefined: nobody can tell. */
  confirmed: Promise<void> | undefined
  readonly watches = new Watches({
    clock: this.clock,
    events: this.events,
    history: () => this.history,
    hosts: (name) => name === 'kv' || name === 'log',
    applied: this.applied,
    isInContact: () => this.inContact,
    caughtUp: () => this.confirmed ?? Promise.reject(new NoQuorumError('nobody leads')),
    notLeader: () => new NoQuorumError('ask another'),
  })

  /** `topic` undefined: an entry that emits nothing. */
  apply(index: number, topic?: string, object = 'kv'): void {
    if (topic !== undefined) this.events.record(index, [{ object, topic, text: String(index) }])
    this.applied.upTo(index)
  }

  async next(object: Json, from: Json, options: Json = {}, timeoutMs?: number): Promise<unknown> {
    const method = this.watches.object.methods.get('next')
    const deadline = timeoutMs === undefined ? undefined : ms(this.clock.now() + timeoutMs)
    const connection = { kind: 'lines', remote: 'test' } as const
    return method?.handler([object, from, options], { connection, meta: {}, deadline })
  }
}

async function* captured(history: EventHistory): AsyncIterable<Json> {
  yield* history.capture()
}

const event = (index: number, topic: string) => ({ index, topic, data: index })

void t.test(
  'events that are there already are answered at once, with the cursor to go on from',
  async (t) => {
    const member = new Member()
    member.apply(1, 'a')
    member.apply(2, 'b')
    member.apply(5)
    t.same(await member.next('kv', 0), { events: [event(1, 'a'), event(2, 'b')], next: 5 })
    t.same(await member.next('kv', 0, { max: 1 }), { events: [event(1, 'a')], next: 1 })
    t.same(await member.next('kv', 1, { topic: 'b' }), { events: [event(2, 'b')], next: 5 })
    t.same(await member.next('kv', 0, { topic: ['c', 'b'] }), { events: [event(2, 'b')], next: 5 })
  },
)

void t.test('who finds none waits for the next event that concerns it, and for no other', async (t) => {
  const member = new Member()
  member.apply(1, 'a')
  const waiting = member.next('kv', 1, { prefix: 'a/' })
  member.apply(2, 'b')
  member.apply(3, 'a/1', 'log')
  member.apply(4, 'a/1')
  member.apply(5, 'a/2')
  t.same(await waiting, { events: [event(4, 'a/1'), event(5, 'a/2')], next: 5 })
  t.equal(member.clock.armed, 1, 'the timer of waiting calls is not one for each')
})

void t.test('who waits for one of several topics is told once, of all that concern it', async (t) => {
  const member = new Member()
  const waiting = member.next('kv', 0, { topic: ['a', 'b'] })
  member.apply(1, 'c')
  member.apply(2, 'b')
  member.apply(3, 'a')
  t.same(await waiting, { events: [event(2, 'b'), event(3, 'a')], next: 3 })
  t.equal(member.watches.load.calls, 0)
})

void t.test('null is now', async (t) => {
  const member = new Member()
  member.apply(1, 'a')
  const waiting = member.next('kv', null)
  member.apply(2, 'b')
  t.same(await waiting, { events: [event(2, 'b')], next: 2 })
  t.same(await member.next('kv', null, { waitMs: 0 }), { events: [], next: 2 })
})

void t.test(
  'a call that waited in vain has its cursor moved on, so that it is not forgotten behind',
  async (t) => {
    const member = new Member()
    const waiting = member.next('kv', 0, { topic: 'rare', waitMs: 100 })
    for (let index = 1; index <= EVENTS_MAX; index++) member.apply(index, 'often')
    member.clock.advance(100)
    t.same(await waiting, { events: [], next: EVENTS_MAX })
  },
)

void t.test('a cursor of the history before a restore is refused, and says which is which', async (t) => {
  const member = new Member()
  member.apply(53)
  member.history = 'restored'
  const refusal: unknown = await member.next('kv', 17, { history: 'before' }).catch((error: unknown) => error)
  t.type(refusal, HistoryChangedError)
  t.match(refusal, { data: { before: 'before', now: 'restored' } })
  t.same(await member.next('kv', 53, { history: 'restored', waitMs: 0 }), {
    events: [],
    next: 53,
    history: 'restored',
  })
})

void t.test('a cursor without a history is believed, and learns to which it belongs', async (t) => {
  const member = new Member()
  member.history = 'one'
  member.apply(1, 'a')
  t.same(await member.next('kv', 0), { events: [event(1, 'a')], next: 1, history: 'one' })
})

void t.test('whoever does not know its own history yet sends a cursor elsewhere', async (t) => {
  const member = new Member()
  member.apply(1, 'a')
  await t.rejects(member.next('kv', 0, { history: 'one' }), NoQuorumError)
  t.same(await member.next('kv', 0), { events: [event(1, 'a')], next: 1 })
})

void t.test('who waits while the history becomes another one is told so', async (t) => {
  const member = new Member()
  member.history = 'one'
  const waiting = member.next('kv', 0, { history: 'one' })
  member.history = 'other'
  member.apply(1, 'a')
  await t.rejects(waiting, HistoryChangedError)
})

void t.test("a call waits no longer than its caller's budget", async (t) => {
  const member = new Member()
  const waiting = member.next('kv', 0, { waitMs: 30_000 }, 50)
  member.clock.advance(50)
  t.same(await waiting, { events: [], next: 0 })
})

void t.test(
  'bug: events that a member caught up with while it judged a cursor were passed over by who would not wait',
  async (t) => {
    for (const confirmed of [true, false]) {
      const member = new Member()
      let judged = (): void => undefined
      const judging = new Promise<void>((resolve) => (judged = resolve))
      member.confirmed = confirmed
        ? judging
        : judging.then(() => Promise.reject(new NoQuorumError('nobody leads')))
      member.apply(2, 'a')
      const asked = member.next('kv', 6, { waitMs: 0 })
      member.apply(41, 'a')
      member.apply(43)
      judged()
      t.same(await asked, { events: [event(41, 'a')], next: 43 })
    }
  },
)

void t.test('bug: a cursor beyond the end of the log, without a history, watched in silence', async (t) => {
  const member = new Member()
  member.apply(24, 'a')
  let confirm = (): void => undefined
  const confirming = () => (member.confirmed = new Promise((resolve) => (confirm = resolve)))
  void confirming()
  const looking = member.next('kv', 5000, { waitMs: 0 })
  const waiting = member.next('kv', 5000)
  member.apply(25, 'a')
  confirm()
  await t.rejects(looking, InvalidParamsError, 'also who does not wait')
  await t.rejects(waiting, { message: /5000 of kv lies beyond the end of the log, 25.* another history/ })
  await t.rejects(waiting, InvalidParamsError)
  t.same(member.watches.load, { calls: 0, bytes: 0 })
  void confirming()
  const lagging = member.next('kv', 26)
  member.apply(26)
  confirm()
  member.apply(27, 'b')
  t.same(
    await lagging,
    { events: [event(27, 'b')], next: 27 },
    'one that is only ahead of this member goes on',
  )
})

void t.test(
  'at a member that lags a cursor from another one neither goes back nor brings an event twice',
  async (t) => {
    const member = new Member()
    member.apply(3, 'a')
    t.same(await member.next('kv', 7, { waitMs: 0 }), { events: [], next: 7 })
    const waiting = member.next('kv', 7)
    member.apply(5, 'a')
    member.apply(7, 'a')
    member.apply(9, 'a')
    t.same(await waiting, { events: [event(9, 'a')], next: 9 })
  },
)

void t.test('a cursor below what is kept is COMPACTED, with the least that will do', async (t) => {
  const member = new Member()
  for (let index = 1; index <= EVENTS_MAX + 1; index++) member.apply(index, 'a')
  const refusal: unknown = await member.next('kv', 0).catch((error: unknown) => error)
  t.type(refusal, CompactedError)
  t.match(refusal, { data: { oldest: 1 } })
  t.match(await member.next('kv', 1, { max: 1 }), { events: [event(2, 'a')], next: 2 })
})

void t.test('events forgotten before anyone was told of them are no silent gap', async (t) => {
  const member = new Member()
  member.apply(1)
  const gone = member.next('kv', 1, { topic: 'gone' })
  const partly = member.next('kv', 1, { topic: 'many' })
  const untouched = member.next('log', 1, { waitMs: 100 })
  member.events.record(2, [{ object: 'kv', topic: 'gone', text: '0' }])
  for (let index = 3; index <= EVENTS_MAX + 3; index++)
    member.events.record(index, [{ object: 'kv', topic: 'many', text: '0' }])
  member.apply(EVENTS_MAX + 4)
  await t.rejects(gone, CompactedError)
  await t.rejects(partly, CompactedError)
  await new Promise(setImmediate)
  member.clock.advance(100)
  t.same(await untouched, { events: [], next: EVENTS_MAX + 4 })
})

void t.test('nor are those that a snapshot has jumped over, whoever is quicker to tell', async (t) => {
  const another = new EventHistory()
  for (let index = 1; index <= EVENTS_MAX + 50; index++)
    another.record(index, [{ object: 'kv', topic: 'a', text: '0' }])
  for (const isToldFirst of [true, false]) {
    const member = new Member()
    member.apply(10)
    const waiting = member.next('kv', 10)
    await member.events.restore(captured(another))
    member.applied.index = logIndex(EVENTS_MAX + 50)
    if (isToldFirst) member.watches.restored()
    member.apply(EVENTS_MAX + 51, 'a')
    await t.rejects(waiting, CompactedError)
  }
})

void t.test('a snapshot that is installed lets everyone look again', async (t) => {
  const member = new Member()
  const hit = member.next('kv', 0, { topic: 'a' })
  const none = member.next('kv', 0, { topic: 'b', waitMs: 100 })
  const another = new EventHistory()
  another.record(8, [{ object: 'kv', topic: 'a', text: '8' }])
  await member.events.restore(captured(another))
  member.applied.index = logIndex(9)
  member.watches.restored()
  t.same(await hit, { events: [event(8, 'a')], next: 9 })
  await Promise.resolve()
  member.clock.advance(100)
  t.same(await none, { events: [], next: 9 })
})

void t.test('a member that hears from no leader sends those who wait elsewhere, before long', async (t) => {
  const member = new Member()
  const before = member.next('kv', 0, { waitMs: 5000 })
  member.inContact = false
  const meanwhile = member.next('kv', 0)
  member.clock.advance(1000)
  await t.rejects(meanwhile, /ask another/)
  member.clock.advance(4000)
  await t.rejects(before, /ask another/)
})

void t.test('who waits is released when the member stops, and nobody waits there afterwards', async (t) => {
  const member = new Member()
  const waiting = [member.next('kv', 0), member.next('log', 0)]
  member.apply(1, 'a')
  member.watches.stop()
  for (const each of waiting) await t.rejects(each, /ask another/)
  await t.rejects(member.next('kv', 0), /ask another/)
  t.equal(member.clock.armed, 0)
})

void t.test('beyond 65,536 calls that wait the next is OVERLOADED', async (t) => {
  const member = new Member()
  const waiting = Array.from({ length: 65_536 }, (_, at) => member.next('kv', 0, { topic: `${at % 1000}` }))
  await t.rejects(member.next('kv', 0), OverloadedError)
  member.apply(1, '7')
  await waiting[7]
  const again = member.next('kv', 1)
  member.watches.stop()
  await Promise.allSettled(waiting)
  await t.rejects(again, /ask another/)
})

for (const params of [
  [],
  [7, 0],
  ['kv'],
  ['kv', -1],
  ['kv', 1.5],
  ['kv', '1'],
  ['kv', 0, 7],
  ['kv', 0, []],
  ['kv', 0, { topic: 1 }],
  ['kv', 0, { topic: [] }],
  ['kv', 0, { topic: ['a', 1] }],
  ['kv', 0, { topic: ['x'.repeat(1025)] }],
  ['kv', 0, { topic: Array.from({ length: 10_001 }, String) }],
  ['kv', 0, { prefix: 'a', topic: ['a'] }],
  ['kv', 0, { prefix: null, topic: 'a' }],
  ['kv', 0, { prefix: 'x'.repeat(1025) }],
  ['kv', 0, { topic: 'x'.repeat(1025) }],
  ['kv', 0, { waitMs: 30_001 }],
  ['kv', 0, { waitMs: -1 }],
  ['kv', 0, { max: 0 }],
  ['kv', 0, { max: 1001 }],
  ['kv', 0, { topik: 'a' }],
  ['kv', 0, { constructor: 1 }],
] as readonly (readonly Json[])[])
  void t.test(`next(${JSON.stringify(params).slice(1, 60)}) is refused`, async (t) => {
    const [object = null, from = 'none', options] = params
    await t.rejects(new Member().next(object, from, options), InvalidParamsError)
  })

void t.test('an object that is not here is not found', async (t) => {
  await t.rejects(new Member().next('nobody', 0), NameNotFoundError)
})

void t.test(
  'a topic finds all that wait for it or for a beginning of it, each once, until they leave',
  async (t) => {
    const interests = new Interests<string>()
    const filters = {
      all: { kind: 'prefix', prefix: '' },
      a: { kind: 'prefix', prefix: 'a' },
      alsoA: { kind: 'prefix', prefix: 'a' },
      b: { kind: 'prefix', prefix: 'b' },
      long: { kind: 'prefix', prefix: 'a/1/2' },
      exact: { kind: 'topics', topics: new Set(['a/1']) },
      some: { kind: 'topics', topics: new Set(['b/1', 'a/1']) },
    } as const
    for (const [name, filter] of Object.entries(filters)) interests.add('kv', filter, name)
    t.same([...interests.in('kv', 'a/1')].sort(), ['a', 'all', 'alsoA', 'exact', 'some'])
    t.same([...interests.in('kv', 'b/1')].sort(), ['all', 'b', 'some'])
    t.same(interests.in('kv', ''), ['all'])
    t.same(interests.in('log', 'a/1'), [])
    interests.remove('kv', filters.a, 'a')
    interests.remove('kv', filters.a, 'a')
    interests.remove('kv', filters.exact, 'exact')
    interests.remove('kv', filters.some, 'some')
    t.same([...interests.in('kv', 'a/1')].sort(), ['all', 'alsoA'])
    for (const [name, filter] of Object.entries(filters)) interests.remove('kv', filter, name)
    t.same(interests.in('kv', 'a/1'), [])
  },
)
