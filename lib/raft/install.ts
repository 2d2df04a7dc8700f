/** InstallSnapshot (§7, Figure 13) as its receiver sees it, and what the leader makes of the answers. */
import { noteReturn } from './contact.js'
import type { Events } from './events.js'
import { follow } from './follower.js'
import { invariant } from './invariant.js'
import { replicateTo } from './replication.js'
import { sendPieces } from './send-snapshot.js'
import type { Leader, State } from './state.js'
import { noteStarts } from './known-copies.js'
import { advanceApplied, announceConfiguration, commitTo } from './own-log.js'
import { reply } from './persistence.js'
import { announce } from './state.js'
import type { Exchange, InstallSnapshot, LogIndex, SnapshotPosition } from './types.js'

/** The message is of the current term (an older one was refused before), so its sender leads. */
export function onInstallSnapshot(s: State, { from, exchange, message }: Events['installSnapshot']): void {
  follow(s, from)
  const { index } = message.snapshot
  if (index <= s.commitIndex) return confirmInstalled(s, exchange, index)
  // As if nothing had come: so no more than a piece leaves with each heartbeat.
  if (!isSound(s, message)) return askFor(s, exchange, index, 0)
  s.effects.push({ type: 'storeChunk', exchange, message })
}

/** A leader's snapshot ends in a term that has begun, and is of this cluster as far as this server knows it. */
function isSound(s: State, { term, snapshot }: InstallSnapshot): boolean {
  const clusterId = s.membership.committedClusterId
  return snapshot.term <= term && (clusterId === undefined || snapshot.clusterId === clusterId)
}

export function onChunkStored(s: State, { exchange, snapshotIndex, offset }: Events['chunkStored']): void {
  askFor(s, exchange, snapshotIndex, offset)
}

/**
 * "If existing log entry has same index and term as snapshot's last included entry, retain log entries following it and
 * reply. Discard the entire log. Reset state machine using snapshot contents" (Figure 13). A snapshot of what is
 * committed here already changes nothing: the state machine is further, or is about to be.
 */
export function onSnapshotStored(s: State, { exchange, snapshot }: Events['snapshotStored']): void {
  const { index, term } = snapshot
  if (index > s.commitIndex) {
    if (s.log.termAt(index) === term) commitTo(s, index)
    else restartLogAt(s, snapshot)
    s.applyIndex = index
    advanceApplied(s, index)
    s.isRestoring = true
    s.effects.push({ type: 'restore', snapshot })
  }
  confirmInstalled(s, exchange, index)
}

/** The log ends before the snapshot, or went another way that was never committed. */
function restartLogAt(s: State, snapshot: SnapshotPosition): void {
  invariant(s.standing.role !== 'leader', 'A leader holds all that was committed before', {
    term: s.currentTerm,
    snapshotIndex: snapshot.index,
    snapshotTerm: snapshot.term,
    lastIndex: s.log.lastIndex,
  })
  const before = s.membership.committedClusterId
  const { id, incarnation } = s.options
  // What an identity that lost has pinned was never a member of the cluster that won.
  const wasPinned = s.membership.clusterId === snapshot.clusterId && s.membership.pins.get(id) === incarnation
  s.log.reset(snapshot.index, snapshot.term)
  s.membership.reset(snapshot)
  s.persistence.reset({ index: snapshot.index, term: snapshot.term })
  s.commitIndex = snapshot.index
  noteStarts(s)
  announceConfiguration(s)
  const { index, configuration, clusterId } = snapshot
  if (wasPinned && s.membership.pins.get(id) !== incarnation) announce(s, { type: 'removed', index })
  if (configuration.outgoing === undefined) {
    announce(s, { type: 'configurationCommitted', index, configuration })
  }
  if (clusterId !== undefined && clusterId !== before) announce(s, { type: 'clusterPinned', clusterId })
}

function askFor(s: State, exchange: Exchange, snapshotIndex: LogIndex, offset: number): void {
  const answer = { type: 'installSnapshotResponse', term: s.currentTerm, snapshotIndex } as const
  reply(s, exchange, { ...answer, offset, installed: false })
}

/** True once the log goes on at the snapshot on disk too, or holds on disk what the snapshot covers. */
function confirmInstalled(s: State, exchange: Exchange, snapshotIndex: LogIndex): void {
  const answer = { type: 'installSnapshotResponse', term: s.currentTerm, snapshotIndex } as const
  reply(s, exchange, { ...answer, offset: 0, installed: true }, snapshotIndex)
}

/** A snapshot of this leader's is never above its commit index, so another answer is not to this leader. */
export function onInstallSnapshotResponse(
  s: State,
  { from, starts, message }: Events['installSnapshotResponse'],
  leader: Leader,
): void {
  const progress = leader.progress.get(from)
  const { snapshotIndex, offset, installed } = message
  if (progress === undefined || !progress.hasAnswered || snapshotIndex > s.commitIndex) return
  // Of a process that has ended since, or that no heartbeat has heard yet: perhaps another one speaks for that folder.
  if (starts?.at(-1) !== progress.starts?.at(-1)) return
  progress.heardAt = s.now
  if (progress.lostContact) noteReturn(s, from, progress)
  if (installed) {
    progress.acknowledged(snapshotIndex)
    progress.endSnapshot()
    replicateTo(s, leader, from, progress)
  } else if (progress.pieceAnswered({ index: snapshotIndex, offset }, s.now))
    sendPieces(s, from, progress, false)
}
