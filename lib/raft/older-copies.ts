/**
 * A member that came back with an older copy of its folder. It may have acknowledged what it lacks now, and voted in
 * terms that it does not remember: a leader brings it up to date, and counts nothing that it says until an entry says
 * so that a majority without it has.
 */
import { pinStart, writeStart } from './identity.js'
import { Progress } from './progress.js'
import { hasCommittedInTerm } from './replication.js'
import type { Events, Speaker } from './events.js'
import type { Leader, State } from './state.js'
import { noteOlderCopy } from './known-copies.js'
import { logIndex, start as startOf } from './types.js'

type Answer = Events['appendEntriesResponse']

/**
 * Whose answer this is: the same process's as before, that of one which goes on where that one ended, or an older
 * copy's. False: that of a process which has ended since, and settles nothing. One that answers to what was sent after
 * a later one had spoken has not ended: its folder was copied, and it may be the only one that is left.
 */
export function noteSpeaker(
  s: State,
  leader: Leader,
  { from, starts, message }: Answer,
  progress: Progress,
): boolean {
  const speaking = starts?.at(-1)
  const isAnother = speaking !== progress.starts?.at(-1)
  const isEarlier = isAnother && speaking !== undefined && progress.starts?.includes(speaking) === true
  if (isEarlier && message.round <= progress.startsRound) return false
  if (isAnother) {
    progress.doubtMatch()
    progress.startsRound = leader.round
    progress.endWhenHeard = s.log.lastIndex
  }
  progress.starts = starts
  progress.isOlderCopy = noteOlderCopy(s, { from, starts })
  return true
}

/**
 * A folder that has not all that this leader has heard it acknowledge: perhaps it goes on from the pinned start, and
 * was copied while that process ran. What nobody's lineage holds is pinned, so that all who read it know.
 */
export function lacksAcknowledged(s: State, leader: Leader, answer: Answer, progress: Progress): boolean {
  const { from, message, starts } = answer
  const end = message.conflict?.index
  const speaking = starts?.at(-1)
  if (end === undefined || speaking === undefined || end >= progress.matchBefore) return false
  writeStart(s, leader, [from, startOf(`${speaking}-lacks-${progress.matchBefore}`)])
  const known = renewed(s, leader, answer, progress)
  known.starts = starts
  known.isOlderCopy = true
  noteOlderCopy(s, { from, starts })
  return true
}

/**
 * Once it has all that its member can have acknowledged, its present start takes the place of the one that it lacks.
 * What came later the others have: a line that is busy keeps it behind that for ever.
 */
export function noteStart(s: State, leader: Leader, speaker: Speaker, progress: Progress): void {
  const { from, starts } = speaker
  if (!progress.isOlderCopy) return pinStart(s, leader, speaker)
  const start = starts?.at(-1)
  const isWritten = s.membership.starts.get(from)?.at(-1)?.start === start
  const hasCaughtUp = hasCommittedInTerm(s, leader) && progress.matchIndex >= progress.endWhenHeard
  if (start !== undefined && hasCaughtUp && !isWritten) writeStart(s, leader, [from, start, true])
}

function renewed(
  s: State,
  leader: Leader,
  { from }: Speaker,
  { heardAt, firstRound, leaving }: Progress,
): Progress {
  const progress = new Progress(logIndex(s.log.lastIndex + 1), undefined, firstRound)
  progress.heardAt = heardAt
  progress.leaving = leaving
  progress.startsRound = leader.round
  progress.endWhenHeard = s.log.lastIndex
  leader.progress.set(from, progress)
  return progress
}
