/** What a leader writes down of who is who, and what a server says of one that is not who it was (membership.ts has why). */
import { membersOf } from './quorum.js'
import { appendAsLeader } from './replication.js'
import type { Leader, State } from './state.js'
import { announce } from './state.js'
import type { Entry, Incarnation, ServerId } from './types.js'
import { logIndex } from './types.js'

type Pin = readonly [ServerId, Incarnation]

/**
 * A leader's first entry commits all before it and opens the way for reads (§5.4.2, §8). It is an identity entry when
 * there is something to pin: the cluster's id, or one of those who have answered in the election, also those who refused
 * or came late to it: whoever stands in the very first entry need not wait for one of the others to be pinned.
 */
export function firstEntry(s: State, heard: ReadonlyMap<ServerId, Incarnation>): Entry {
  const position = { index: logIndex(s.log.lastIndex + 1), term: s.currentTerm }
  const incarnations = [...heard].filter(([id]) => isUnpinnedMember(s, id))
  const { clusterId } = s.membership
  if (clusterId !== undefined && incarnations.length === 0) return { kind: 'empty', ...position }
  return { kind: 'identity', ...position, clusterId: clusterId ?? s.options.newClusterId, incarnations }
}

/** The first word of a member that is not pinned settles which incarnation of it counts. One that has left stays without. */
export function pin(s: State, leader: Leader, id: ServerId, incarnation: Incarnation): void {
  if (isUnpinnedMember(s, id)) writeDown(s, leader, [[id, incarnation]])
}

/** A pin that is committed is written down once more: whoever reads that knows it, also after a restart. */
export function repeatPins(s: State, leader: Leader): void {
  const committed = s.membership.pinsToRepeat(s.commitIndex)
  if (committed.length > 0) writeDown(s, leader, committed)
}

function isUnpinnedMember({ membership }: State, id: ServerId): boolean {
  return !membership.pins.has(id) && membersOf(membership.configuration).includes(id)
}

function writeDown(s: State, leader: Leader, incarnations: readonly Pin[]): void {
  const { clusterId } = s.membership
  if (clusterId === undefined) return
  const index = logIndex(s.log.lastIndex + 1)
  appendAsLeader(s, leader, [{ kind: 'identity', index, term: s.currentTerm, clusterId, incarnations }])
}

/** Once for each wrong incarnation, not once a message. */
export function reportWiped(s: State, peer: ServerId, incarnation: Incarnation, pinned: Incarnation): void {
  if (s.reported.get(peer) === incarnation) return
  s.reported.set(peer, incarnation)
  announce(s, { type: 'wipedMember', peer, pinned })
}

/**
 * The log pins another incarnation of this very member: its folder is not the one that the cluster knows. Said only by
 * who has all that a leader has committed, which has committed in its own term: one that came back after its removal
 * reads of its former self on the way there.
 */
export function reportOwnWipe(s: State, leaderCommit: number): void {
  const { id, incarnation } = s.options
  const pinned = s.membership.contradicted(id, incarnation)
  if (pinned === undefined || s.commitIndex < leaderCommit) return
  if (s.log.termAt(s.commitIndex) === s.currentTerm) reportWiped(s, id, incarnation, pinned)
}
