/** Who is right when members come to different results: the majority of the voters, or nobody. */
import t from 'tap'
import { serverId } from '../../../lib/raft/types.js'
import { verdictOf } from '../../../lib/replica/members/verdict.js'

const ids = (names: string) => names.split('').map(serverId)

function verdict(voters: string, digests: Readonly<Record<string, number>>, learners = '') {
  const configuration = { voters: ids(voters), learners: ids(learners), uris: {} }
  return verdictOf(
    configuration,
    new Map(Object.entries(digests).map(([id, digest]) => [serverId(id), digest])),
  )
}

t.test('members with the same digest agree, and so does one that is alone in having one', (t) => {
  t.same(verdict('abc', { a: 1, b: 1, c: 1 }), { kind: 'agreed' })
  t.same(verdict('abc', { a: 1 }), { kind: 'agreed' })
  t.same(verdict('abc', {}), { kind: 'agreed' })
  t.end()
})

t.test('who differs from a majority of all voters is odd', (t) => {
  t.match(verdict('abc', { a: 1, b: 2, c: 1 }), { kind: 'parted', sound: 'a', odd: ['b'] })
  t.match(verdict('abcde', { a: 3, b: 1, c: 1, d: 2, e: 1 }), { kind: 'parted', sound: 'b', odd: ['a', 'd'] })
  t.match(
    verdict('abcde', { a: 2, b: 1, c: 1, d: 1 }),
    { kind: 'parted', odd: ['a'] },
    'who is silent is missing',
  )
  t.end()
})

t.test('a learner is judged, and has no voice', (t) => {
  t.match(verdict('a', { a: 1, x: 2, y: 2 }, 'xy'), { kind: 'parted', sound: 'a', odd: ['x', 'y'] })
  t.end()
})

t.test('without a majority nobody is right; it stays open while silent voters could make one', (t) => {
  t.match(verdict('abc', { a: 1, b: 2 }), { kind: 'split', isFinal: false })
  t.match(verdict('ab', { a: 1, b: 2 }), { kind: 'split', isFinal: true, groups: [['a'], ['b']] })
  t.match(verdict('abcd', { a: 1, b: 2, c: 1, d: 2 }), { kind: 'split', isFinal: true })
  t.match(verdict('abc', { a: 1, b: 2, c: 3 }), { kind: 'split', isFinal: true })
  t.end()
})

t.test('amid a change of members a majority of both configurations is needed', (t) => {
  const configuration = { voters: ids('abc'), outgoing: ids('cde'), learners: [], uris: {} }
  const digests = (e: number) =>
    new Map(
      [
        ['a', 1],
        ['b', 1],
        ['c', 2],
        ['d', 1],
        ['e', e],
      ].map(([id, digest]) => [serverId(String(id)), Number(digest)]),
    )
  t.match(verdictOf(configuration, digests(1)), { kind: 'parted', odd: ['c'] })
  t.match(verdictOf(configuration, digests(2)), { kind: 'split', isFinal: true })
  t.end()
})
