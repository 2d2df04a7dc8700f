import { LONG_SIZE, sizeOf } from './log.js'
import type { Progress } from './progress.js'
import { startSnapshot } from './send-snapshot.js'
import type { Leader, State } from './state.js'
import { appendToLog } from './own-log.js'
import type { Entry, LogIndex, ServerId } from './types.js'
import { logIndex, term } from './types.js'

/** Appends at the end of the leader's log and lets the followers have it while the disk is still writing. */
export function appendAsLeader(s: State, leader: Leader, entries: readonly Entry[]): void {
  appendToLog(s, entries)
  leader.unappliedSize += sizeOf(entries)
  for (const [id, progress] of leader.progress) replicateTo(s, leader, id, progress)
}

/** Sends what the follower lacks, as far as its window is open. What stays back leaves later, in larger batches. */
export function replicateTo(s: State, leader: Leader, id: ServerId, progress: Progress): void {
  const { inflightMessagesMax, messageSizeMax } = s.options
  while (progress.nextIndex <= s.log.lastIndex && progress.maySend(inflightMessagesMax)) {
    if (progress.nextIndex <= s.log.snapshotIndex) return startSnapshot(s, id, progress)
    const entries = s.log.batch(progress.nextIndex, messageSizeMax)
    sendAppendEntries(s, leader, id, progress, entries)
    progress.sent(logIndex(progress.nextIndex + entries.length - 1), sizeOf(entries) > LONG_SIZE)
  }
}

/** Whether its first entry is committed, and with it all that leaders before it had committed (§8). */
export function hasCommittedInTerm(s: State, leader: Leader): boolean {
  return s.commitIndex >= leader.firstIndex
}

export function sendAppendEntries(
  s: State,
  leader: Leader,
  to: ServerId,
  progress: Progress,
  entries: readonly Entry[],
): void {
  if (progress.state === 'probe') progress.probeFrom(s.log.snapshotIndex + 1)
  const before = entries.length === 0 ? progress.checkIndex : progress.nextIndex - 1
  const prevLogIndex: LogIndex = logIndex(Math.max(before, s.log.snapshotIndex))
  progress.commitSent = s.commitIndex
  s.effects.push({
    type: 'send',
    to,
    message: {
      type: 'appendEntries',
      term: s.currentTerm,
      leaderId: s.options.id,
      prevLogIndex,
      prevLogTerm: s.log.termAt(prevLogIndex) ?? term(0),
      entries,
      leaderCommit: s.commitIndex,
      round: leader.round,
    },
  })
}
