/**
 * What a leader does with what comes in; how it appends and sends stands in replication.ts, its heartbeats in
 * heartbeats.ts.
 */
import type { Events } from './events.js'
import { canCommit, hearsLeader, noteReturn, noteSilence, quorumSilentSince } from './contact.js'
import { forget, noteFarewell } from './departures.js'
import { pin } from './identity.js'
import { lacksAcknowledged, noteSpeaker, noteStart } from './older-copies.js'
import type { RaftLog } from './log.js'
import type { Progress } from './progress.js'
import { isVoter } from './quorum.js'
import { advanceCommit, tellIfIdle } from './commit.js'
import { appendAsLeader, replicateTo } from './replication.js'
import { confirmReads, startReads, startRound } from './heartbeats.js'
import { stepDown } from './roles.js'
import { resumeSnapshot } from './send-snapshot.js'
import type { Leader, State } from './state.js'
import { giveUpTransfer, hurrySuccessor } from './transfer.js'
import type { AppendEntriesResponse, CommandEntry, LogIndex, RefusalReason } from './types.js'
import { logIndex, ticks } from './types.js'

type Conflict = NonNullable<AppendEntriesResponse['conflict']>

/** Check-quorum (§6.2 of the thesis): a leader that cannot reach a quorum must not keep clients waiting. */
export function onLeaderTick(s: State, _: Events['tick'], leader: Leader): void {
  if (s.now - quorumSilentSince(s, leader) >= s.options.electionTimeoutMax) return stepDown(s, 'lostQuorum')
  if (leader.transferringTo !== undefined) giveUpTransfer(s, leader)
  if (s.now >= leader.housekeepingDue) keepHouse(s, leader)
  if (s.now < leader.heartbeatDue) return
  startRound(s, leader)
  if (leader.reads.size > 0) startReads(s, leader)
}

/**
 * Answers may be waiting to be read, and nobody was asked meanwhile: whether the others are silent shows from here on.
 */
export function onHeldUp(s: State, _: Events['heldUp'], leader: Leader): void {
  leader.heldUpAt = s.now
  if (s.now >= leader.heartbeatDue) startRound(s, leader)
}

function keepHouse(s: State, leader: Leader): void {
  leader.housekeepingDue = ticks(s.now + s.options.heartbeatInterval)
  for (const [id, progress] of leader.progress) {
    // It would have answered by now, had it been there and this server listening.
    const silentSince = Math.max(progress.heardAt, leader.heldUpAt)
    if (!progress.lostContact && s.now - silentSince >= s.options.electionTimeoutMin)
      noteSilence(s, id, progress)
    if (progress.leaving !== undefined && s.now >= progress.leaving.until) forget(s, leader, id)
  }
  if (s.membership.configuration.learners.length > 0) leader.recentEnd.note(s.now, s.log.lastIndex)
}

/** All commands are appended together, in order, or none is. */
export function onPropose(s: State, { commands }: Events['propose'], leader: Leader): void {
  const size = commands.reduce((sum, data) => sum + data.length, 0)
  const reason = refusal(s, leader, size)
  if (reason !== undefined) return void s.effects.push({ type: 'refused', reason })
  const from = logIndex(s.log.lastIndex + 1)
  s.effects.push({ type: 'appended', from, count: commands.length, term: s.currentTerm })
  const entries = commands.map((data, offset): CommandEntry => ({
    kind: 'command',
    index: logIndex(from + offset),
    term: s.currentTerm,
    data,
  }))
  appendAsLeader(s, leader, entries)
}

function refusal(s: State, leader: Leader, size: number): RefusalReason | undefined {
  // Its end is in sight: what it took now, its callers might never hear of.
  const isRetiring = leader.transferringTo !== undefined || !isVoter(s.membership.configuration, s.options.id)
  if (isRetiring) return 'notLeader'
  if (!hearsLeader(s)) return 'noQuorum'
  // Once all entries about the cluster are committed, whoever is pinned counts.
  if (s.membership.lastIndex > s.commitIndex && !canCommit(s, leader)) return 'noQuorum'
  const isFull = leader.unappliedSize > 0 && leader.unappliedSize + size > s.options.uncommittedSizeMax
  return isFull ? 'overloaded' : undefined
}

export function onAppendEntriesResponse(
  s: State,
  event: Events['appendEntriesResponse'],
  leader: Leader,
): void {
  const { from, message } = event
  const progress = leader.progress.get(from)
  if (progress === undefined || message.matchIndex > s.log.lastIndex) return
  if (message.round < progress.firstRound) return
  const start = event.starts?.at(-1)
  const isKnown = start === progress.starts?.at(-1) && !progress.isOlderCopy
  if (!isKnown && !noteSpeaker(s, leader, event, progress)) return
  if (progress.matchBefore > 0 && lacksAcknowledged(s, leader, event, progress)) return
  progress.heardAt = s.now
  if (progress.lostContact) noteReturn(s, from, progress)
  progress.answered(message.round, message.silence ?? ticks(0))
  if (message.success) progress.acknowledged(message.matchIndex)
  else backtrack(s, progress, message)
  if (!s.membership.pins.has(from)) pin(s, leader, event)
  const isPinned = start === undefined || s.membership.starts.get(from)?.at(-1)?.start === start
  if (!isPinned) noteStart(s, leader, event, progress)
  const before = s.commitIndex
  if (progress.matchIndex > before) advanceCommit(s, leader)
  if (s.standing !== leader) return
  if (leader.reads.size > 0 || leader.lease !== undefined) confirmReads(s, leader)
  if (leader.reads.size > 0) startReads(s, leader)
  if (progress.state === 'snapshot') resumeSnapshot(s, from, progress)
  if (progress.nextIndex <= s.log.lastIndex) replicateTo(s, leader, from, progress)
  else if (progress.commitSent < s.commitIndex) tellIfIdle(s, leader, from, progress)
  if (from === leader.transferringTo && s.commitIndex === before) hurrySuccessor(s, leader, from)
  if (progress.leaving !== undefined) noteFarewell(s, leader, from, progress.leaving, message)
}

/** Both sides skip whole terms: the follower what is newer than prevLogTerm, the leader what is newer than the hint. */
function backtrack(s: State, progress: Progress, { matchIndex, conflict }: AppendEntriesResponse): void {
  const agreeable = conflict === undefined ? matchIndex - 1 : agreeableIndex(s.log, conflict)
  progress.refused(matchIndex, logIndex(Math.max(agreeable, 0)))
}

/** Of what the log no longer holds nothing is known but that it is committed. */
function agreeableIndex(log: RaftLog, { index, term }: Conflict): LogIndex {
  return index < log.snapshotIndex ? index : log.lastAtOrBelow(index, term).index
}

export function onPeerUnreachable(_: State, { peer }: Events['peerUnreachable'], leader: Leader): void {
  leader.progress.get(peer)?.unreachable()
}
