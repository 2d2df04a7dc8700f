/** A leader's heartbeat rounds, and the reads that they confirm (thesis §6.4). */
import { canCommit, quorumRound, quorumSilence } from './contact.js'
import type { Events } from './events.js'
import { answerReadIndex, refuseReader } from './readers.js'
import { READS_WAITING_MAX } from './reads.js'
import type { Reader } from './reads.js'
import { hasCommittedInTerm, sendAppendEntries } from './replication.js'
import type { Leader, State } from './state.js'
import { ticks, type LogIndex } from './types.js'

/**
 * A heartbeat round: an empty AppendEntries to everyone. Its check stands at nextIndex - 1, behind all that was sent,
 * so it is refused exactly when something on the way was lost, and nothing needs a timer of its own.
 */
export function startRound(s: State, leader: Leader): void {
  leader.round++
  leader.heartbeatDue = ticks(s.now + s.options.heartbeatInterval)
  leader.lease?.began(leader.round, s.now)
  if (leader.reads.size > 0 && hasCommittedInTerm(s, leader)) leader.reads.ask(leader.round, s.commitIndex)
  for (const [id, progress] of leader.progress) sendAppendEntries(s, leader, id, progress, [])
  if (leader.reads.size > 0 || leader.lease !== undefined) confirmReads(s, leader)
}

/** Of another member. */
export function onReadIndex(s: State, { exchange, message }: Events['readIndex'], leader: Leader): void {
  onRead(s, { exchange, number: message.number }, leader)
}

export function onRead(s: State, reader: Reader, leader: Leader): void {
  if (leader.reads.size >= READS_WAITING_MAX) return refuseReader(s, reader, 'overloaded')
  if (!hasCommittedInTerm(s, leader) && !canCommit(s, leader)) return refuseReader(s, reader, 'noQuorum')
  leader.reads.add(reader)
  startReads(s, leader)
}

/** Lets reads that wait go on under a lease, or begins a round for them, unless one that serves others is under way. */
export function startReads(s: State, leader: Leader): void {
  if (!hasCommittedInTerm(s, leader)) return
  // Once another was told to stand, voters do not wait for this leader's silence any more.
  if (leader.lease?.holds(s.now) === true && !leader.hasNamedSuccessor) {
    for (const reader of leader.reads.takeWaiting()) answerReader(s, reader, s.commitIndex)
  } else if (leader.reads.wantsRound) startRound(s, leader)
}

/** Reads whose round a quorum has answered: this server still led when they came in. */
export function confirmReads(s: State, leader: Leader): void {
  const confirmed = quorumRound(s, leader)
  leader.lease?.confirmed(confirmed, quorumSilence(s, leader, confirmed))
  for (const { readers, index } of leader.reads.confirmed(confirmed)) {
    for (const reader of readers) answerReader(s, reader, index)
  }
}

function answerReader(s: State, reader: Reader, index: LogIndex): void {
  if ('exchange' in reader) answerReadIndex(s, reader, index)
  else s.effects.push({ type: 'readReady', context: reader.context, index })
}
