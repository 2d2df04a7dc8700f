/** Queues under every fault: no job is lost, and none is done twice. */
import t from 'tap'
import { queues } from './queues.js'

t.test('seeds with queues', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= 6; seed++) {
    const story = await queues(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of ['jobs done', 'ends turned away, or unheard of', 'jobs lost by their workers'])
    t.ok((tally.get(what) ?? 0) > 1, `${what}: ${tally.get(what)}`)
})
