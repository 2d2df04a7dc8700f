import { quorumValue } from './quorum.js'
import type { Leader, State } from './state.js'
import { refuseReader, refuseRemoteReads } from './readers.js'
import { announce, restartElectionTimer } from './state.js'
import type { RefusalReason, ServerId, StepDownReason, Term, Ticks, TransferOutcome } from './types.js'

/** Sets the term, and with a new term the vote is free again; within one term the vote is never forgotten. */
export function enterTerm(s: State, term: Term, votedFor: ServerId | undefined): void {
  s.currentTerm = term
  s.votedFor = votedFor
  s.persistence.hardStateChanged()
}

/** Reads that wait for the word of the leader before are refused: whether it still leads nobody will tell. */
export function setLeader(s: State, leaderId: ServerId | undefined): void {
  s.leaderHeardAt = leaderId === undefined || leaderId === s.options.id ? undefined : s.now
  if (leaderId === s.leaderId) return
  refuseRemoteReads(s)
  s.leaderId = leaderId
  announce(s, { type: 'leaderChanged', term: s.currentTerm, leader: leaderId })
}

/** "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to follower" (§5.1). */
export function adoptTerm(s: State, term: Term): void {
  stepDown(s, 'higherTerm')
  enterTerm(s, term, undefined)
  setLeader(s, undefined)
}

/** Back to follower in the same term. Whoever led is not believed in any longer, and every read is answered. */
export function stepDown(s: State, reason: StepDownReason): void {
  const { standing } = s
  if (standing.role === 'follower') return
  if (standing.role === 'leader') s.freshness.knew(knownAt(s, s.now))
  s.standing = { role: 'follower' }
  if (standing.role === 'leader') {
    restartElectionTimer(s)
    endTransfer(s, standing, reason === 'higherTerm' ? 'handedOver' : 'notLeader')
    refuseReads(
      s,
      standing,
      reason === 'lostQuorum' || reason === 'storageStalled' ? 'noQuorum' : 'notLeader',
    )
  }
  if (standing.role !== 'preCandidate') announce(s, { type: 'steppedDown', term: s.currentTerm, reason })
  setLeader(s, undefined)
}

/** Whoever waits for a transfer learns how it went; commands are taken again if this server still leads. */
export function endTransfer(s: State, leader: Leader, outcome: TransferOutcome): void {
  const to = leader.transferringTo
  if (to === undefined) return
  leader.transferringTo = undefined
  s.effects.push({ type: 'transferEnded', to, outcome })
}

/** The leader of the current term has spoken. */
export function follow(s: State, leaderId: ServerId): void {
  stepDown(s, 'electionLost')
  setLeader(s, leaderId)
  s.followedAt = s.now
  restartElectionTimer(s)
}

/**
 * Whether a leader holds office as far as this server can tell: then nobody needs an election, and votes are refused
 * (thesis §4.2.3, §6.4). A leader itself asks whether a quorum still answers.
 */
export function hearsLeader(s: State): boolean {
  const { electionTimeoutMin } = s.options
  if (s.standing.role === 'leader') return s.now - quorumHeardAt(s, s.standing) < electionTimeoutMin
  return s.leaderHeardAt !== undefined && s.now - s.leaderHeardAt < electionTimeoutMin
}

/**
 * Whether a vote would break what a leader may rely on. With leases that is more than a leader that is heard now: one
 * may rest on this server although it has left that leader's term since, or has forgotten it in a restart.
 */
export function owesSilence(s: State): boolean {
  const { leaseReads, electionTimeoutMin } = s.options
  return hearsLeader(s) || (leaseReads && s.now - s.followedAt < electionTimeoutMin)
}

/** When a quorum was last in contact: each of its members has been heard then or later. */
export function quorumHeardAt(s: State, leader: Leader, now = s.now): number {
  return quorumValue(s.membership.configuration, (id) => {
    if (id === s.options.id) return now
    return s.membership.pins.has(id) ? (leader.progress.get(id)?.heardAt ?? -Infinity) : -Infinity
  })
}

/**
 * When this server last knew that it had applied all that was committed: as a leader, which decides what is, when a
 * quorum last confirmed that it is one. -Infinity: never.
 */
export function knownAt(s: State, now: Ticks): number {
  const { standing } = s
  if (standing.role !== 'leader' || s.lastApplied < standing.firstIndex) return s.freshness.knownAt
  return quorumHeardAt(s, standing, now)
}

function refuseReads(s: State, leader: Leader, reason: RefusalReason): void {
  for (const reader of leader.reads.drain()) refuseReader(s, reader, reason)
}
