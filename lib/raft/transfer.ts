/** How leadership changes hands without an election timeout (thesis §3.10). */
import { isHeard } from './contact.js'
import { loseContact, startElection } from './election.js'
import type { Events } from './events.js'
import { votersOf } from './quorum.js'
import { endTransfer } from './roles.js'
import type { Leader, State } from './state.js'
import { mayStand } from './eligibility.js'
import { reply } from './persistence.js'
import { announce } from './state.js'
import type { ServerId, TransferOutcome } from './types.js'
import { ticks } from './types.js'

/**
 * No commands are taken until it is over, so that the successor's log can become as long as the leader's, and what was
 * taken before can be committed by this leader, which still owes its callers the answers.
 */
export function onTransfer(s: State, { to }: Events['transfer'], leader: Leader): void {
  const successor = to ?? bestSuccessor(s, leader)
  const reason = refusal(s, leader, successor)
  if (successor === undefined || reason !== undefined) {
    return void s.effects.push({ type: 'transferEnded', to, outcome: reason ?? 'unreachable' })
  }
  leader.transferringTo = successor
  leader.transferDeadline = ticks(s.now + s.options.electionTimeoutMax)
  announce(s, { type: 'transferring', to: successor })
  hurrySuccessor(s, leader, successor)
}

function refusal(s: State, leader: Leader, successor: ServerId | undefined): TransferOutcome | undefined {
  if (leader.transferringTo !== undefined || s.membership.isChanging(s.commitIndex)) return 'busy'
  if (successor === undefined) return 'unreachable'
  if (!otherVoters(s).includes(successor)) return 'notVoter'
  if (!isInContact(s, leader, successor)) return 'unreachable'
  return s.olderCopies.has(successor) ? 'olderCopy' : undefined
}

/**
 * Tells the successor to stand once it has the whole log and all of that is committed; again after each heartbeat that
 * it answers.
 */
export function hurrySuccessor(s: State, leader: Leader, to: ServerId): void {
  if (s.commitIndex < s.log.lastIndex) return
  if (leader.progress.get(to)?.matchIndex === s.log.lastIndex) nameSuccessor(s, leader, to)
}

export function giveUpTransfer(s: State, leader: Leader): void {
  if (s.now >= leader.transferDeadline) endTransfer(s, leader, 'timedOut')
}

/** Tells `to` to stand at once. It may do so at any time from now on: no lease of this term is safe any more. */
export function nameSuccessor(s: State, leader: Leader, to: ServerId): void {
  leader.hasNamedSuccessor = true
  s.effects.push({
    type: 'send',
    to,
    message: { type: 'timeoutNow', term: s.currentTerm, leaderId: s.options.id },
  })
}

/** The voter in contact whose log is the longest; it has the least to catch up with. An older copy would not stand. */
export function bestSuccessor(s: State, leader: Leader): ServerId | undefined {
  const matchOf = (id: ServerId) => leader.progress.get(id)?.matchIndex ?? 0
  const [best] = otherVoters(s)
    .filter((id) => isInContact(s, leader, id) && !s.olderCopies.has(id))
    .sort((a, b) => matchOf(b) - matchOf(a))
  return best
}

function otherVoters(s: State): readonly ServerId[] {
  return votersOf(s.membership.configuration).filter((id) => id !== s.options.id)
}

function isInContact(s: State, leader: Leader, id: ServerId): boolean {
  const progress = leader.progress.get(id)
  return progress !== undefined && isHeard(s, progress)
}

/** Without a pre-vote, and with a flag that makes voters forget that they hear a leader: that leader asked for it. */
export function onTimeoutNow(s: State, { exchange }: Events['timeoutNow']): void {
  reply(s, exchange, { type: 'timeoutNowResponse', term: s.currentTerm })
  if (s.standing.role === 'leader' || !mayStand(s) || s.stalled) return
  loseContact(s)
  startElection(s, true)
}
