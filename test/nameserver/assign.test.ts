/** Which of the names with a tag a key belongs to. */
import t from 'tap'
import type { AssignOptions } from '../../lib/names.js'
import { LIMITS } from '../../nameserver/limits.js'
import { Names, outcome } from './at.js'

const KEYS = Array.from({ length: 3_000 }, (_, n) => `user${n}`)
const TAG = { tag: 'cluster' }

function clusters(...ids: readonly string[]): Names {
  const names = new Names()
  for (const id of ids) join(names, id)
  return names
}

function join(names: Names, id: string): void {
  names.register(`cluster.${id}`, `${id}@localhost:1`, { metadata: ['cluster', id] })
}

function assigned({ registry }: Names): readonly string[] {
  return KEYS.map((key) => registry.assign(key, TAG).name)
}

t.test('keys are spread evenly over the names with the tag, whoever was there first', (t) => {
  const homes = assigned(clusters('a', 'b', 'c'))
  t.same(homes, assigned(clusters('c', 'b', 'a')))
  for (const name of ['cluster.a', 'cluster.b', 'cluster.c']) {
    const share = homes.filter((home) => home === name).length
    t.ok(share > 900 && share < 1100, `${name}: ${share} of 3,000`)
  }
  t.end()
})

t.test('a name that comes takes its share, and when it goes each key is back; no other key moves', (t) => {
  const names = clusters('a', 'b', 'c')
  const before = assigned(names)
  join(names, 'd')
  const after = assigned(names)
  const moved = after.filter((home, at) => home !== before[at])
  t.ok(moved.length > 650 && moved.length < 850, `${moved.length} of 3,000`)
  t.ok(moved.every((home) => home === 'cluster.d'))
  names.remove('cluster.d')
  t.same(assigned(names), before)
  t.end()
})

t.test('the score is what docs/names.md says: other programs find the same', (t) => {
  const { registry } = clusters('a', 'b', 'c')
  t.equal(registry.assign('', TAG).name, 'cluster.a')
  t.equal(registry.assign('ann', TAG).name, 'cluster.a')
  t.equal(registry.assign('Ångström 東京', TAG).name, 'cluster.a')
  t.end()
})

t.test('only what carries the tag at this moment is assigned', async (t) => {
  const names = clusters('a')
  names.register('else', 'x@localhost:2', { metadata: ['other'] })
  t.same(names.registry.assign('ann', TAG), {
    name: 'cluster.a',
    uri: 'a@localhost:1',
    metadata: ['a', 'cluster'],
  })
  names.setMetadata('cluster.a', ['a'])
  t.equal(
    outcome(() => names.registry.assign('ann', TAG)),
    'NAME_NOT_FOUND',
  )
  names.register('leased', 'y@localhost:3', { metadata: ['cluster'], ttlMs: 100 })
  t.equal(names.registry.assign('ann', TAG).name, 'leased')
  await names.restart()
  t.equal(names.registry.assign('ann', TAG).name, 'leased', 'also after a restart')
  names.now += 101
  names.expire()
  t.equal(
    outcome(() => names.registry.assign('ann', TAG)),
    'NAME_NOT_FOUND',
  )
  t.end()
})

t.test('a shared name is one, whatever tags its places have', (t) => {
  const names = new Names()
  names.register('pair', 'a@localhost:1', { shared: true, metadata: ['cluster'] })
  names.register('pair', 'b@localhost:1', { shared: true, metadata: ['spare'] })
  t.same(names.registry.assign('ann', TAG).uris, ['a@localhost:1', 'b@localhost:1'])
  names.unregister('pair', 'a@localhost:1')
  t.equal(
    outcome(() => names.registry.assign('ann', TAG)),
    'NAME_NOT_FOUND',
  )
  names.unregister('pair', 'b@localhost:1')
  t.end()
})

t.test('what is no question is answered with a sentence', (t) => {
  const { registry } = clusters('a')
  const wrong = (key: unknown, options?: unknown) =>
    outcome(() => registry.assign(key as string, options as AssignOptions))
  t.equal(wrong('ann'), 'INVALID_PARAMS')
  t.equal(wrong('ann', 'cluster'), 'INVALID_PARAMS')
  t.equal(wrong('ann', { tags: 'cluster' }), 'INVALID_PARAMS')
  t.equal(wrong(7, TAG), 'INVALID_PARAMS')
  t.equal(wrong('a'.repeat(LIMITS.keyLength + 1), TAG), 'TOO_LARGE')
  t.equal(wrong('ann', { tag: 'x'.repeat(LIMITS.tagLength + 1) }), 'TOO_LARGE')
  t.end()
})

t.test('among too many names nothing is assigned, and what to do is said', (t) => {
  const names = clusters(...Array.from({ length: LIMITS.assigned + 1 }, (_, n) => `${n}`))
  t.throws(() => names.registry.assign('ann', TAG), {
    label: 'TOO_LARGE',
    message: /1001 names carry the tag "cluster".*a tag of their own/,
  })
  names.setMetadata('cluster.7', ['spare'])
  t.match(names.registry.assign('ann', TAG).name, /^cluster/, 'who has lost the tag is not counted')
  t.end()
})
