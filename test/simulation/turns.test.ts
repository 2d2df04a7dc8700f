/** Locks under every fault: one after another, in the order of their tokens. */
import t from 'tap'
import { turns } from './turns.js'

t.test('seeds with locks', async (t) => {
  const tally = new Map<string, number>()
  for (let seed = 1; seed <= 8; seed++) {
    const story = await turns(seed)
    for (const [what, times] of story.tally) tally.set(what, (tally.get(what) ?? 0) + times)
  }
  for (const what of ['locks held', 'holders that are alone', 'locks lost', 'stale holders turned away'])
    t.ok((tally.get(what) ?? 0) > 5, `${what}: ${tally.get(what)}`)
})

t.test('a seed with locks tells one story', async (t) => {
  const [once, again] = [await turns(3), await turns(3)]
  t.equal(once.fingerprint, again.fingerprint)
})
