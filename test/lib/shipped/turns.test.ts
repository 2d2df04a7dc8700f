/** Locks, semaphores and elections, each alone: who has what, from when, and until when. */
import fc from 'fast-check'
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { DueTimes } from '../../../lib/shipped/due-times.js'
import { Election } from '../../../lib/shipped/election.js'
import { Lock } from '../../../lib/shipped/lock.js'
import { Semaphore } from '../../../lib/shipped/semaphore.js'
import { StaleTokenError, TURN_LIMITS } from '../../../lib/shipped/turns.js'
import { copyOf, Played } from './played.js'

const free = { id: null, token: 5, value: null }

t.test('a lock is held by one at a time, in the order in which they came, each by a higher token', (t) => {
  const lock = new Played(new Lock())
  t.same(
    lock.run((it) => it.acquire('a', 'first')),
    { token: 1 },
  )
  t.same(
    lock.run((it) => it.acquire('a', 'second')),
    { ahead: 0 },
  )
  t.same(
    lock.run((it) => it.acquire('a', 'third')),
    { ahead: 1 },
  )
  t.same(
    lock.run((it) => it.acquire('b', 'third')),
    { token: 4 },
    'another name is another lock',
  )
  t.same(lock.object.holder('a'), { holder: 'first', token: 1, waiting: 2 })
  t.equal(
    lock.run((it) => it.release('a', 'first')),
    true,
  )
  t.same(
    lock.run((it) => it.renew('a', 'second')),
    { token: 5 },
  )
  t.same(
    lock.run((it) => it.renew('a', 'third')),
    { ahead: 0 },
  )
  t.equal(
    lock.run((it) => it.release('a', 'third')),
    true,
    'who waits may go',
  )
  t.equal(
    lock.run((it) => it.release('a', 'second')),
    true,
  )
  t.equal(
    lock.run((it) => it.release('a', 'second')),
    false,
  )
  t.equal(lock.object.holder('a'), null)
  t.same(lock.told(), [
    ['a', { id: 'first', token: 1, value: null }],
    ['b', { id: 'third', token: 4, value: null }],
    ['a', { id: 'second', token: 5, value: null }],
    ['a', free],
  ])
  t.end()
})

t.test('who asks again has what he has, and keeps it up', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => it.acquire('a', 'me', { ttlMs: 1_000 }))
  lock.pass(900)
  t.same(
    lock.run((it) => it.acquire('a', 'me', { ttlMs: 1_000 })),
    { token: 1 },
  )
  lock.pass(900)
  t.same(lock.object.holder('a')?.holder, 'me')
  t.equal(lock.told().length, 1, 'nothing has changed for those who watch')
  t.end()
})

t.test('who does not want to wait is told at once', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => it.acquire('a', 'first'))
  t.equal(
    lock.run((it) => it.acquire('a', 'second', { wait: false })),
    null,
  )
  t.equal(lock.object.holder('a')?.waiting, 0)
  lock.run((it) => it.release('a', 'first'))
  t.same(
    lock.run((it) => it.acquire('a', 'second', { wait: false })),
    { token: 4 },
  )
  t.end()
})

t.test('what is not kept up is over, and the next one has it for its whole time', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => it.acquire('a', 'silent', { ttlMs: 1_000 }))
  lock.run((it) => it.acquire('a', 'next', { ttlMs: 5_000 }))
  lock.run((it) => it.acquire('a', 'gone', { ttlMs: 500 }))
  lock.pass(999)
  t.equal(lock.object.holder('a')?.holder, 'silent')
  t.equal(lock.object.holder('a')?.waiting, 1, 'who waits and is silent loses the place')
  lock.pass(1)
  t.equal(lock.object.holder('a')?.holder, 'next')
  t.equal(
    lock.run((it) => it.renew('a', 'silent')),
    null,
  )
  t.equal(
    lock.run((it) => it.release('a', 'silent')),
    false,
    'nothing of the next one is taken away',
  )
  lock.pass(4_999)
  t.equal(lock.object.holder('a')?.holder, 'next')
  lock.pass(1)
  t.equal(lock.object.holder('a'), null)
  t.equal(lock.object.nextExpiry(), undefined)
  t.end()
})

t.test('a token that is not the present one is stale', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => it.acquire('a', 'first'))
  t.doesNotThrow(() => lock.run((it) => it.demand('a', 1)))
  lock.pass(10_000)
  t.throws(
    () => lock.run((it) => it.demand('a', 1)),
    new StaleTokenError('the token 1 for "a" is stale: nobody has it'),
  )
  const { token } = Object(lock.run((it) => it.acquire('a', 'second'))) as { token: number }
  t.throws(() => lock.run((it) => it.demand('a', 1)), { name: 'StaleTokenError' })
  t.doesNotThrow(() => lock.run((it) => it.demand('a', token)))
  t.end()
})

t.test('what one entry grants one after another has rising tokens', (t) => {
  const lock = new Played(new Lock())
  for (const who of ['a', 'b', 'c']) lock.run((it) => it.acquire('x', who))
  lock.run((it) => {
    it.release('x', 'a')
    it.release('x', 'b')
  })
  const tokens = lock.told().map(([, data]) => (Object(data) as { token: number }).token)
  t.same(tokens, [1, 4, 5])
  t.end()
})

t.test('a semaphore has as many holders as permits, and the last word on how many counts', (t) => {
  const semaphore = new Played(new Semaphore())
  const ask = (who: string, permits: number) => semaphore.run((it) => it.acquire('db', permits, who))
  t.same(ask('a', 2), { token: 1 })
  t.same(ask('b', 2), { token: 2 })
  t.same(ask('c', 2), { ahead: 0 })
  t.same(ask('d', 2), { ahead: 1 })
  t.same(ask('e', 4), { ahead: 0 }, 'with more permits those before it have their turn first')
  t.same(
    semaphore.object.state('db')?.holders.map(({ holder }) => holder),
    ['a', 'b', 'c', 'd'],
  )
  semaphore.run((it) => it.acquire('db', 1, 'e'))
  semaphore.run((it) => it.release('db', 'a'))
  t.equal(semaphore.object.state('db')?.waiting, 1, 'with fewer nobody is let in before enough have gone')
  for (const who of ['b', 'c', 'd']) semaphore.run((it) => it.release('db', who))
  t.same(
    semaphore.object.state('db')?.holders.map(({ holder }) => holder),
    ['e'],
  )
  t.throws(() => ask('f', 0), InvalidParamsError)
  t.throws(() => ask('f', TURN_LIMITS.permits + 1), InvalidParamsError)
  t.end()
})

t.test('who is elected says something of itself, and the next one follows', (t) => {
  const election = new Played(new Election())
  election.run((it) => it.campaign('shard', 'a', { at: 'host-a:1' }, { ttlMs: 1_000 }))
  election.run((it) => it.campaign('shard', 'b', { at: 'host-b:1' }))
  t.same(election.object.leader('shard'), { candidate: 'a', value: { at: 'host-a:1' }, token: 1 })
  election.pass(1_000)
  t.same(election.object.leader('shard')?.value, { at: 'host-b:1' })
  t.equal(
    election.run((it) => it.resign('shard', 'b')),
    true,
  )
  t.equal(election.object.leader('shard'), null)
  t.same(
    election.told().map(([, data]) => (Object(data) as { id: string | null }).id),
    ['a', 'b', null],
  )
  t.throws(() => election.run((it) => it.campaign('shard', 'a', 'x'.repeat(600))), InvalidParamsError)
  t.end()
})

t.test('what is no name, no holder or no option is refused, and nothing has changed', (t) => {
  const lock = new Played(new Lock())
  const bad: readonly (readonly [unknown, unknown, unknown?])[] = [
    ['', 'me'],
    [7, 'me'],
    ['x'.repeat(TURN_LIMITS.nameLength + 1), 'me'],
    ['a', null],
    ['a', 'x'.repeat(TURN_LIMITS.idLength + 1)],
    ['a', 'me', { ttlMs: 99 }],
    ['a', 'me', { ttlMs: TURN_LIMITS.ttlMs + 1 }],
    ['a', 'me', { ttlMs: '5' }],
    ['a', 'me', { wait: 1 }],
    ['a', 'me', { ttl: 5_000 }],
    ['a', 'me', []],
    ['a', 'me', null],
  ]
  for (const [name, holder, options] of bad)
    t.throws(
      () => lock.run((it) => it.acquire(name as string, holder as string, options as object)),
      InvalidParamsError,
      JSON.stringify([name, holder, options]).slice(0, 80),
    )
  for (const name of ['__proto__', 'constructor']) {
    t.match(
      lock.run((it) => it.acquire(name, name)),
      { token: Number },
    )
    t.match(lock.object.holder(name), { holder: name })
  }
  t.end()
})

t.test('more names than may be in use are refused', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => {
    for (let n = 0; n < TURN_LIMITS.names; n++) it.acquire(`name ${n}`, 'me')
  })
  t.throws(() => lock.run((it) => it.acquire('more', 'me')), {
    name: 'OverloadedError',
    message: '"more" was refused: 100000 names are in use: give some back',
  })
  lock.run((it) => it.release('name 7', 'me'))
  t.match(
    lock.run((it) => it.acquire('more', 'me')),
    { token: Number },
  )
  t.end()
})

t.test('more than may wait are refused', (t) => {
  const lock = new Played(new Lock())
  for (let n = 0; n <= TURN_LIMITS.waiting; n++) lock.run((it) => it.acquire('a', `w${n}`))
  t.throws(() => lock.run((it) => it.acquire('a', 'more')), {
    name: 'OverloadedError',
    message: /wait for "a" already: ask again later$/,
  })
  t.equal(
    lock.run((it) => it.acquire('a', 'more', { wait: false })),
    null,
  )
  t.match(
    lock.run((it) => it.acquire('a', 'w7')),
    { ahead: 6 },
    'who waits already is none of them',
  )
  t.end()
})

t.test('thousands that are over at the same moment end, some at a time', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => {
    for (let n = 0; n < 2_000; n++) it.acquire(`lock ${n}`, 'me', { ttlMs: 1_000 })
  })
  lock.told()
  const before = lock.index
  lock.pass(1_000)
  t.equal(lock.told().length, 2_000)
  t.ok(lock.index - before >= 4, 'an entry tells of a few hundred')
  t.end()
})

t.test('a snapshot brings back who has what, who waits, and until when', async (t) => {
  const semaphore = new Played(new Semaphore())
  for (const who of ['a', 'b', 'c']) semaphore.run((it) => it.acquire('x', 2, who, { ttlMs: 1_000 }))
  semaphore.run((it) => it.release('x', 'a'))
  const copy = new Played(await copyOf(semaphore.object, Semaphore))
  Object.assign(copy, { now: semaphore.now, index: semaphore.index })
  for (const each of [semaphore, copy]) {
    each.pass(500)
    each.run((it) => it.renew('x', 'c'))
    each.pass(600)
  }
  t.same(copy.object.state('x'), semaphore.object.state('x'))
  t.equal(copy.object.state('x')?.holders.length, 1)
  t.same([...copy.object.snapshot()], [...semaphore.object.snapshot()])
})

t.test('an attempt that fails leaves nothing, not even its times', (t) => {
  const lock = new Played(new Lock())
  lock.run((it) => it.acquire('a', 'me', { ttlMs: 1_000 }))
  const before = [...lock.object.snapshot()]
  t.throws(() =>
    lock.run((it) =>
      it.attempt(() => {
        it.release('a', 'me')
        it.acquire('b', 'me', { ttlMs: 200 })
        throw new Error('undone')
      }),
    ),
  )
  t.same([...lock.object.snapshot()], before)
  t.equal(lock.object.nextExpiry(), 1_001_000)
  lock.pass(1_000)
  t.equal(lock.object.holder('a'), null)
  t.end()
})

t.test('times are taken in their order, whatever became of them before', (t) => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const change = fc.tuple(key, fc.option(fc.nat(20), { nil: undefined }))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const due = new DueTimes()
      const expected = new Map<string, number>()
      for (const [name, time] of changes) {
        due.set(name, time)
        if (time === undefined) expected.delete(name)
        else expected.set(name, time)
        if (due.next !== (expected.size === 0 ? undefined : Math.min(...expected.values()))) return false
      }
      const taken: (string | undefined)[] = []
      for (let next = due.take(20); next !== undefined; next = due.take(20)) taken.push(next)
      const sorted = [...expected].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
      return JSON.stringify(taken) === JSON.stringify(sorted.map(([name]) => name))
    }),
  )
  t.end()
})
