/** Schedules under every fault: no tick is done twice, those that are missed are told, and no id comes twice. */
import t from 'tap'
import { schedules } from './schedules.js'

t.setTimeout(600_000)

t.test('seeds with schedules', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= 3; seed++) {
    const story = await schedules(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of [
    'ticks done',
    'ticks that stand for others',
    'ends turned away, or unheard of',
    'ticks lost by their runners',
  ])
    t.ok((tally.get(what) ?? 0) > 0, `${what}: ${tally.get(what)}`)
})
