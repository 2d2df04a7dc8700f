import type { Events } from './events.js'
import type { Leader, State } from './state.js'
import { reply } from './state.js'

export function onInstallSnapshot(s: State, { exchange, message }: Events['installSnapshot']): void {
  const { index } = message.snapshot
  const answer = { type: 'installSnapshotResponse', term: s.currentTerm, snapshotIndex: index } as const
  reply(s, exchange, { ...answer, offset: message.offset, installed: false })
}

export function onChunkStored(s: State, { exchange, snapshotIndex, offset }: Events['chunkStored']): void {
  const answer = { type: 'installSnapshotResponse', term: s.currentTerm, snapshotIndex } as const
  reply(s, exchange, { ...answer, offset, installed: false })
}

export function onSnapshotStored(_s: State, _event: Events['snapshotStored']): void {
  // Nothing is installed yet.
}

export function onInstallSnapshotResponse(
  _s: State,
  _event: Events['installSnapshotResponse'],
  _leader: Leader,
): void {
  // Nothing is sent yet.
}
