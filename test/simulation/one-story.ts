/** The same build tells the same story of a seed. */
import type { Test } from 'tap'
import { simulate } from './simulation.js'

export async function tellsOneStory(t: Test, seed: number): Promise<void> {
  const once = await simulate(seed, { isTraceWhole: true })
  const again = await simulate(seed, { isTraceWhole: true })
  t.ok(once.trace.length > 100, `seed ${seed} has a story`)
  t.equal(once.trace.join('\n'), again.trace.join('\n'), `seed ${seed}`)
  t.equal(once.fingerprint, again.fingerprint)
}
