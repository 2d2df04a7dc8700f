/** What those are told who asked for a read index and get none: a caller of this server, or another member. */
import type { Reader } from './reads.js'
import type { State } from './state.js'
import { reply } from './persistence.js'
import type { Exchange, LogIndex, RefusalReason } from './types.js'

/** Another member is only told that there is no answer here: its callers go and look for the leader. */
export function refuseReader(s: State, reader: Reader, reason: RefusalReason): void {
  if ('exchange' in reader) answerReadIndex(s, reader, null)
  else s.effects.push({ type: 'readRefused', context: reader.context, reason })
}

export function answerReadIndex(
  s: State,
  { exchange, number }: { readonly exchange: Exchange; readonly number: number },
  readIndex: LogIndex | null,
): void {
  reply(s, exchange, { type: 'readIndexResponse', term: s.currentTerm, number, readIndex })
}

/** Whoever asks again finds out where the leader is; to wait here for one would be a guess. */
export function refuseRemoteReads(s: State): void {
  for (const context of s.remoteReads.drain()) refuseReader(s, { context }, 'notLeader')
}
