/** Folders are put back as they once were, amid all other faults. */
import t from 'tap'
import { simulate } from './simulation.js'

/** With a change of members or a snapshot now and then, and without. */
const SEEDS = 8
const LEAST = 3

t.setTimeout(240_000)

t.test('older copies of folders are known, lose nothing, and catch up', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const story = await simulate(seed, { plan: { loss: 'news', hasLateMember: false } })
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of ['older copies put back', 'older copies known to have caught up'])
    t.ok((tally.get(what) ?? 0) >= LEAST, `${what}: ${tally.get(what) ?? 0}`)
})
