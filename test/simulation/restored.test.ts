/** Clusters are founded anew from backups of themselves, member by member, among those that still run as they were. */
import t from 'tap'
import { playRestore } from './two-clusters.js'

const SEEDS = 20

/** What the seeds must have come across, each at least so often. */
const LEAST: readonly (readonly [string, number])[] = [
  ['commands acknowledged after a restore', 100],
  ['commands acknowledged before a restore', 100],
  ['commands refused by old members', 4],
  ['members restored', 15],
]

t.setTimeout(240_000)

t.test('a restored cluster and what is left of the old one never mix', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++)
    for (const [what, times] of await playRestore(seed)) tally.set(what, (tally.get(what) ?? 0) + times)
  t.same(
    LEAST.filter(([what, least]) => (tally.get(what) ?? 0) < least),
    [],
    'the seeds have come across all of this often enough',
  )
})
