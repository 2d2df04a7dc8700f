import { knownAt } from './contact.js'
import type { Leader, State } from './state.js'
import { refuseReader, refuseRemoteReads } from './readers.js'
import { announce, restartElectionTimer } from './state.js'
import type { RefusalReason, ServerId, StepDownReason, Term, TransferOutcome } from './types.js'

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
  if (standing.role === 'leader') s.dataAge.knew(knownAt(s, s.now))
  s.standing = { role: 'follower' }
  if (standing.role === 'leader') {
    forgetOlderCopies(s)
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

/** Whether others catch up is their next leader's to know. */
function forgetOlderCopies({ olderCopies, options }: State): void {
  for (const id of olderCopies.keys()) if (id !== options.id) olderCopies.delete(id)
}

/** Whoever waits for a transfer learns how it went; commands are taken again if this server still leads. */
export function endTransfer(s: State, leader: Leader, outcome: TransferOutcome): void {
  const to = leader.transferringTo
  if (to === undefined) return
  leader.transferringTo = undefined
  s.effects.push({ type: 'transferEnded', to, outcome })
}

function refuseReads(s: State, leader: Leader, reason: RefusalReason): void {
  for (const reader of leader.reads.drain()) refuseReader(s, reader, reason)
}
