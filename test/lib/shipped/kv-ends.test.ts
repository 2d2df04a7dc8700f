/** Keys that end by themselves, and several keys in one command. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { InvalidParamsError, TooLargeError } from '../../../lib/rpc/errors.js'
import { KeyValue } from '../../../lib/shipped/kv.js'
import { KV_LIMITS } from '../../../lib/shipped/kv-params.js'
import type { KvTransaction } from '../../../lib/shipped/kv-transaction.js'
import { copyOf, Played } from './played.js'

const played = () => new Played(new KeyValue())
const hostile = (text: string) => JSON.parse(text) as KvTransaction

t.test('a key that was set for a while ends when that is over, and watchers are told so', (t) => {
  const kv = played()
  t.equal(
    kv.run((it) => it.setFor('session/7', 'ann', 1_000)),
    null,
  )
  t.equal(kv.object.endsAt('session/7'), kv.now + 1_000)
  kv.pass(999)
  t.equal(kv.object.get('session/7'), 'ann')
  kv.told()
  kv.pass(1)
  t.equal(kv.object.get('session/7'), null)
  t.same(kv.told(), [['session/7', { value: null, expired: true }]])
  t.equal(kv.object.nextExpiry(), undefined)
  t.end()
})

t.test('a key is kept up by a touch, and stays for good by one without a time', (t) => {
  const kv = played()
  kv.run((it) => it.setFor('a', 1, 1_000))
  kv.pass(900)
  t.equal(
    kv.run((it) => it.touch('a', 1_000)),
    true,
  )
  kv.pass(900)
  t.equal(kv.object.get('a'), 1)
  t.equal(
    kv.run((it) => it.touch('a', null)),
    true,
  )
  kv.pass(1_000_000)
  t.equal(kv.object.get('a'), 1)
  kv.run((it) => it.touch('a', 5))
  kv.pass(5)
  t.equal(kv.object.get('a'), null)
  t.equal(
    kv.run((it) => it.touch('a', 1_000)),
    false,
    'it is not there any more',
  )
  t.equal(kv.object.endsAt('a'), null)
  t.end()
})

t.test('a key that is set, swapped or deleted otherwise does not end by what was said before', (t) => {
  const kv = played()
  const others: readonly ((it: KeyValue) => unknown)[] = [
    (it) => it.set('a', 2),
    (it) => it.cas('a', 1, 2),
    (it) => [it.delete('a'), it.set('a', 2)],
    (it) => it.transact({ if: [], then: [{ set: 'a', value: 2 }] }),
  ]
  for (const other of others) {
    kv.run((it) => it.setFor('a', 1, 1_000))
    kv.run(other)
    t.equal(kv.object.endsAt('a'), null, String(other))
    kv.pass(2_000)
    t.equal(kv.object.get('a'), 2, String(other))
  }
  t.end()
})

t.test('many keys end in commands of which none tells more than one may', (t) => {
  const kv = played()
  for (let n = 0; n < 1_200; n++) kv.run((it) => it.setFor(`key ${n}`, n, 10_000))
  const long = 'x'.repeat(400_000)
  for (let n = 0; n < 6; n++) kv.run((it) => it.setFor(`${n}${long}`, n, 10_000))
  kv.told()
  const before = kv.index
  kv.pass(20_000)
  t.equal(kv.object.keys().length, 0)
  t.equal(kv.told().length, 1_206)
  t.ok(kv.index - before >= 5)
  t.end()
})

t.test('times come back from a snapshot, and one that an older build has taken has none', async (t) => {
  const kv = played()
  kv.run((it) => it.set('for good', 1))
  for (let n = 0; n < 100; n++) kv.run((it) => it.setFor(`key ${n}`, n, 1_000))
  const copy = new Played(await copyOf(kv.object, KeyValue))
  Object.assign(copy, { now: kv.now, index: kv.index })
  copy.pass(999)
  t.equal(copy.object.keys().length, 101)
  copy.pass(1_000)
  t.same(copy.object.keys(), ['for good'])
  const old = new KeyValue()
  await old.restore(chunks(['a', 1, 'b', { c: 2 }]))
  t.same(old.get('b'), { c: 2 })
  t.equal(old.nextExpiry(), undefined)
  t.ok([...old.snapshot()].every(Array.isArray), 'without times it is as an older build reads it')
})

async function* chunks(...all: readonly Json[]): AsyncGenerator<Json> {
  for (const chunk of all) yield await Promise.resolve(chunk)
}

t.test('an attempt that fails leaves neither keys nor times', (t) => {
  const kv = played()
  kv.run((it) => it.setFor('a', 1, 1_000))
  const before = [...kv.object.snapshot()]
  t.throws(() =>
    kv.run((it) =>
      it.attempt(() => {
        it.set('a', 2)
        it.setFor('b', 2, 10)
        it.touch('b', 5)
        throw new Error('undone')
      }),
    ),
  )
  t.same([...kv.object.snapshot()], before)
  kv.pass(999)
  t.equal(kv.object.get('a'), 1)
  kv.pass(1)
  t.equal(kv.object.get('a'), null)
  t.end()
})

t.test('what is no time is refused, and nothing has changed', (t) => {
  const kv = played()
  for (const ttlMs of ['0', '-1', '1.5', '"1000"', '1e300', 'null'])
    t.throws(() => kv.run((it) => it.setFor('a', 1, JSON.parse(ttlMs))), InvalidParamsError, ttlMs)
  t.throws(() => kv.run((it) => it.setFor('a', 1, KV_LIMITS.ttlMs + 1)), InvalidParamsError)
  t.throws(() => kv.run((it) => it.touch('a', 0)), InvalidParamsError)
  t.throws(() => kv.run((it) => it.setFor('a', null, 1_000)), InvalidParamsError)
  t.equal(kv.object.get('a'), null)
  t.end()
})

t.test(
  'a transaction does what is to be done then if all holds, and else what is to be done otherwise',
  (t) => {
    const kv = played()
    kv.run((it) => it.set('stock/tea', 5))
    kv.told()
    const sell: KvTransaction = {
      if: [
        { key: 'stock/tea', equals: 5 },
        { key: 'order/7', equals: null },
        { key: 'stock/tea', differs: null },
      ],
      then: [
        { set: 'stock/tea', value: 4 },
        { set: 'order/7', value: { by: 'ann' }, ttlMs: 500 },
        { get: 'order/7' },
      ],
      else: [{ get: 'stock/tea' }, { delete: 'nothing' }],
    }
    t.same(
      kv.run((it) => it.transact(sell)),
      { succeeded: true, results: [5, null, { by: 'ann' }] },
    )
    t.same(kv.told(), [
      ['stock/tea', { value: 4 }],
      ['order/7', { value: { by: 'ann' } }],
    ])
    t.same(
      kv.run((it) => it.transact(sell)),
      { succeeded: false, results: [4, false] },
    )
    t.same(kv.told(), [])
    kv.pass(500)
    t.equal(kv.object.get('order/7'), null, 'it ends as one that was set for a while')
    t.same(
      kv.run((it) =>
        it.transact({ if: [{ key: 'stock/tea', differs: 4 }], then: [{ delete: 'stock/tea' }] }),
      ),
      { succeeded: false, results: [] },
    )
    t.end()
  },
)

t.test('a transaction whose answer would be too long has changed nothing', (t) => {
  const kv = played()
  kv.run((it) => it.set('long', 'x'.repeat(600_000)))
  const then = [{ set: 'a', value: 1 }, { get: 'long' }, { get: 'long' }]
  t.throws(() => kv.run((it) => it.transact({ if: [], then })), TooLargeError)
  t.equal(kv.object.get('a'), null)
  t.end()
})

t.test('bug: what a part had set stayed there when the entry around it failed after it', (t) => {
  const kv = played()
  kv.run((it) => it.set('long', 'x'.repeat(600_000)))
  const then = [{ set: 'a', value: 1 }, { get: 'long' }, { get: 'long' }]
  t.throws(() => kv.run((it) => it.attempt(() => it.transact({ if: [], then }))), TooLargeError)
  t.equal(kv.object.get('a'), null)
  t.end()
})

t.test('what is no transaction is refused by the place of its mistake', (t) => {
  const kv = played()
  const bad: readonly (readonly [text: string, why: RegExp])[] = [
    ['null', /must be \{if: /],
    ['{"if": [], "than": []}', /must be \{if: /],
    ['{"if": [], "then": [], "finally": []}', /must be \{if: /],
    ['{"if": [{"key": "a"}], "then": []}', /if\[0\] must be \{key, equals\} or \{key, differs\}$/],
    ['{"if": [{"key": "a", "equals": 1, "differs": 1}], "then": []}', /if\[0\] must be/],
    ['{"if": [{"key": 7, "equals": 1}], "then": []}', /if\[0\]: key must be a string$/],
    ['{"if": [], "then": [{"get": "a", "set": "b"}]}', /then\[0\] must be \{get: key\}/],
    ['{"if": [], "then": [{"get": "a", "value": 1}]}', /then\[0\] must be \{get: key\}/],
    ['{"if": [], "then": [], "else": [{"set": "a"}]}', /else\[0\]: value must be anything but null/],
    ['{"if": [], "then": [{"set": "a", "value": 1, "ttlMs": 0}]}', /then\[0\]: ttlMs must be/],
    ['{"if": [], "then": [{"increment": "a"}]}', /then\[0\] must be/],
  ]
  for (const [text, message] of bad)
    t.throws(() => kv.run((it) => it.transact(hostile(text))), { name: 'InvalidParamsError', message }, text)
  const many = Array.from({ length: KV_LIMITS.parts + 1 }, () => ({ get: 'a' }))
  t.throws(() => kv.run((it) => it.transact({ if: [], then: many })), /at most 500 conditions and operations/)
  t.same(kv.events, [])
  t.end()
})
