/** The shipped objects, as the contract has them. */
import t from 'tap'
import { withCommandContext } from '../../../lib/replica/context.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { Counter } from '../../../node/objects/counter.js'
import { KeyValue } from '../../../node/objects/kv.js'
import { Log } from '../../../node/objects/log.js'

const inTerm = <T>(term: number, task: () => T) =>
  withCommandContext({ index: 99, term, now: 0, random: () => 0, emit() {} }, task)

void t.test('the log counts its own entries from 1, whatever their place in the Raft log', async (t) => {
  const log = new Log()
  t.same(
    inTerm(4, () => log.append('a')),
    { index: 1, term: 4 },
  )
  t.same(
    inTerm(5, () => log.append('b')),
    { index: 2, term: 5 },
  )
  t.same(log.entry(2), { index: 2, term: 5, command: 'b' })
  t.equal(log.entry(3), null)
  t.equal(log.length(), 2)
  t.same(log.entries(2, 10), [{ index: 2, term: 5, command: 'b' }])
  t.throws(() => log.entry(0), InvalidParamsError)
  t.throws(() => log.append(JSON.parse('1')), InvalidParamsError)
  t.throws(() => log.entries(1, -1), InvalidParamsError)
})

void t.test('set returns the value before, and null is not a value', async (t) => {
  const kv = new KeyValue()
  t.equal(kv.set('x', 1), null)
  t.equal(kv.set('x', 2), 1)
  t.equal(kv.get('x'), 2)
  t.equal(kv.get('y'), null)
  t.throws(() => kv.set('x', null), InvalidParamsError)
  t.throws(() => kv.set(JSON.parse('7'), 1), InvalidParamsError)
  t.equal(kv.get('x'), 2)
  t.equal(kv.delete('x'), true)
  t.equal(kv.delete('x'), false)
})

void t.test('cas compares whole values, and null stands for absent', async (t) => {
  const kv = new KeyValue()
  t.equal(kv.cas('x', null, { a: [1, { b: 2 }], c: 3 }), true)
  t.equal(kv.cas('x', null, 1), false)
  t.equal(kv.cas('x', { c: 3, a: [1, { b: 3 }] }, 1), false)
  t.equal(kv.cas('x', { c: 3, a: [1, { b: 2 }] }, 1), true)
  t.equal(kv.get('x'), 1)
  t.throws(() => kv.cas('x', 1, null), InvalidParamsError)
})

void t.test(
  'keys are sorted and may be asked for by prefix; names of the prototype are keys like others',
  async (t) => {
    const kv = new KeyValue()
    for (const key of ['b1', '__proto__', 'a', 'b0']) kv.set(key, true)
    t.same(kv.keys(), ['__proto__', 'a', 'b0', 'b1'])
    t.same(kv.keys('b'), ['b0', 'b1'])
  },
)

void t.test('a counter counts by finite numbers only, and a refused call leaves it as it was', async (t) => {
  const counter = new Counter()
  t.equal(counter.increment(), 1)
  t.equal(counter.increment(-3), -2)
  for (const by of ['"1"', 'null', '1e999'])
    t.throws(() => counter.increment(JSON.parse(by)), InvalidParamsError, by)
  t.throws(() => counter.increment(Number.MAX_SAFE_INTEGER * 2), InvalidParamsError)
  t.equal(counter.value(), -2)
})
