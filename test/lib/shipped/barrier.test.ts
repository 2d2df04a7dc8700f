/** Barriers, each alone: who passes with whom, and who does not. */
import t from 'tap'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { Barrier, BARRIER_LIMITS } from '../../../lib/shipped/barrier.js'
import { copyOf, Played } from './played.js'

function barrier() {
  const played = new Played(new Barrier())
  const arrive = (party: string, ttlMs = 1_000) => played.run((it) => it.arrive('a', 3, party, { ttlMs }))
  const renew = (party: string) => played.run((it) => it.renew('a', party))
  return { played, arrive, renew }
}

t.test('all pass when the last has come, and hear it until they leave', (t) => {
  const { played, arrive, renew } = barrier()
  t.same(arrive('one'), { missing: 2 })
  t.same(arrive('two'), { missing: 1 })
  t.same(arrive('two'), { missing: 1 }, 'who is there is there once')
  t.same(played.object.state('a'), { parties: 3, waiting: 2 })
  t.same(arrive('three'), { generation: 4 })
  t.equal(played.object.state('a'), null)
  t.same(renew('one'), { generation: 4 })
  t.same(renew('one'), { generation: 4 }, 'its answer may have been lost')
  for (const party of ['two', 'three'])
    t.same(arrive(party), { generation: 4 }, 'the same of those who ask anew')
  for (const party of ['one', 'two', 'three'])
    t.equal(
      played.run((it) => it.leave('a', party)),
      false,
    )
  t.equal(renew('one'), null)
  t.same([...played.object.snapshot()], [4], 'nothing is left of it')
  t.equal(played.object.nextExpiry(), undefined)
  t.same(played.told(), [['a', { state: 'passed', generation: 4 }]])
  t.end()
})

t.test('those who come next are another generation, of a higher number', (t) => {
  const { played, arrive, renew } = barrier()
  for (const party of ['one', 'two', 'three']) arrive(party)
  for (const party of ['four', 'five']) arrive(party)
  t.same(arrive('six'), { generation: 6 })
  t.same(renew('one'), { generation: 3 })
  t.same(renew('four'), { generation: 6 })
  const both = played.run((it) => [it.arrive('b', 1, 'x'), it.arrive('b', 1, 'y')])
  t.same(both, [{ generation: played.index }, { generation: played.index + 1 }], 'in one entry, too')
  t.end()
})

t.test('when one that waits is silent nobody passes, and all come anew', (t) => {
  const { played, arrive, renew } = barrier()
  arrive('one')
  arrive('silent', 500)
  played.pass(499)
  t.same(renew('one'), { missing: 1 })
  played.pass(1)
  t.equal(played.object.state('a'), null)
  t.same(played.told(), [['a', { state: 'broken', generation: null }]])
  t.equal(renew('one'), null)
  t.same(arrive('three'), { missing: 2 })
  t.end()
})

t.test('when one that waits leaves nobody passes; who has passed has passed', (t) => {
  const { played, arrive, renew } = barrier()
  arrive('one')
  arrive('two')
  const leave = (party: string) => played.run((it) => it.leave('a', party))
  t.equal(leave('nobody'), false)
  t.equal(leave('two'), true)
  t.equal(renew('one'), null)
  for (const party of ['one', 'two', 'three']) arrive(party)
  t.equal(leave('one'), false)
  t.equal(renew('one'), null, 'who leaves is not told any more')
  t.match(renew('two'), { generation: Number })
  t.end()
})

t.test('that it has passed is told to a party that was away, but not for ever', (t) => {
  const { played, arrive, renew } = barrier()
  for (const party of ['one', 'two', 'three']) arrive(party)
  played.pass(9_999)
  t.match(renew('one'), { generation: Number })
  played.pass(1)
  t.equal(renew('two'), null)
  t.same([...played.object.snapshot()], [3])
  t.end()
})

t.test('who waits for another number of parties is refused while somebody waits', (t) => {
  const { played, arrive, renew } = barrier()
  arrive('one')
  t.throws(() => played.run((it) => it.arrive('a', 2, 'two')), {
    message: /those who wait at "a" wait for 3 parties, not 2/,
  })
  t.same(renew('one'), { missing: 2 })
  played.run((it) => it.leave('a', 'one'))
  t.same(
    played.run((it) => it.arrive('a', 2, 'two')),
    { missing: 1 },
  )
  t.end()
})

t.test('those who pass and do not leave are not gathered without end', (t) => {
  const { played } = barrier()
  const pass = (n: number): void => {
    played.run((it) => it.arrive('a', 2, `one ${n}`))
    played.run((it) => it.arrive('a', 2, `other ${n}`))
  }
  for (let n = 0; n < BARRIER_LIMITS.passed / 2; n++) pass(n)
  t.throws(() => pass(-1), { name: 'OverloadedError', message: /1000 have passed "a"/ })
  played.run((it) => it.leave('a', 'one 7'))
  t.doesNotThrow(() => pass(-1))
  t.end()
})

t.test('what is no name, no party, no number and no option is refused', (t) => {
  const { played } = barrier()
  const bad: readonly (readonly unknown[])[] = [
    ['', 2, 'me'],
    ['a', 0, 'me'],
    ['a', BARRIER_LIMITS.parties + 1, 'me'],
    ['a', 2, ''],
    ['a', 2, 'me', null],
    ['a', 2, 'me', { ttlMs: 99 }],
    ['a', 2, 'me', { wait: true }],
  ]
  for (const [name, parties, party, options] of bad)
    t.throws(
      () =>
        played.run((it) => it.arrive(name as string, parties as number, party as string, options as object)),
      InvalidParamsError,
      JSON.stringify([name, parties, party, options]),
    )
  t.equal(played.object.state('a'), null)
  t.end()
})

t.test('a snapshot brings back who waits and who has not heard; a failed attempt leaves both', async (t) => {
  const { played, arrive } = barrier()
  for (const party of ['one', 'two', 'three', 'four']) arrive(party)
  const copy = new Played(await copyOf(played.object, Barrier))
  Object.assign(copy, { now: played.now, index: played.index })
  const undone = () =>
    played.run((it) =>
      it.attempt(() => {
        it.arrive('a', 3, 'five')
        it.arrive('a', 3, 'six')
        throw new Error('undone')
      }),
    )
  t.throws(undone, /undone/)
  t.equal(copy.object.nextExpiry(), played.object.nextExpiry())
  Object.assign(copy, { index: played.index })
  for (const each of [played, copy]) {
    each.run((it) => it.renew('a', 'one'))
    each.pass(1_000)
    t.equal(each.object.state('a'), null)
  }
  t.same([...copy.object.snapshot()], [...played.object.snapshot()])
})
