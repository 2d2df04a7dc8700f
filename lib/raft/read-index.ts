/** Reads at a follower (thesis §6.4): it asks its leader for the read index, which the leader answers like a read. */
import type { Events } from './events.js'
import { READS_WAITING_MAX } from './reads.js'
import { refuseReader, refuseRemoteReads } from './readers.js'
import type { State } from './state.js'
import type { Ticks } from './types.js'

export function onReadAtFollower(s: State, { context, anywhere }: Events['read']): void {
  const { leaderId, remoteReads, stopped } = s
  if (!anywhere || leaderId === undefined || stopped) return refuseReader(s, { context }, 'notLeader')
  if (remoteReads.size >= READS_WAITING_MAX) return refuseReader(s, { context }, 'overloaded')
  remoteReads.add(context)
  askLeader(s)
}

/** An answer of the current term; whom it is not for, because its request was given up, it leaves alone. */
export function onReadIndexResponse(
  s: State,
  { from, message: { readIndex, number } }: Events['readIndexResponse'],
): void {
  if (from !== s.leaderId) return
  for (const context of s.remoteReads.answered(number)) {
    if (readIndex === null) refuseReader(s, { context }, 'notLeader')
    else s.effects.push({ type: 'readReady', context, index: readIndex })
  }
  askLeader(s)
}

export function onPeerUnreachableAtFollower(s: State, { peer }: Events['peerUnreachable']): void {
  if (peer === s.leaderId) refuseRemoteReads(s)
}

/** A leader that is heard but has not answered for so long has lost the request, or its answer was lost. */
export function repeatReadIndex(s: State, askedAt: Ticks): void {
  if (s.now - askedAt < s.options.electionTimeoutMin) return
  sendReadIndex(s, s.remoteReads.repeat(s.now))
}

function askLeader(s: State): void {
  if (s.remoteReads.wantsRequest) sendReadIndex(s, s.remoteReads.ask(s.now))
}

function sendReadIndex(s: State, number: number): void {
  if (s.leaderId === undefined) return
  s.effects.push({
    type: 'send',
    to: s.leaderId,
    message: { type: 'readIndex', term: s.currentTerm, serverId: s.options.id, number },
  })
}
