/** Many seeds, and what they have to come across. */
import t from 'tap'
import { tellsOneStory } from './one-story.js'
import { simulate } from './simulation.js'

/** As many as take a minute of one core. */
const SEEDS = 120

/** What is rare may need more of them. */
const SEEDS_MAX = 360

/** What the seeds must have come across, each at least so often: a story in which nothing happens proves nothing. */
const LEAST: readonly (readonly [string, number])[] = [
  ['clogged ways', 200],
  ['commands known after an unknown attempt', 50],
  ['commands of shipped clients', 500],
  ['commands repeated', 100],
  ['connections reset', 30],
  ['cuts', 40],
  ['cuts of one direction', 20],
  ['damaged files', 3],
  ['damaged last blocks', 1],
  ['events watched', 300],
  ['failed disk operations', 4],
  ['follower reads', 200],
  ['full disks', 20],
  ['histories of counter linearizable', 110],
  ['histories of kv linearizable', 110],
  ['histories of log linearizable', 110],
  ['histories of names linearizable', 110],
  ['kills of clients', 4],
  ['kills of name servers', 2],
  ['kills of nodes', 20],
  ['leaders watched', 100],
  ['linearizable reads', 300],
  ['lookups of names', 100],
  ['member.addMember', 15],
  ['member.removeMember', 15],
  ['member.transferLeadership', 10],
  ['messages doubled', 5000],
  ['messages lost', 1000],
  ['messages overtaken', 3000],
  ['moves', 5],
  ['orderly stops', 20],
  ['pauses of clients', 5],
  ['pauses of name servers', 2],
  ['pauses of nodes', 30],
  ['power failures in the midst of a disk operation', 20],
  ['power failures of clients', 10],
  ['power failures of name servers', 3],
  ['power failures of nodes', 50],
  ['power failures that lost writes', 15],
  ['reads of shipped clients', 300],
  ['registrations of names', 100],
  ['restarts from a snapshot', 20],
  ['restarts with all that was durable', 200],
  ['returns with a new folder', 3],
  ['sessions', 20],
  ['set clocks of nodes', 25],
  ['slow disks', 15],
  ['snapshots installed', 3],
  ['snapshots taken', 20],
  ['stale reads', 300],
  ['starts refused as damaged', 2],
  ['starts refused as removed', 3],
  ['stops as removed', 10],
  ['stops as wiped', 1],
  ['swizzles', 30],
  ['wiped folders', 2],
  ['writes that found no room', 5],
]

t.setTimeout(600_000)

for (const seed of [3, 92])
  void t.test(`seed ${seed} tells one story, to the letter`, (t) => tellsOneStory(t, seed))

void t.test(`under ${SEEDS} seeds of faults nothing acknowledged is lost or done twice`, async (t) => {
  let acknowledged = 0
  const tally = new Map<string, number>()
  const missing = () => LEAST.filter(([what, least]) => (tally.get(what) ?? 0) < least)
  for (let seed = 1; seed <= SEEDS || (seed <= SEEDS_MAX && missing().length > 0); seed++) {
    const story = await simulate(seed)
    acknowledged += story.acknowledged
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  t.ok(acknowledged > 10 * SEEDS, `${acknowledged} calls were acknowledged`)
  t.same(missing(), [], 'it has come across all of this often enough')
})
