import t from 'tap'
import { CAPACITY_VERSION, capacityAt, LIMITS } from '../../nameserver/limits.js'
import { fence, Names, outcome } from './at.js'

const URI = 'thing@localhost:9101'

t.test('a name is looked up, registered anew and removed', (t) => {
  const names = new Names()
  t.same(names.register('thing', URI, { metadata: ['b', 'a', 'b'] }), {
    name: 'thing',
    uri: URI,
    metadata: ['a', 'b'],
  })
  t.equal(names.registry.lookup('thing'), URI)
  names.register('thing', 'thing@[::1]:1')
  t.equal(names.registry.lookup('thing'), 'thing@[::1]:1')
  t.equal(names.remove('thing'), true)
  t.equal(names.remove('thing'), false)
  t.equal(
    outcome(() => names.registry.lookup('thing')),
    'NAME_NOT_FOUND',
  )
  t.equal(names.registry.ping(), 'pong')
  t.end()
})

t.test('names that an object has from birth are names like others', (t) => {
  const names = new Names()
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.equal(
      outcome(() => names.registry.lookup(name)),
      'NAME_NOT_FOUND',
      name,
    )
    names.register(name, URI, fence('__proto__', 1))
    t.equal(names.registry.lookup(name), URI, name)
  }
  t.end()
})

t.test('a lease ends by log time, and renewal begins it anew', (t) => {
  const names = new Names()
  names.register('thing', URI, { ttlMs: 100 })
  names.now += 60
  names.register('thing', URI, { ttlMs: 100 })
  names.now += 99
  t.same(names.expire(), { ended: 0, nextMs: 1 })
  t.equal(names.registry.lookup('thing'), URI)
  names.now += 1
  t.same(names.expire(), { ended: 1, nextMs: null })
  t.equal(
    outcome(() => names.registry.lookup('thing')),
    'NAME_NOT_FOUND',
  )
  t.end()
})

t.test('a lease goes on until it is ended, however late: nobody may have been able to renew it', (t) => {
  const names = new Names()
  names.register('thing', URI, { ttlMs: 100 })
  names.now += 10_000
  names.register('other', URI)
  t.equal(names.remove('nobody'), false)
  t.equal(names.registry.lookup('thing'), URI)
  t.equal(
    outcome(() => names.register('thing', 'b@localhost:1', { safe: true })),
    'NAME_TAKEN',
  )
  names.register('thing', URI, { ttlMs: 100 })
  t.same(names.expire(), { ended: 0, nextMs: 100 })
  t.equal(names.remove('thing'), true)
  t.end()
})

t.test('what has ended and is not forgotten yet is neither found, listed nor removed', (t) => {
  const names = new Names()
  for (let n = 0; n < 501; n++) names.register(`thing${n}`, URI, { ttlMs: 100 })
  names.register('other', URI)
  names.now += 100
  names.events.length = 0
  t.same(names.expire(), { ended: 500, nextMs: 0 })
  const told = new Set(names.events.map(([name]) => name))
  const left = `thing${[...Array(501).keys()].find((n) => !told.has(`thing${n}`))}`
  t.equal(
    outcome(() => names.registry.lookup(left)),
    'NAME_NOT_FOUND',
  )
  t.same(
    names.registry.list().map((record) => record.name),
    ['other'],
  )
  t.equal(names.remove(left), false)
  t.same(names.events.at(-1), [left, { name: left, uri: null }], 'its end is told of')
  t.end()
})

t.test('the next lease to end is the earliest, and records without one never do', (t) => {
  const names = new Names()
  names.register('forever', URI)
  names.register('late', URI, { ttlMs: 500 })
  names.register('soon', URI, { ttlMs: 200 })
  t.same(names.expire(), { ended: 0, nextMs: 200 })
  names.now += 1_000_000
  t.same(names.expire(), { ended: 2, nextMs: null })
  t.equal(names.registry.lookup('forever'), URI)
  t.end()
})

t.test('list is sorted, and every condition given must hold', (t) => {
  const names = new Names()
  names.register('b.two', URI, { metadata: ['x', 'y'] })
  names.register('a.one', URI, { metadata: ['x'] })
  names.register('a.two', URI, { metadata: ['y'] })
  names.register('c', URI)
  const listed = (options: object): string[] => names.registry.list(options).map((record) => record.name)
  t.same(listed({}), ['a.one', 'a.two', 'b.two', 'c'])
  t.same(listed({ prefix: 'a.' }), ['a.one', 'a.two'])
  t.same(listed({ regex: '.*two' }), ['a.two', 'b.two'])
  t.same(listed({ regex: 'two' }), [], 'the whole name must match')
  t.same(listed({ all: ['x', 'y'] }), ['b.two'])
  t.same(listed({ any: ['x', 'y'] }), ['a.one', 'a.two', 'b.two'])
  t.same(listed({ any: [] }), [])
  t.same(listed({ prefix: 'a', regex: '.*two', any: ['y'] }), ['a.two'])
  t.same(names.registry.list({ prefix: 'c' }), [{ name: 'c', uri: URI, metadata: [] }])
  t.end()
})

const WRONG: readonly (readonly [string, readonly unknown[], string])[] = [
  ['no name', [], 'INVALID_PARAMS'],
  ['an empty name', ['', URI], 'INVALID_PARAMS'],
  ['a name with "@"', ['a@b', URI], 'INVALID_PARAMS'],
  ['a name with a line break', ['a\nb', URI], 'INVALID_PARAMS'],
  ['a name with half a character', ['a\ud800', URI], 'INVALID_PARAMS'],
  ['a name that is a number', [7, URI], 'INVALID_PARAMS'],
  ['a name that is too long', ['n'.repeat(LIMITS.nameLength + 1), URI], 'TOO_LARGE'],
  ['no URI', ['n'], 'INVALID_PARAMS'],
  ['a URI without an object', ['n', 'localhost:1'], 'INVALID_PARAMS'],
  ['a URI with a port that is none', ['n', 'a@localhost:99999'], 'INVALID_PARAMS'],
  ['a URI that is too long', ['n', `a@${'h'.repeat(LIMITS.uriLength)}:1`], 'TOO_LARGE'],
  ['options that are a list', ['n', URI, []], 'INVALID_PARAMS'],
  ['options that are a text', ['n', URI, 'safe'], 'INVALID_PARAMS'],
  ['an unknown option', ['n', URI, { saef: true }], 'INVALID_PARAMS'],
  ['safe that is no boolean', ['n', URI, { safe: 1 }], 'INVALID_PARAMS'],
  ['a lease of nothing', ['n', URI, { ttlMs: 0 }], 'INVALID_PARAMS'],
  ['a lease of half a millisecond', ['n', URI, { ttlMs: 0.5 }], 'INVALID_PARAMS'],
  ['a lease beyond the limit', ['n', URI, { ttlMs: LIMITS.ttlMs + 1 }], 'INVALID_PARAMS'],
  ['metadata that is a text', ['n', URI, { metadata: 'tag' }], 'INVALID_PARAMS'],
  ['a tag that is a number', ['n', URI, { metadata: [1] }], 'INVALID_PARAMS'],
  ['too many tags', ['n', URI, { metadata: Array(LIMITS.tags + 1).fill('t') }], 'TOO_LARGE'],
  ['a tag that is too long', ['n', URI, { metadata: ['t'.repeat(LIMITS.tagLength + 1)] }], 'TOO_LARGE'],
  ['a fence without a term', ['n', URI, { fence: { clusterId: 'a' } }], 'INVALID_PARAMS'],
  ['a fence without a cluster', ['n', URI, { fence: { term: 1 } }], 'INVALID_PARAMS'],
  ['a fence of the empty cluster', ['n', URI, { fence: { clusterId: '', term: 1 } }], 'INVALID_PARAMS'],
  ['a negative term', ['n', URI, { fence: { clusterId: 'a', term: -1 } }], 'INVALID_PARAMS'],
  [
    'a fence with a stranger in it',
    ['n', URI, { fence: { ...fence('a', 1).fence, x: 1 } }],
    'INVALID_PARAMS',
  ],
]

t.test('bad input is refused with its error, and leaves no trace', (t) => {
  const names = new Names()
  for (const [what, params, label] of WRONG) {
    const register: (...params: unknown[]) => unknown = names.register.bind(names) as never
    t.equal(
      outcome(() => register(...params)),
      label,
      what,
    )
  }
  t.same(names.registry.list(), [])
  t.end()
})

t.test('bad conditions for a list are refused', (t) => {
  const names = new Names()
  const list = (options: unknown) => outcome(() => names.registry.list(options as never))
  t.equal(list({ prefix: 1 }), 'INVALID_PARAMS')
  t.equal(list({ name: 'x' }), 'INVALID_PARAMS')
  t.equal(list({ all: 'x' }), 'INVALID_PARAMS')
  t.equal(list({ regex: '(' }), 'INVALID_PARAMS')
  t.equal(list({ regex: 'a'.repeat(LIMITS.patternLength + 1) }), 'TOO_LARGE')
  t.same(list(null), [], 'null is no condition')
  t.end()
})

t.test(
  'a full name server refuses new names, serves and renews old ones, and takes new ones when leases end',
  (t) => {
    const names = new Names()
    for (let i = 0; i < LIMITS.records; i++) {
      names.register(`n${i}`, URI, i === 7 ? { ttlMs: 10 } : {})
    }
    t.equal(
      outcome(() => names.register('new', URI)),
      'OVERLOADED',
    )
    t.equal(names.register('n1', URI).uri, URI)
    names.now += 10
    names.expire()
    t.equal(names.register('new', URI).uri, URI)
    t.equal(names.registry.list().length, LIMITS.records)
    t.end()
  },
)

t.test('a command of an earlier version finds the room that builds of that version had', (t) => {
  const names = new Names()
  const { records } = capacityAt(CAPACITY_VERSION - 1)
  for (let i = 0; i < records; i++) names.register(`n${i}`, URI)
  names.version = CAPACITY_VERSION - 1
  t.equal(
    outcome(() => names.register('new', URI)),
    'OVERLOADED',
  )
  names.version = CAPACITY_VERSION
  t.equal(names.register('new', URI).uri, URI)
  t.end()
})

t.test(
  'names that end together are told of in the order of builds of the version that it is written for',
  (t) => {
    const told = (version: number): readonly string[] => {
      const names = new Names()
      names.version = version
      names.register('leased', URI, { ttlMs: 100, lease: 'silent' })
      for (const name of ['b', 'a']) names.register(name, URI, { ttlMs: 100 })
      names.register('stays', URI)
      names.register('sooner', URI, { ttlMs: 50 })
      names.now += 100
      names.events.length = 0
      t.same(names.expire('silent'), { ended: 4, nextMs: null })
      return names.events.map(([name]) => name)
    }
    t.strictSame(told(CAPACITY_VERSION - 1), ['b', 'a', 'sooner', 'leased'], 'as a SnapshotMap has them')
    t.strictSame(told(CAPACITY_VERSION), ['sooner', 'a', 'b', 'leased'])
    t.end()
  },
)

t.test('fences are bounded: a new one is refused, known clusters go on', (t) => {
  const names = new Names()
  for (let i = 0; i < LIMITS.fences; i++) {
    names.register('leader', URI, fence(`c${i}`, 1))
    names.remove('leader')
  }
  t.equal(
    outcome(() => names.register('leader', URI, fence('one too many', 1))),
    'OVERLOADED',
  )
  t.equal(names.register('leader', URI, fence('c3', 2)).uri, URI)
  t.end()
})

t.test('fences of clusters that are long gone make room, those of names that are held do not', (t) => {
  const names = new Names()
  names.register('held', URI, fence('c', 7))
  for (let i = 1; i < LIMITS.fences; i++) {
    names.register('leader', URI, fence(`c${i}`, 1))
    names.remove('leader')
  }
  names.now += LIMITS.fenceAbsenceMs - 1
  names.register('leader', URI, fence('c3', 2))
  names.remove('leader')
  const another = () => names.register('leader', URI, fence('one too many', 1))
  t.equal(outcome(another), 'OVERLOADED')
  names.now += 1
  t.equal(another().uri, URI)
  names.remove('leader')
  const stale = (name: string, clusterId: string) =>
    outcome(() => names.register(name, URI, fence(clusterId, 1)))
  t.equal(stale('held', 'c'), 'STALE_TERM', 'it has the name')
  t.equal(stale('leader', 'c3'), 'STALE_TERM', 'it had the name of late')
  t.equal(names.register('leader', URI, fence('c10', 0)).uri, URI, 'long gone')
  t.end()
})

t.test('a list that no answer could carry is refused', (t) => {
  const names = new Names()
  const metadata = Array.from({ length: LIMITS.tags }, (_, i) => String(i).padStart(LIMITS.tagLength, 't'))
  for (let i = 0; i < 4_500; i++) names.register(`n${i}`, URI, { metadata })
  t.equal(
    outcome(() => names.registry.list()),
    'TOO_LARGE',
  )
  t.equal(names.registry.list({ prefix: 'n24' }).length, 111)
  t.end()
})

t.test('a name that is registered, changed, removed or over is an event; a lease renewed is none', (t) => {
  const names = new Names()
  const told = (task: () => unknown): unknown[] => {
    task()
    return names.events.splice(0)
  }
  const registered = ['thing', { name: 'thing', uri: URI, metadata: [] }]
  const over = ['thing', { name: 'thing', uri: null }]
  t.same(
    told(() => names.register('thing', URI, { ttlMs: 100 })),
    [registered],
  )
  t.same(
    told(() => names.register('thing', URI, { ttlMs: 100 })),
    [],
  )
  t.same(
    told(() => names.register('thing', URI, { ttlMs: 100, metadata: ['a,b'] })),
    [['thing', { name: 'thing', uri: URI, metadata: ['a,b'] }]],
  )
  t.equal(told(() => names.register('thing', URI, { ttlMs: 100, metadata: ['a', 'b'] })).length, 1)
  names.now += 100
  t.same(
    told(() => names.expire()),
    [over],
  )
  t.same(
    told(() => names.remove('thing')),
    [],
  )
  names.register('thing', URI)
  t.same(told(() => names.remove('thing')).at(-1), over)
  t.end()
})

t.test('a lease that is over is told of, also when a removal comes before its expiry', (t) => {
  const names = new Names()
  names.register('thing', URI, { ttlMs: 100 })
  names.now += 100
  t.equal(names.remove('thing'), true)
  t.same(names.events.at(-1), ['thing', { name: 'thing', uri: null }])
  t.end()
})

t.test('a thousand leases that end at once are ended in portions', (t) => {
  const names = new Names()
  for (let n = 0; n < 1001; n++) names.register(`thing${n}`, URI, { ttlMs: 100 })
  names.now += 100
  t.same(names.expire(), { ended: 500, nextMs: 0 })
  t.same(names.expire(), { ended: 500, nextMs: 0 })
  t.same(names.expire(), { ended: 1, nextMs: null })
  t.end()
})

t.test('names, leases and fences outlive a restart from a snapshot', async (t) => {
  const names = new Names()
  names.register('thing', URI, { metadata: ['a'], ttlMs: 500, ...fence('c', 7) })
  names.register('plain', 'plain@localhost:1')
  names.now += 100
  names.remove('plain')
  await names.restart()
  t.same(names.registry.list(), [{ name: 'thing', uri: URI, metadata: ['a'] }])
  t.equal(
    outcome(() => names.register('thing', URI, fence('c', 6))),
    'STALE_TERM',
  )
  t.same(names.expire(), { ended: 0, nextMs: 400 })
  names.now += 400
  t.same(names.expire(), { ended: 1, nextMs: null })
})
