import t from 'tap'
import type { RegisterOptions } from '../../lib/names.js'
import { fence, Names, outcome } from './at.js'

const OLD = 'node1@localhost:9101'
const NEW = 'node2@localhost:9102'
const LEADER = 'rollcall.leader'

interface Row {
  readonly story: string
  readonly before: RegisterOptions
  readonly claim: RegisterOptions
  readonly uri?: string
  readonly comesTo: 'granted' | 'STALE_TERM' | 'NAME_TAKEN'
}

const LEASE = { ttlMs: 30_000 }

const LIVE: readonly Row[] = [
  {
    story: 'a higher term takes the name',
    before: fence('a', 3),
    claim: fence('a', 4),
    comesTo: 'granted',
  },
  { story: 'a lower term is refused', before: fence('a', 3), claim: fence('a', 2), comesTo: 'STALE_TERM' },
  {
    story: 'a lower term is refused with the same URI too',
    before: fence('a', 3),
    claim: fence('a', 2),
    uri: OLD,
    comesTo: 'STALE_TERM',
  },
  {
    story: 'the same term with another URI is refused',
    before: fence('a', 3),
    claim: fence('a', 3),
    comesTo: 'STALE_TERM',
  },
  {
    story: 'the same term with its own URI is a renewal',
    before: fence('a', 3),
    claim: fence('a', 3),
    uri: OLD,
    comesTo: 'granted',
  },
  {
    story: 'another cluster is refused, however high its term',
    before: fence('a', 3),
    claim: fence('b', 9),
    comesTo: 'NAME_TAKEN',
  },
  { story: 'an unfenced claim is refused', before: fence('a', 3), claim: {}, comesTo: 'NAME_TAKEN' },
  {
    story: 'an unfenced claim is refused with the same URI too',
    before: fence('a', 3),
    claim: {},
    uri: OLD,
    comesTo: 'NAME_TAKEN',
  },
  { story: 'a fenced claim takes an unfenced name', before: {}, claim: fence('a', 1), comesTo: 'granted' },
  {
    story: 'safe and fenced does not take an unfenced name',
    before: {},
    claim: { ...fence('a', 1), safe: true },
    comesTo: 'NAME_TAKEN',
  },
  { story: 'unfenced over unfenced is granted', before: {}, claim: {}, comesTo: 'granted' },
  { story: 'safe over another URI is refused', before: {}, claim: { safe: true }, comesTo: 'NAME_TAKEN' },
  {
    story: 'safe over the same URI is granted',
    before: {},
    claim: { safe: true },
    uri: OLD,
    comesTo: 'granted',
  },
]

t.test('over a live record', (t) => {
  for (const { story, before, claim, uri = NEW, comesTo } of LIVE) {
    const names = new Names()
    names.register(LEADER, OLD, { ...before, ...LEASE })
    const came = outcome(() => names.register(LEADER, uri, claim).uri)
    t.equal(came, comesTo === 'granted' ? uri : comesTo, story)
    t.equal(names.registry.lookup(LEADER), comesTo === 'granted' ? uri : OLD, `${story}: the record after it`)
  }
  t.end()
})

const GONE: readonly Row[] = [
  {
    story: 'a lower term stays refused',
    before: fence('a', 3),
    claim: fence('a', 2),
    comesTo: 'STALE_TERM',
  },
  {
    story: 'the same term with another URI stays refused',
    before: fence('a', 3),
    claim: fence('a', 3),
    comesTo: 'STALE_TERM',
  },
  {
    story: 'the leader itself comes back',
    before: fence('a', 3),
    claim: fence('a', 3),
    uri: OLD,
    comesTo: 'granted',
  },
  { story: 'another cluster takes it', before: fence('a', 3), claim: fence('b', 1), comesTo: 'granted' },
  { story: 'an unfenced claim takes it', before: fence('a', 3), claim: {}, comesTo: 'granted' },
  { story: 'a safe claim takes it', before: {}, claim: { safe: true }, comesTo: 'granted' },
]

const ENDINGS = {
  'after its removal': (names: Names) => names.remove(LEADER),
  'after its lease': (names: Names) => {
    names.now += LEASE.ttlMs
    names.expire()
  },
}

for (const [when, end] of Object.entries(ENDINGS)) {
  t.test(`${when}, the fence is still there`, (t) => {
    for (const { story, before, claim, uri = NEW, comesTo } of GONE) {
      const names = new Names()
      names.register(LEADER, OLD, { ...before, ...LEASE })
      end(names)
      const came = outcome(() => names.register(LEADER, uri, claim).uri)
      t.equal(came, comesTo === 'granted' ? uri : comesTo, story)
    }
    t.end()
  })
}

t.test('a cluster that comes back after another one had the name finds its own fence', (t) => {
  const names = new Names()
  names.register(LEADER, OLD, fence('a', 5))
  names.remove(LEADER)
  names.register(LEADER, NEW, fence('b', 1))
  names.remove(LEADER)
  t.equal(
    outcome(() => names.register(LEADER, OLD, fence('a', 4))),
    'STALE_TERM',
  )
  t.equal(names.register(LEADER, OLD, fence('a', 6)).uri, OLD)
  t.end()
})

t.test('the nodes were wiped: their new cluster gets the name when the old lease is over', (t) => {
  const names = new Names()
  names.register(LEADER, OLD, { ...fence('before', 40), ...LEASE })
  names.now += LEASE.ttlMs - 1
  t.equal(
    outcome(() => names.register(LEADER, NEW, { ...fence('after', 1), ...LEASE })),
    'NAME_TAKEN',
  )
  names.now += 1
  names.expire()
  t.equal(names.register(LEADER, NEW, { ...fence('after', 1), ...LEASE }).uri, NEW)
  t.end()
})

t.test('a record without a lease keeps another cluster out until an operator removes it', (t) => {
  const names = new Names()
  names.register(LEADER, OLD, fence('before', 1))
  names.now += 1e12
  t.equal(
    outcome(() => names.register(LEADER, NEW, fence('after', 1))),
    'NAME_TAKEN',
  )
  t.equal(names.remove(LEADER), true)
  t.equal(names.register(LEADER, NEW, fence('after', 1)).uri, NEW)
  t.end()
})

t.test('a refused claim leaves no fence behind', (t) => {
  const names = new Names()
  names.register(LEADER, OLD, { ...fence('a', 1), ...LEASE })
  outcome(() => names.register(LEADER, NEW, fence('b', 9)))
  names.remove(LEADER)
  t.equal(names.register(LEADER, NEW, fence('b', 2)).uri, NEW)
  t.end()
})
