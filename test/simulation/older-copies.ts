/** Folders are put back as they once were, amid all other faults. */
import { simulate } from './simulation.js'
import type { Story } from './story.js'

/** With a change of members or a snapshot now and then, and without. */
export function olderCopies(seed: number): Promise<Story> {
  return simulate(seed, { plan: { loss: 'news', hasLateMember: false } })
}
