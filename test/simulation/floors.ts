/** A test that plays a story with many seeds, and demands that these have come across enough. */
import type { Test } from 'tap'
import type { Story } from './story.js'

/** What must have happened, each at least so often: a story in which nothing happens proves nothing. */
export type Floors = readonly (readonly [string, number])[]

/**
 * What a seed comes across changes with every change of the program: so many times as many may be played to find it
 * all.
 */
const SEEDS_MORE = 4

/** Plays each of the seeds, and then those that follow until all of it has happened. */
export async function playAll(
  t: Test,
  story: (seed: number) => Promise<Story>,
  seeds: { readonly from: number; readonly to: number },
  floors: Floors,
): Promise<void> {
  const tally = new Map<string, number>()
  const missing = (): Floors => floors.filter(([what, least]) => (tally.get(what) ?? 0) < least)
  const last = seeds.from + SEEDS_MORE * (seeds.to - seeds.from + 1)
  for (let seed = seeds.from; seed <= seeds.to || (seed < last && missing().length > 0); seed++)
    for (const [what, times] of (await story(seed)).tally) tally.set(what, (tally.get(what) ?? 0) + times)
  t.same(missing(), [], 'the seeds have come across all of this often enough')
}
