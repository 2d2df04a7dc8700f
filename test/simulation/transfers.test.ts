/** Entries of several commands under every fault: no member holds one half. */
import t from 'tap'
import { transfers } from './transfers.js'

t.test('seeds with atomic entries', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= 8; seed++) {
    const story = await transfers(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of ['atomic entries acknowledged', 'atomic entries undone'])
    t.ok((tally.get(what) ?? 0) > 20, `${what}: ${tally.get(what)}`)
})
