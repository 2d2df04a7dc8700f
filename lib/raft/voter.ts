/** Who gets this server's vote: RequestVote and PreVote as their receiver sees them. */
import { owesSilence } from './contact.js'
import { startPreVote } from './election.js'
import type { Events } from './events.js'
import { isVoter } from './quorum.js'
import { enterTerm, stepDown } from './roles.js'
import type { State } from './state.js'
import { mayStand } from './eligibility.js'
import { isOlderCopy } from './known-copies.js'
import { reply } from './persistence.js'
import { restartElectionTimer } from './state.js'
import type { PreVote } from './types.js'

type Judgement = 'granted' | 'oldTerm' | 'leaderIsThere' | 'shorterLog' | 'newcomer' | 'olderCopy'

/** A pre-vote asks "would you?" and commits this server to nothing. */
export function onPreVote(s: State, event: Events['preVote']): Judgement {
  const judgement = judgePreVote(s, event.message)
  const voteGranted = judgement === 'granted'
  const term = voteGranted ? event.message.term : s.currentTerm
  reply(s, event.exchange, { type: 'preVoteResponse', term, voteGranted })
  return judgement
}

/**
 * A follower that refuses because its own log is better, and has waited for the minimum timeout, stands at once: of
 * four members with one dead only the most complete of the three left can win, and all else is time lost.
 */
export function onPreVoteAsFollower(s: State, event: Events['preVote']): void {
  const judgement = onPreVote(s, event)
  const hasWaited = s.now - s.electionTimer.startedAt >= s.options.electionTimeoutMin
  if (judgement === 'shorterLog' && hasWaited && mayStand(s) && !s.stalled) startPreVote(s)
}

/**
 * Of two that ask at the same moment the one with the better log goes on, or the one whose id comes first: both would
 * split the votes, and of four members with one dead each of the three left is needed.
 */
export function onPreVoteAsPreCandidate(s: State, event: Events['preVote']): void {
  if (onPreVote(s, event) !== 'granted') return
  const { lastLogTerm, lastLogIndex } = event.message
  const isEqual = lastLogTerm === s.log.lastTerm && lastLogIndex === s.log.lastIndex
  if (!isEqual || event.from < s.options.id) stepDown(s, 'electionLost')
}

function judgePreVote(s: State, { term, lastLogTerm, lastLogIndex }: PreVote): Judgement {
  if (term <= s.currentTerm) return 'oldTerm'
  if (owesSilence(s)) return 'leaderIsThere'
  if (isNewcomer(s)) return 'newcomer'
  // It may have voted already, and does not remember.
  if (isOlderCopy(s)) return 'olderCopy'
  return s.log.isCoveredBy(lastLogTerm, lastLogIndex) ? 'granted' : 'shorterLog'
}

/**
 * A learner votes when it is asked: it may have become a voter without knowing. One that has nothing of the cluster's
 * log has not, and knows nothing either: under an id that was in use before, with a new folder, its vote and that of a
 * member which was away meanwhile, and removed, would be a majority of the very first voters, and found a second
 * cluster.
 */
function isNewcomer({ log, membership, options }: State): boolean {
  return log.lastIndex === 0 && !isVoter(membership.configuration, options.id)
}

/**
 * "If votedFor is null or candidateId, and candidate's log is at least as up-to-date as receiver's log, grant vote"
 * (Figure 2).
 */
export function onRequestVote(s: State, event: Events['requestVote']): void {
  const { lastLogTerm, lastLogIndex, transfer } = event.message
  const isFree = s.votedFor === undefined && s.leaderId === undefined && (transfer || !owesSilence(s))
  const isCovered = !isNewcomer(s) && !isOlderCopy(s) && s.log.isCoveredBy(lastLogTerm, lastLogIndex)
  const voteGranted = (isFree || s.votedFor === event.from) && isCovered
  if (voteGranted) {
    if (s.votedFor !== event.from) enterTerm(s, s.currentTerm, event.from)
    restartElectionTimer(s)
  }
  reply(s, event.exchange, { type: 'requestVoteResponse', term: s.currentTerm, voteGranted })
}
