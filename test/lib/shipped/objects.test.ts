/** The shipped objects, as the contract has them. */
import t from 'tap'
import { withCommandContext, type CommandContext } from '../../../lib/replica/objects/context.js'
import type { Json } from '../../../lib/json.js'
import { InvalidParamsError, TooLargeError } from '../../../lib/rpc/errors.js'
import { Counter } from '../../../lib/shipped/counter.js'
import { STEPWISE } from '../../../lib/replica/objects/stepwise.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { Log } from '../../../lib/shipped/log.js'

const inTerm = <T>(term: number, task: () => T, emit: CommandContext['emit'] = () => undefined) =>
  withCommandContext({ index: 99, term, now: 0, random: () => 0, version: 1, emit }, task)

/** The store with each of its commands in a context, as a replica runs them. */
class Commanded extends KeyValue {
  override set(key: string, value: Json): Json {
    return inTerm(1, () => super.set(key, value))
  }
  override delete(key: string): boolean {
    return inTerm(1, () => super.delete(key))
  }
  override cas(key: string, expected: Json, value: Json): boolean {
    return inTerm(1, () => super.cas(key, expected, value))
  }
}

/** Runs a command, or several, and returns what they emitted: topics and data. */
function emittedBy(task: () => unknown): readonly (readonly [string, Json])[] {
  const events: [string, Json][] = []
  inTerm(1, task, (topic, data) => void events.push([topic, data]))
  return events
}

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
  const kv = new Commanded()
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
  const kv = new Commanded()
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
    const kv = new Commanded()
    for (const key of ['b1', '__proto__', 'a', 'b0']) kv.set(key, true)
    t.same(kv.keys(), ['__proto__', 'a', 'b0', 'b1'])
    t.same(kv.keys('b'), ['b0', 'b1'])
    for (const key of ['constructor', 'then', 'toJSON', 'hasOwnProperty']) {
      t.equal(kv.get(key), null, key)
      kv.set(key, { [key]: 1 })
      t.strictSame(kv.get(key), { [key]: 1 }, key)
    }
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

void t.test('each change of a key is an event under it; what changes nothing is none', async (t) => {
  const kv = new KeyValue()
  t.same(
    emittedBy(() => kv.set('a', 1)),
    [['a', { value: 1 }]],
  )
  t.same(
    emittedBy(() => [kv.cas('a', 1, [2]), kv.delete('a')]),
    [
      ['a', { value: [2] }],
      ['a', { value: null }],
    ],
  )
  t.same(
    emittedBy(() => [kv.cas('a', 1, 3), kv.delete('a')]),
    [],
  )
})

void t.test('a value whose event can not be emitted is not set', async (t) => {
  const kv = new KeyValue()
  const refuse = () => {
    throw new RangeError('too much')
  }
  t.throws(() => inTerm(1, () => kv.set('a', 1), refuse), RangeError)
  t.equal(kv.get('a'), null)
})

void t.test('bug: keys of a large store were refused; they are all there, sorted, each once', async (t) => {
  const kv = new KeyValue()
  for (let n = 0; n < 100_000; n++) kv.pairs.set(`user:${n}`, 1)
  const sorted = Array.from({ length: 100_000 }, (_, n) => `user:${n}`).sort()
  t.ok(kv.keys('user:').join() === sorted.join())
  t.same(
    kv.keys('user:9999'),
    [9999, ...Array.from({ length: 10 }, (_, n) => 99990 + n)].map((n) => `user:${n}`),
  )
})

void t.test('keys that no message could carry are refused, and asked for by longer prefixes', async (t) => {
  const kv = new KeyValue()
  for (let n = 0; n < 20; n++) kv.pairs.set(`${n % 10}${'x'.repeat(900_000)}${n}`, 1)
  t.throws(() => kv.keys(), TooLargeError)
  t.throws(() => kv.keys(), { message: /begin with "": give longer prefixes, one after another/ })
  t.equal(kv.keys('1').length, 2)
})

void t.test(
  'keys are those of one moment, whatever is set and deleted while they are gathered',
  async (t) => {
    const kv = new KeyValue()
    for (let n = 0; n < 2_000; n++) kv.pairs.set(`key ${n}`, 1)
    const before = kv.keys()
    const steps = kv[STEPWISE]['keys']?.()
    for (let n = 0, next = steps?.next(); next !== undefined; next = steps?.next(), n++) {
      if (next.done === true) {
        t.same(next.value, before)
        return
      }
      for (let at = n; at < 2_000; at += 7) {
        if (at % 2 === 0) kv.pairs.delete(`key ${at}`)
        else kv.pairs.set(`key ${at}`, n)
        kv.pairs.set(`new ${n} ${at}`, 1)
      }
    }
  },
)
