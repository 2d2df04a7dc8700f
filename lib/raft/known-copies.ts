/** Who is known to speak from an older copy of its folder: other members, and perhaps this very server. */
import type { Speaker } from './events.js'
import { membersOf } from './quorum.js'
import type { State } from './state.js'
import { announce } from './state.js'

/**
 * This very server may be an older copy: it learns of it in its log, and there that it, or another one, has caught up.
 */
export function noteStarts(s: State): void {
  const { id, starts } = s.options
  const members = membersOf(s.membership.configuration)
  noteOlderCopy(s, { from: id, starts })
  for (const [from, copied] of s.olderCopies) {
    if (members.includes(from)) noteOlderCopy(s, { from, starts: copied })
    else s.olderCopies.delete(from)
  }
}

/** Whether whoever speaks does so from an older copy. Told once when it shows, and once when it is over. */
export function noteOlderCopy(s: State, { from, starts }: Pick<Speaker, 'from' | 'starts'>): boolean {
  const isOlder = from === s.options.id ? isOlderCopy(s) : s.membership.isOlderCopy(from, starts)
  const wasOlder = s.olderCopies.has(from)
  if (isOlder) s.olderCopies.set(from, starts)
  else s.olderCopies.delete(from)
  if (isOlder !== wasOlder) announce(s, { type: isOlder ? 'olderCopy' : 'caughtUp', peer: from })
  return isOlder
}

/**
 * Whether this very server goes on from less than it has said. Its own log may be from before that too: then the word
 * of one whose log goes further counts, until its own has got as far and says the same, or has it settled. What is
 * said there of a former folder says nothing of this one.
 */
export function isOlderCopy({ membership, options, log, lacked }: State): boolean {
  const { id, incarnation, starts } = options
  const isBehind = lacked !== undefined && !log.covers(lacked.lastLogTerm, lacked.lastLogIndex)
  const isOfFormerFolder = membership.contradicted(id, incarnation) !== undefined
  return isBehind || (!isOfFormerFolder && membership.isOlderCopy(id, starts))
}
