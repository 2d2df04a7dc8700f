/** What another member's log says of this server's own folder. */
import type { Events } from './events.js'
import { stepDown } from './roles.js'
import { holds } from './starts.js'
import type { State } from './state.js'
import { isOlderCopy, noteOlderCopy } from './known-copies.js'

/**
 * The folder may be an older copy of which its own log, as old as itself, knows nothing. A word about a former folder,
 * or from a log that this server's has outrun, says nothing.
 */
export function onStartKnown(s: State, { known }: Events['startKnown']): void {
  const { id, incarnation, starts } = s.options
  const isSaidOfIt = known.incarnation === incarnation
  if (!isSaidOfIt || starts === undefined || holds(starts, known.start) || isOutrun(s, known)) return
  s.lacked = known
  noteOlderCopy(s, { from: id, starts })
  if (isOlderCopy(s) && s.standing.role !== 'follower') stepDown(s, 'electionLost')
}

function isOutrun({ lacked }: State, { lastLogTerm, lastLogIndex }: Events['startKnown']['known']): boolean {
  if (lacked === undefined || lacked.lastLogTerm < lastLogTerm) return false
  return lacked.lastLogTerm > lastLogTerm || lacked.lastLogIndex >= lastLogIndex
}
