/** Barriers under every fault: so many pass together, and none before all have come. */
import t from 'tap'
import { barriers } from './barriers.js'

t.setTimeout(600_000)

t.test('seeds with barriers', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= 2; seed++) {
    const story = await barriers(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of ['parties that have passed', 'barriers broken'])
    t.ok((tally.get(what) ?? 0) > 1, `${what}: ${tally.get(what)}`)
})
