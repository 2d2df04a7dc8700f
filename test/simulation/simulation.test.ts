/** The shipped replica, its core and its objects, on a seeded network, clock and disk. */
import t from 'tap'
import { simulate } from './simulation.js'

const SEEDS = 1000

/** What the seeds must have come across, each at least so often: a story in which nothing happens proves nothing. */
const LEAST: readonly (readonly [string, number])[] = [
  ['asked vouch', 100],
  ['commands known after an unknown attempt', 100],
  ['commands repeated', 300],
  ['batches of events', 500],
  ['follower reads', 300],
  ['linearizable reads', 300],
  ['member.addMember', 50],
  ['member.removeMember', 50],
  ['member.transferLeadership', 50],
  ['moves', 10],
  ['orderly stops', 100],
  ['restarts from a snapshot', 100],
  ['returns with a new folder', 20],
  ['sessions', 100],
  ['snapshots installed', 20],
  ['stale reads', 1000],
  ['stops as removed', 5],
  ['stops as wiped', 10],
]

t.setTimeout(300_000)

void t.test('one seed tells one story, to the letter', async (t) => {
  for (const seed of [3, 17, 92]) {
    const [once, again] = [await simulate(seed), await simulate(seed)]
    t.ok(once.trace.length > 100, `seed ${seed} has a story`)
    t.equal(once.trace.join('\n'), again.trace.join('\n'), `seed ${seed}`)
  }
})

void t.test(`under ${SEEDS} seeds of faults nothing acknowledged is lost or done twice`, async (t) => {
  let acknowledged = 0
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const story = await simulate(seed)
    acknowledged += story.acknowledged
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  t.ok(acknowledged > 10 * SEEDS, `${acknowledged} calls were acknowledged`)
  for (const [what, least] of LEAST)
    t.ok((tally.get(what) ?? 0) >= least, `${what}: ${tally.get(what) ?? 0}, of ${least} at least`)
})
