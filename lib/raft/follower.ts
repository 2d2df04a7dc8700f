/** A leader speaks: AppendEntries as its receiver sees it (Figure 2; the guards in the paper's order). */
import type { Events } from './events.js'
import { reportOwnWipe } from './identity.js'
import { invariant } from './invariant.js'
import { repeatReadIndex } from './read-index.js'
import { setLeader, stepDown } from './roles.js'
import type { State } from './state.js'
import { appendToLog, commitTo, truncateLog } from './own-log.js'
import { reply } from './persistence.js'
import type { AppendEntries, AppendEntriesResponse, Entry, LogIndex, ServerId } from './types.js'
import { logIndex } from './types.js'

/**
 * The leader of the current term has spoken. It is waited for also by who is the only voter by now: a leader that
 * removes itself has yet to hear that it is committed.
 */
export function follow(s: State, leaderId: ServerId): void {
  if (s.standing.role !== 'follower') stepDown(s, 'electionLost')
  if (s.leaderId !== leaderId) setLeader(s, leaderId)
  s.leaderHeardAt = s.now
  s.followedAt = s.now
  s.electionTimer.restart(s.now)
}

/** The message is of the current term (an older one was refused before), so its sender leads. */
export function onAppendEntries(s: State, event: Events['appendEntries']): void {
  follow(s, event.from)
  if (s.remoteReads.askedAt !== undefined) repeatReadIndex(s, s.remoteReads.askedAt)
  const { message } = event
  if (!isDense(message) || !matches(s, message)) return refuse(s, event)
  appendMissing(s, message.entries)
  const lastNew = logIndex(message.prevLogIndex + message.entries.length)
  commitTo(s, logIndex(Math.min(message.leaderCommit, lastNew)))
  if (s.membership.pins.get(s.options.id) !== s.options.incarnation) reportOwnWipe(s, message.leaderCommit)
  if (!s.isRestoring) noteDataAge(s, message)
  acknowledge(s, event, lastNew)
}

function noteDataAge(s: State, { leaderCommit, term }: AppendEntries): void {
  const word = { index: leaderCommit, term, heardAt: s.now }
  s.dataAge.heard(word, s.lastApplied, (index) => s.log.termAt(index))
}

/** Two leaders in one term. Nothing that either of them says can be trusted. */
export function onRivalLeader(s: State, event: Events['appendEntries'] | Events['installSnapshot']): void {
  invariant(event.from === s.options.id, 'There is at most one leader in a term', {
    term: s.currentTerm,
    leader: s.options.id,
    rival: event.from,
  })
}

/** "Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm" (§5.3). */
function matches(s: State, { prevLogIndex, prevLogTerm }: AppendEntries): boolean {
  return prevLogIndex < s.log.snapshotIndex || s.log.termAt(prevLogIndex) === prevLogTerm
}

/**
 * "If an existing entry conflicts with a new one, delete the existing entry and all that follow it; append any new
 * entries not already in the log" (§5.3). Entries that are there already stay: a late or repeated message that
 * ends earlier than the log does not shorten it.
 */
function appendMissing(s: State, entries: readonly Entry[]): void {
  const start = entries.findIndex(
    ({ index, term }) => index > s.log.snapshotIndex && s.log.termAt(index) !== term,
  )
  const first = entries[start]
  if (first === undefined) return
  if (first.index <= s.log.lastIndex) truncateLog(s, first.index)
  appendToLog(s, entries.slice(start))
}

/**
 * Entries are acknowledged when they are on disk. A heartbeat is answered at once, with as much of what it proved as
 * is on disk already: a slow disk must not look like a dead server.
 */
function acknowledge(s: State, { exchange, message }: Events['appendEntries'], lastNew: LogIndex): void {
  const { durableIndex } = s.persistence
  const matchIndex = message.entries.length > 0 ? lastNew : logIndex(Math.min(lastNew, durableIndex))
  const { round } = message
  const answer = {
    type: 'appendEntriesResponse',
    term: s.currentTerm,
    success: true,
    round,
    matchIndex,
  } as const
  reply(s, exchange, s.options.readLease ? promising(s, answer) : answer, matchIndex)
}

/** Fast back-tracking: nothing of a later term than prevLogTerm can match, nor anything beyond the log's end. */
function refuse(s: State, { exchange, message }: Events['appendEntries']): void {
  const { round, prevLogIndex, prevLogTerm } = message
  const answer = { type: 'appendEntriesResponse', term: s.currentTerm, success: false, round } as const
  const conflict = s.log.lastAtOrBelow(prevLogIndex, prevLogTerm)
  const refusal = { ...answer, matchIndex: prevLogIndex, conflict }
  reply(s, exchange, s.options.readLease ? promising(s, refusal) : refusal)
}

/** Who has leases on says what its leader's may rest on. */
function promising(s: State, answer: AppendEntriesResponse): AppendEntriesResponse {
  return { ...answer, silence: s.options.electionTimeoutMin }
}

/** Indices go up by one from prevLogIndex, terms do not fall and are not above the message's. */
function isDense({ prevLogIndex, prevLogTerm, entries, term }: AppendEntries): boolean {
  let last = { index: prevLogIndex, term: prevLogTerm }
  for (const entry of entries) {
    if (entry.index !== last.index + 1 || entry.term < last.term) return false
    last = entry
  }
  return last.term <= term
}
