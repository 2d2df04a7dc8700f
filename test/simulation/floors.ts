/** A test that plays a story with many seeds, and demands that these have come across enough. */
import type { Test } from 'tap'
import type { Story } from './story.js'

/** What must have happened, each at least so often: a story in which nothing happens proves nothing. */
export type Floors = readonly (readonly [string, number])[]

export async function playAll(
  t: Test,
  story: (seed: number) => Promise<Story>,
  seeds: { readonly from: number; readonly to: number },
  floors: Floors,
): Promise<void> {
  const tally = new Map<string, number>()
  for (let seed = seeds.from; seed <= seeds.to; seed++)
    for (const [what, times] of (await story(seed)).tally) tally.set(what, (tally.get(what) ?? 0) + times)
  t.same(
    floors.filter(([what, least]) => (tally.get(what) ?? 0) < least),
    [],
    'the seeds have come across all of this often enough',
  )
}
