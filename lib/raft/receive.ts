/** What happens to a message before its (role, message) handler: who speaks, and in which term. */
import { owesSilence } from './contact.js'
import type { IncomingRequest, IncomingResponse } from './events.js'
import { reportWiped } from './identity.js'
import { membersOf } from './quorum.js'
import { adoptTerm } from './roles.js'
import type { State } from './state.js'
import { noteOlderCopy } from './known-copies.js'
import { reply } from './persistence.js'
import { announce } from './state.js'
import { handleRequest, handleResponse } from './table.js'
import type { Incarnation, Request, Response, ServerId, Term } from './types.js'

/**
 * The highest jump of a term that is believed. Elections alone take longer than a day to get this far while a server
 * is away, and pre-votes keep a server that is cut off from counting up on its own; a term beyond it would exhaust the
 * numbers for all.
 */
const TERM_JUMP_MAX = 1_000_000

export function receiveRequest(s: State, request: IncomingRequest<Request>): void {
  const { from, message, exchange } = request
  const pinned = counterfeit(s, request)
  if (pinned !== undefined) {
    s.effects.push({ type: 'rejectPeer', exchange, pinned })
    return reportWiped(s, from, request.incarnation, pinned)
  }
  if (message.term !== s.currentTerm && !isTaken(s, from, message))
    return reply(s, exchange, refusal(s, message))
  handleRequest(s, request)
}

/**
 * Of another term than the current one: a newer one is adopted. A pre-vote is judged by its own handler, whatever its
 * term.
 */
function isTaken(s: State, from: ServerId, message: Request): boolean {
  if (isImpossible(s, from, message.term)) return false
  if (message.type === 'preVote') return true
  if (message.term < s.currentTerm) return false
  if (message.type === 'requestVote' && !message.transfer && owesSilence(s)) return false
  adoptTerm(s, message.term)
  return true
}

export function receiveResponse(s: State, response: IncomingResponse<Response>): void {
  const { from, message, incarnation } = response
  const pinned = s.membership.pins.get(from)
  if (pinned !== undefined && pinned !== incarnation) return reportWiped(s, from, incarnation, pinned)
  if (message.term !== s.currentTerm && !isTimely(s, from, message)) return
  // What its former self has promised an older copy may not remember: its vote would be a second one.
  if ('voteGranted' in message && noteOlderCopy(s, response)) return
  handleResponse(s, response)
}

/**
 * Of another term than the current one: a newer one is adopted, and ends what was asked in the old one. A pre-vote's
 * answer is the exception to the rules of §5.1: granted, it names a term that nobody has entered yet;
 * refused by a server of an older term, it is news all the same.
 */
function isTimely(s: State, from: ServerId, message: Response): boolean {
  if (isImpossible(s, from, message.term)) return false
  if (message.term < s.currentTerm) return message.type === 'preVoteResponse'
  if (message.type === 'preVoteResponse' && message.voteGranted) return true
  if (isHeeded(s, from)) adoptTerm(s, message.term)
  return false
}

/** Whoever was removed is told so, and what it has come to on its own unseats nobody. */
function isHeeded({ membership }: State, from: ServerId): boolean {
  return membership.configurations.some((each) => membersOf(each).includes(from))
}

/** The incarnation that counts, when a request is of another one. Nobody else speaks for this server. */
function counterfeit(
  s: State,
  { from, incarnation, message }: IncomingRequest<Request>,
): Incarnation | undefined {
  if (from === s.options.id) return s.options.incarnation
  return knowsMore(s, message) ? undefined : s.membership.contradicted(from, incarnation)
}

/**
 * A pin is as old as this server's log, which may end before the sender was removed and came back with a new folder. So
 * it does not speak against a leader, whom a quorum has elected, nor against a candidate whose log gets further. A
 * member that was wiped is neither: before its log is worth a vote it reads of its former self there, and does not
 * stand.
 */
function knowsMore(s: State, message: Request): boolean {
  switch (message.type) {
    case 'appendEntries':
    case 'installSnapshot':
    case 'timeoutNow':
      return true
    case 'preVote':
    case 'requestVote':
      return s.log.isCoveredBy(message.lastLogTerm, message.lastLogIndex)
    case 'readIndex':
      return false
  }
}

function isImpossible(s: State, peer: ServerId, term: Term): boolean {
  if (term <= s.currentTerm + TERM_JUMP_MAX) return false
  announce(s, { type: 'impossibleTerm', peer, term })
  return true
}

/** "Reply false" (§5.1), with the term that tells a stale sender to step down. */
function refusal({ currentTerm: term, log }: State, message: Request): Response {
  switch (message.type) {
    case 'preVote':
      return { type: 'preVoteResponse', term, voteGranted: false }
    case 'requestVote':
      return { type: 'requestVoteResponse', term, voteGranted: false }
    case 'appendEntries': {
      const { round, prevLogIndex } = message
      const conflict = { index: log.lastIndex, term: log.lastTerm }
      return {
        type: 'appendEntriesResponse',
        term,
        success: false,
        round,
        matchIndex: prevLogIndex,
        conflict,
      }
    }
    case 'installSnapshot': {
      const { offset, snapshot } = message
      const { index: snapshotIndex } = snapshot
      return { type: 'installSnapshotResponse', term, snapshotIndex, offset, installed: false }
    }
    case 'readIndex':
      return { type: 'readIndexResponse', term, number: message.number, readIndex: null }
    case 'timeoutNow':
      return { type: 'timeoutNowResponse', term }
  }
}
