/** Maps, sets and lists by name, each as people know them. */
import t from 'tap'
import type { Json } from '../../../lib/json.js'
import { InvalidParamsError } from '../../../lib/rpc/errors.js'
import { COLLECTION_LIMITS } from '../../../lib/shipped/collections.js'
import { Lists } from '../../../lib/shipped/list.js'
import { Maps } from '../../../lib/shipped/map.js'
import { Sets } from '../../../lib/shipped/set.js'
import { copyOf, Played } from './played.js'

const maps = () => new Played(new Maps())
const sets = () => new Played(new Sets())
const lists = () => new Played(new Lists())

t.test('a map keeps values by their keys, and each name is a map of its own', (t) => {
  const it = maps()
  t.equal(
    it.run((map) => map.set('stock', 'tea', 5)),
    null,
  )
  t.equal(
    it.run((map) => map.set('stock', 'tea', 6)),
    5,
  )
  it.run((map) => map.set('other', 'tea', 'green'))
  t.equal(it.object.get('stock', 'tea'), 6)
  t.equal(it.object.has('stock', 'milk'), false)
  t.equal(it.object.get('stock', 'milk'), null)
  t.equal(
    it.run((map) => map.delete('stock', 'tea')),
    true,
  )
  t.equal(
    it.run((map) => map.delete('stock', 'tea')),
    false,
  )
  t.equal(it.object.size('stock'), 0)
  t.equal(it.object.size('other'), 1)
  t.same(it.told(), [
    ['stock', { key: 'tea', value: 5 }],
    ['stock', { key: 'tea', value: 6 }],
    ['other', { key: 'tea', value: 'green' }],
    ['stock', { key: 'tea', value: null }],
  ])
  t.end()
})

t.test('a map changes a value that is as it was expected, and no other', (t) => {
  const it = maps()
  t.equal(
    it.run((map) => map.cas('m', 'a', null, [1])),
    true,
  )
  t.equal(
    it.run((map) => map.cas('m', 'a', null, 2)),
    false,
  )
  t.equal(
    it.run((map) => map.cas('m', 'a', [1], null)),
    true,
    'null deletes it',
  )
  t.equal(it.object.size('m'), 0)
  t.equal(
    it.run((map) => map.cas('m', 'a', null, null)),
    true,
    'nothing is to be there, and nothing is',
  )
  t.equal(it.told().length, 2)
  t.end()
})

t.test('entries come sorted, a slice after another, whatever is put in or taken out between them', (t) => {
  const it = maps()
  const keys = Array.from({ length: 500 }, (_, n) => `key ${n}`)
  for (const key of keys) it.run((map) => map.set('m', key, key.length))
  const seen: string[] = []
  for (let last: string | null = null; ; last = seen.at(-1) ?? null) {
    const page = it.object.entries('m', last, 70)
    if (page.length === 0) break
    seen.push(...page.map(([key]) => key))
    it.run((map) => [map.delete('m', seen[0] ?? ''), map.set('m', `a ${seen.length}`, 1)])
  }
  t.same(seen, keys.sort())
  t.equal(it.object.entries('m').length, 100)
  t.end()
})

t.test('no answer is longer than a message may be', (t) => {
  const it = maps()
  for (let n = 0; n < 200; n++) it.run((map) => map.set('m', `${n}`, 'x'.repeat(16_000)))
  const page = it.object.entries('m', null, 1_000)
  t.ok(page.length < 70)
  t.equal(it.object.entries('m', page.at(-1)?.[0], 1).length, 1)
  t.end()
})

t.test('a set holds each text once', (t) => {
  const it = sets()
  t.same(
    ['b', 'a', 'b'].map((value) => it.run((set) => set.add('online', value))),
    [true, true, false],
  )
  t.same(it.object.values('online'), ['a', 'b'])
  t.same(it.object.values('online', 'a'), ['b'])
  t.equal(it.object.size('online'), 2)
  t.equal(
    it.run((set) => set.delete('online', 'a')),
    true,
  )
  t.equal(
    it.run((set) => set.delete('online', 'a')),
    false,
  )
  t.equal(it.object.has('online', 'b'), true)
  t.same(it.told(), [
    ['online', { added: 'b' }],
    ['online', { added: 'a' }],
    ['online', { deleted: 'a' }],
  ])
  t.end()
})

t.test('a list grows and shrinks at both ends, and tells each change as a splice', (t) => {
  const it = lists()
  const copy: unknown[] = []
  for (const value of [2, 3, { four: 4 }])
    t.equal(
      it.run((list) => list.push('l', value)),
      it.object.length('l'),
    )
  it.run((list) => list.unshift('l', 1))
  t.same(it.object.slice('l'), [1, 2, 3, { four: 4 }])
  t.equal(
    it.run((list) => list.shift('l')),
    1,
  )
  t.same(
    it.run((list) => list.pop('l')),
    { four: 4 },
  )
  t.equal(
    it.run((list) => list.set('l', -1, 'three')),
    3,
  )
  t.equal(
    it.run((list) => list.set('l', 2, 'beyond')),
    null,
  )
  for (const [, data] of it.told()) {
    const { at, removed, added } = data as { at: number; removed: number; added: unknown[] }
    copy.splice(at, removed, ...added)
  }
  t.same(copy, [2, 'three'])
  t.same(it.object.slice('l'), copy)
  t.equal(it.object.at('l', -1), 'three')
  t.equal(it.object.at('l', -3), null)
  t.equal(it.object.at('l', 2), null)
  it.run((list) => [list.pop('l'), list.pop('l')])
  for (const empty of [(list: Lists) => list.pop('l'), (list: Lists) => list.shift('l')])
    t.equal(it.run(empty), null)
  t.equal(it.object.length('l'), 0)
  t.end()
})

t.test('slices of a list are those of an array', (t) => {
  const it = lists()
  const plain = Array.from({ length: 150 }, (_, n) => n)
  for (const value of plain) it.run((list) => list.push('l', value))
  for (const from of [0, 3, 149, 150, 151, -1, -150, -151])
    for (const to of [undefined, 0, 4, 150, 200, -1, -150, -151])
      t.same(it.object.slice('l', from, to ?? null), plain.slice(from, to), `from ${from} to ${to}`)
  t.end()
})

t.test('what is cleared takes no room any more, and tells so once', (t) => {
  const [map, set, list] = [maps(), sets(), lists()]
  for (let n = 0; n < 300; n++) {
    map.run((it) => it.set('m', `${n}`, n))
    set.run((it) => it.add('s', `${n}`))
    list.run((it) => it.push('l', n))
  }
  for (const each of [map, set, list]) each.told()
  t.equal(
    map.run((it) => it.clear('m')),
    300,
  )
  t.equal(
    set.run((it) => it.clear('s')),
    300,
  )
  t.equal(
    list.run((it) => it.clear('l')),
    300,
  )
  t.same(map.told(), [['m', { cleared: true }]])
  t.same(set.told(), [['s', { cleared: true }]])
  t.same(list.told(), [['l', { at: 0, removed: 300, added: [] }]])
  for (const { object } of [map, set, list]) t.same([...object.snapshot()], [])
  t.equal(
    map.run((it) => it.clear('m')),
    0,
  )
  t.same(map.told(), [])
  t.end()
})

t.test('a snapshot brings all of it back, and an attempt that fails leaves nothing', async (t) => {
  const [map, set, list] = [maps(), sets(), lists()]
  for (let n = 0; n < 300; n++) {
    map.run((it) => it.set(`m${n % 3}`, `${(n * 7) % 300}`, { n }))
    set.run((it) => it.add(`s${n % 3}`, `${(n * 7) % 300}`))
    list.run((it) => (n % 2 === 0 ? it.push(`l${n % 3}`, [n]) : it.unshift(`l${n % 3}`, [n])))
  }
  const before = [map, set, list].map(({ object }) => [...object.snapshot()])
  const undone = (): never => {
    throw new Error('undone')
  }
  t.throws(() => map.run((it) => it.attempt(() => [it.clear('m0'), it.set('m1', 'a', 1), undone()])))
  t.throws(() => set.run((it) => it.attempt(() => [it.clear('s0'), it.add('s1', 'a'), undone()])))
  t.throws(() => list.run((it) => it.attempt(() => [it.clear('l0'), it.shift('l1'), undone()])))
  t.same(
    [map, set, list].map(({ object }) => [...object.snapshot()]),
    before,
  )
  t.same((await copyOf(map.object, Maps)).entries('m1'), map.object.entries('m1'))
  t.same((await copyOf(set.object, Sets)).values('s1'), set.object.values('s1'))
  t.same((await copyOf(list.object, Lists)).slice('l1'), list.object.slice('l1'))
})

t.test('a snapshot that was begun is of its moment, whatever is put in meanwhile', async (t) => {
  const it = lists()
  for (let n = 0; n < 200; n++) it.run((list) => list.push('l', n))
  const before = [...it.object.snapshot()]
  async function* taken(): AsyncGenerator<Json> {
    for (const chunk of it.object.snapshot()) {
      yield await Promise.resolve(chunk)
      it.run((list) => [list.shift('l'), list.push('l', 'new')])
    }
  }
  const copy = new Lists()
  await copy.restore(taken())
  t.same([...copy.snapshot()], before)
})

t.test('one that is full takes no more, and says so', (t) => {
  const it = lists()
  for (let n = 0; n < COLLECTION_LIMITS.items; n++) it.run((list) => list.push('l', n))
  t.throws(() => it.run((list) => list.push('l', 'more')), {
    name: 'OverloadedError',
    message: 'the list "l" holds 100000 already: take something out of it before',
  })
  it.run((list) => list.push('another', 1))
  t.equal(it.object.at('l', -1), COLLECTION_LIMITS.items - 1)
  t.end()
})

t.test('what is no name, no key and no value is refused, and nothing has changed', (t) => {
  const [map, set, list] = [maps(), sets(), lists()]
  const bad: readonly (() => unknown)[] = [
    () => map.run((it) => it.set('', 'a', 1)),
    () => map.run((it) => it.set('m', JSON.parse('7'), 1)),
    () => map.run((it) => it.set('m', 'a'.repeat(513), 1)),
    () => map.run((it) => it.set('m', 'a', null)),
    () => map.run((it) => it.set('m', 'a', 'x'.repeat(16_384))),
    () => map.object.entries('m', JSON.parse('7')),
    () => map.object.entries('m', null, 1_001),
    () => set.run((it) => it.add('s', JSON.parse('7'))),
    () => set.object.values('s', null, 0),
    () => list.run((it) => it.push('l', null)),
    () => list.run((it) => it.set('l', 1.5, 1)),
    () => list.object.at('l', JSON.parse('"0"')),
    () => list.object.slice('l', JSON.parse('null')),
  ]
  for (const call of bad) t.throws(call, InvalidParamsError, String(call))
  for (const { object, events } of [map, set, list]) t.same([[...object.snapshot()], events], [[], []])
  t.end()
})
