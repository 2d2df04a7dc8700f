/** Names that several processes share, and leases that keep them, as the registry's commands decide. */
import t from 'tap'
import { LIMITS } from '../../nameserver/limits.js'
import { fence, Names, outcome } from './at.js'

const A = 'greeter@localhost:1'
const B = 'greeter@localhost:2'
const C = 'greeter@localhost:3'

function sharing(...uris: readonly string[]): Names {
  const names = new Names()
  for (const uri of uris) names.register('greeter', uri, { shared: true })
  return names
}

const looked = (names: Names, times: number): readonly string[] =>
  Array.from({ length: times }, () => names.registry.lookup('greeter'))

t.test('a shared name holds all its URIs, and each look-up gives another one', (t) => {
  const names = sharing(A, B, C)
  const record = { name: 'greeter', uri: A, metadata: [], uris: [A, B, C] }
  t.same(names.registry.list(), [record])
  t.same(names.registry.lookup('greeter', { record: true }), record)
  t.same(looked(names, 7), [A, B, C, A, B, C, A])
  t.end()
})

t.test('two names that are looked up in turn are each spread', (t) => {
  const names = sharing(A, B)
  names.register('other', 'x@localhost:1', { shared: true })
  names.register('other', 'x@localhost:2', { shared: true })
  const both = Array.from({ length: 2 }, () => [
    names.registry.lookup('greeter'),
    names.registry.lookup('other'),
  ])
  t.same(both, [
    [A, 'x@localhost:1'],
    [B, 'x@localhost:2'],
  ])
  t.end()
})

t.test('who registers again stays where it was, and who shares alone is shared', (t) => {
  const names = sharing(A, B)
  names.register('greeter', A, { shared: true })
  t.same(names.registry.lookup('greeter', { record: true }), {
    name: 'greeter',
    uri: A,
    metadata: [],
    uris: [A, B],
  })
  t.same(sharing(A).registry.list(), [{ name: 'greeter', uri: A, metadata: [], uris: [A] }])
  t.end()
})

t.test('a name is shared by all that have it, or by none', (t) => {
  const alone = new Names()
  alone.register('greeter', A)
  for (const options of [{ shared: true }, { shared: true, safe: true }])
    t.equal(
      outcome(() => alone.register('greeter', B, options)),
      'NAME_TAKEN',
    )
  const shared = sharing(A)
  for (const options of [{}, { safe: true }, fence('c', 1)])
    t.equal(
      outcome(() => shared.register('greeter', B, options)),
      'NAME_TAKEN',
    )
  t.same(shared.registry.list(), [{ name: 'greeter', uri: A, metadata: [], uris: [A] }])
  t.end()
})

t.test('one whose lease is over does not keep a name from being had otherwise', (t) => {
  const names = new Names()
  names.register('greeter', A, { shared: true, ttlMs: 100 })
  names.now += 100
  names.expire()
  names.register('greeter', B)
  t.same(names.registry.list(), [{ name: 'greeter', uri: B, metadata: [] }])
  t.end()
})

t.test('each place of a shared name has tags and a time of its own', (t) => {
  const names = new Names()
  names.register('greeter', A, { shared: true, metadata: ['x', 'z'], ttlMs: 100 })
  names.register('greeter', B, { shared: true, metadata: ['y', 'x'], ttlMs: 300 })
  names.register('greeter', C, { shared: true })
  t.same(names.registry.list({ all: ['x', 'y', 'z'] }), [
    { name: 'greeter', uri: A, metadata: ['x', 'y', 'z'], uris: [A, B, C] },
  ])
  names.now += 100
  t.same(names.expire(), { ended: 1, nextMs: 200 })
  t.same(names.registry.list(), [{ name: 'greeter', uri: B, metadata: ['x', 'y'], uris: [B, C] }])
  names.now += 200
  t.same(names.expire(), { ended: 1, nextMs: null })
  t.same(looked(names, 2), [C, C])
  t.end()
})

t.test('what has ended and is not forgotten yet is not given out, beside others that live', (t) => {
  const names = new Names()
  for (let n = 0; n < 500; n++) names.register(`thing${n}`, A, { ttlMs: 100 })
  for (let n = 0; n < 100; n++) {
    names.register(`shared${n}`, A, { shared: true, ttlMs: 100 })
    names.register(`shared${n}`, B, { shared: true })
  }
  names.now += 100
  t.same(names.expire(), { ended: 500, nextMs: 0 })
  for (let n = 0; n < 100; n++)
    t.same(names.registry.lookup(`shared${n}`, { record: true }).uris, [B], `shared${n}`)
  t.same(names.expire(), { ended: 100, nextMs: null })
  t.end()
})

t.test('unregister takes back one registration, and never that of a successor', (t) => {
  const names = sharing(A, B)
  t.equal(names.unregister('greeter', A), true)
  t.equal(names.unregister('greeter', A), false)
  t.same(looked(names, 2), [B, B])
  t.equal(names.unregister('greeter', B), true)
  t.same(names.registry.list(), [])
  names.register('alone', A)
  names.register('alone', B)
  t.equal(names.unregister('alone', A), false, 'it is somebody else by now')
  t.equal(names.registry.lookup('alone'), B)
  t.equal(names.unregister('alone', B), true)
  t.equal(names.unregister('nobody', B), false)
  t.end()
})

t.test('remove takes a shared name with all its places', (t) => {
  const names = sharing(A, B)
  t.equal(names.remove('greeter'), true)
  t.same(names.registry.list(), [])
  t.same(names.events.at(-1), ['greeter', { name: 'greeter', uri: null }])
  t.end()
})

t.test('a fence outlives the registration that was taken back', (t) => {
  const names = new Names()
  names.register('leader', A, fence('c', 5))
  t.equal(names.unregister('leader', A), true)
  t.equal(
    outcome(() => names.register('leader', B, fence('c', 4))),
    'STALE_TERM',
  )
  t.end()
})

t.test('who watches a shared name hears of all its places, and of no renewal', (t) => {
  const names = sharing(A)
  names.register('greeter', B, { shared: true, metadata: ['x'] })
  names.register('greeter', B, { shared: true, metadata: ['x'] })
  names.unregister('greeter', A)
  names.unregister('greeter', B)
  const told = (uris: readonly string[], metadata: readonly string[] = []) => [
    'greeter',
    { name: 'greeter', uri: uris[0], metadata, uris },
  ]
  t.same(names.events, [
    told([A]),
    told([A, B], ['x']),
    told([B], ['x']),
    ['greeter', { name: 'greeter', uri: null }],
  ])
  t.end()
})

t.test(
  'all that one lease keeps is renewed by one call, and ends together when its process is silent',
  (t) => {
    const names = new Names()
    const kept = { ttlMs: 4_000, lease: 'mine' }
    names.register('a', A, kept)
    names.register('b', A, { ...kept, shared: true })
    names.register('b', B, { ttlMs: 4_000, lease: 'theirs', shared: true })
    names.register('c', C)
    t.equal(names.registry.renew('mine'), 2)
    t.equal(names.registry.renew('theirs'), 1)
    t.equal(names.registry.renew('nobody'), 0)
    names.now += 1e9
    t.same(names.expire(), { ended: 0, nextMs: null }, 'log time does not end them')
    t.same(names.expire('mine', 'nobody'), { ended: 2, nextMs: null })
    t.same(
      names.registry.list().map(({ name, uris = [] }) => [name, ...uris].join(' ')),
      [`b ${B}`, 'c'],
    )
    t.equal(names.registry.renew('mine'), 0)
    t.same([...names.registry.leases], [['theirs', { ttlMs: 4_000, places: 1, names: new Set(['b']) }]])
    t.end()
  },
)

t.test('a lease counts what it keeps, whatever became of the names', (t) => {
  const names = new Names()
  const kept = (lease: string) => ({ ttlMs: 4_000, lease, shared: true })
  for (const name of ['a', 'b', 'c', 'd']) names.register(name, A, kept('mine'))
  names.register('a', A, kept('another'))
  names.remove('b')
  names.unregister('c', A)
  t.equal(names.registry.renew('mine'), 1)
  t.equal(names.registry.renew('another'), 1)
  names.register('d', A, { shared: true })
  t.equal(names.registry.renew('mine'), 0, 'for good by now')
  t.same(names.expire('mine'), { ended: 0, nextMs: null })
  t.end()
})

t.test('a snapshot keeps places, their order, leases and times', async (t) => {
  const names = sharing(B, A)
  names.register('greeter', C, { shared: true, ttlMs: 4_000, lease: 'mine', metadata: ['x'] })
  names.register('timed', A, { shared: true, ttlMs: 100 })
  names.register('alone', A, { ttlMs: 4_000, lease: 'mine' })
  names.register('plain', A, { ttlMs: 100 })
  const before = names.registry.list()
  await names.restart()
  t.same(names.registry.list(), before)
  t.equal(names.registry.renew('mine'), 2)
  t.equal(
    outcome(() => names.register('alone', B, { shared: true })),
    'NAME_TAKEN',
    'it is not shared after it either',
  )
  names.now += 100
  t.same(names.expire('mine'), { ended: 4, nextMs: null })
  t.same(
    names.registry.list().map(({ name, uris = [] }) => [name, ...uris].join(' ')),
    [`greeter ${B} ${A}`],
  )
})

t.test('so many share a name, and each counts as one of all', (t) => {
  const names = new Names()
  const uri = (n: number) => `x@localhost:${n + 1}`
  for (let n = 0; n < LIMITS.places; n++) names.register('greeter', uri(n), { shared: true })
  const one = () => names.register('greeter', uri(LIMITS.places), { shared: true })
  t.equal(outcome(one), 'OVERLOADED')
  const shortage = (name: string, place: string, options = {}) =>
    names.registry.refusal(name, place, options).shortage
  t.match(shortage('greeter', uri(LIMITS.places), { shared: true }), { label: 'OVERLOADED' })
  t.equal(shortage('greeter', uri(0), { shared: true }), undefined, 'a renewal finds room')
  while (shortage('another', A) === undefined) names.register(`n${names.now++}`, A)
  t.equal(names.registry.list().length, LIMITS.records - LIMITS.places + 1)
  t.equal(
    outcome(() => names.register('another', A)),
    'OVERLOADED',
  )
  names.unregister('greeter', uri(0))
  t.equal(outcome(one) instanceof Object, true, 'one that went makes room')
  t.end()
})

for (const [story, options] of Object.entries({
  'a fence and shared': { ...fence('c', 1), shared: true },
  'a fence and a lease': { ...fence('c', 1), lease: 'x', ttlMs: 1 },
  'a lease that lasts for good': { lease: 'x' },
  'an empty lease': { lease: '', ttlMs: 1 },
  'shared that is a text': { shared: 'yes' },
}))
  t.test(`${story} is refused`, (t) => {
    const names = new Names()
    t.equal(
      outcome(() => names.register('n', A, Object(options))),
      'INVALID_PARAMS',
    )
    t.same(names.registry.list(), [])
    t.end()
  })

t.test('what was written for members that know no sharing comes to what it came to there', (t) => {
  const names = new Names()
  names.version = 1
  t.throws(() => names.register('n', A, { shared: true }), {
    message: 'options has an unknown member "shared"; known are safe, metadata, ttlMs, fence',
  })
  t.throws(() => names.register('n', A, { lease: 'x', ttlMs: 1 }), { message: /unknown member "lease"/ })
  t.same(names.register('n', A, { ttlMs: 100 }), { name: 'n', uri: A, metadata: [] })
  t.end()
})

t.test('other tags can be given to a name, and to one place of a shared one', async (t) => {
  const names = new Names()
  names.register('greeter', A, { shared: true, metadata: ['old'] })
  names.register('greeter', B, { shared: true, metadata: ['old'], ttlMs: 100 })
  t.match(names.setMetadata('greeter', ['b', 'a', 'b'], B), { uris: [A, B], metadata: ['a', 'b', 'old'] })
  t.match(names.setMetadata('greeter', ['new']), { metadata: ['new'] })
  t.same(names.registry.list({ all: ['old'] }), [])
  t.same(names.events.at(-1)?.[1], { name: 'greeter', uri: A, uris: [A, B], metadata: ['new'] })
  names.now += 100
  names.expire()
  t.match(
    names.registry.lookup('greeter', { record: true }),
    { uris: [A] },
    'what lasts for a time does so still',
  )
  const { length } = names.events
  names.setMetadata('greeter', ['new'])
  t.equal(names.events.length, length, 'of what is as it was nothing is told')
  t.equal(
    outcome(() => names.setMetadata('greeter', [], B)),
    'NAME_NOT_FOUND',
  )
  t.equal(
    outcome(() => names.setMetadata('nobody', [])),
    'NAME_NOT_FOUND',
  )
  t.equal(
    outcome(() => names.setMetadata('greeter', Array.from({ length: 10_000 }, String))),
    'TOO_LARGE',
  )
})
