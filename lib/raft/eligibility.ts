/** Who may stand for election. */
import { isOlderCopy } from './known-copies.js'
import { isVoter } from './quorum.js'
import type { State } from './state.js'
import { isAlone } from './state.js'

/**
 * Learners, members that were removed, wiped ones, older copies and stopped ones only follow. One whose removal is not
 * committed, as far as it knows, may still be needed: it may be the only one left that holds the entry (thesis §4.2.2).
 */
export function mayStand(s: State): boolean {
  const { id, incarnation } = s.options
  const isWiped = s.membership.contradicted(id, incarnation) !== undefined
  const mayVote = s.membership.configurations.some((each) => isVoter(each, id))
  return mayVote && !isWiped && !isOlderCopy(s) && !s.stopped
}

/**
 * Its own vote decides, and is on its way to disk. However long that takes, another election would only begin it anew.
 */
export function awaitsItselfAlone(s: State): boolean {
  return s.standing.role === 'candidate' && isAlone(s)
}
