/** What a leader writes down of who is who, and what a server says of one that is not who it was (pins.ts has why). */
import { membersOf } from './quorum.js'
import { appendAsLeader } from './replication.js'
import type { Leader, State } from './state.js'
import { announce } from './state.js'
import type { Speaker } from './events.js'
import type { Entry, IdentityEntry, Incarnation, ServerId, StartPin } from './types.js'
import { logIndex } from './types.js'

type Pin = readonly [ServerId, Incarnation]

/** What an identity entry writes down. */
type Words = Pick<IdentityEntry, 'incarnations' | 'starts'>

/**
 * A leader's first entry commits all before it and opens the way for reads (§5.4.2, §8). It is an identity entry when
 * there is something to pin: the cluster's id, or the incarnation or start of one of those who have answered in the
 * election, also those who refused or came late to it: whoever stands in the very first entry need not wait for one of
 * the others to be pinned.
 */
export function firstEntry(s: State, heard: ReadonlyMap<ServerId, Speaker>): Entry {
  const position = { index: logIndex(s.log.lastIndex + 1), term: s.currentTerm }
  const speakers = [...heard.values()]
  const incarnations = speakers.filter(({ from }) => isUnpinnedMember(s, from)).map(pinOf)
  const starts = speakers.flatMap((speaker) => newStart(s, speaker))
  const { clusterId } = s.membership
  const isNews = clusterId === undefined || incarnations.length + starts.length > 0
  if (!isNews) return { kind: 'empty', ...position }
  return {
    kind: 'identity',
    ...position,
    clusterId: clusterId ?? s.options.newClusterId,
    ...words(incarnations, starts),
  }
}

/**
 * The first word of a member that is not pinned settles which incarnation of it counts. One that has left stays
 * without.
 */
export function pin(s: State, leader: Leader, speaker: Speaker): void {
  if (isUnpinnedMember(s, speaker.from)) writeDown(s, leader, words([pinOf(speaker)], newStart(s, speaker)))
}

/** A start is written down as soon as a leader hears of it: whoever has read that knows a folder from before it. */
export function pinStart(s: State, leader: Leader, speaker: Speaker): void {
  const starts = newStart(s, speaker)
  if (starts.length > 0) writeDown(s, leader, words([], starts))
}

/** As it stands, an older copy does not count: `start` takes the place of what its folder lacks. */
export function writeStart(s: State, leader: Leader, start: StartPin): void {
  // Of one that has left nothing is kept: who comes back under its id may have another folder.
  if (membersOf(s.membership.configuration).includes(start[0])) writeDown(s, leader, words([], [start]))
}

/** A pin that is committed is written down once more: whoever reads that knows it, also after a restart. */
export function repeatPins(s: State, leader: Leader): void {
  const committed = s.membership.pinsToRepeat(s.commitIndex)
  const starts = s.membership.startsToRepeat(s.commitIndex)
  if (committed.length + starts.length > 0) writeDown(s, leader, words(committed, starts))
}

function pinOf({ from, incarnation }: Speaker): Pin {
  return [from, incarnation]
}

function words(incarnations: readonly Pin[], starts: readonly StartPin[]): Words {
  return { incarnations, ...(starts.length > 0 && { starts }) }
}

/** The start that speaks, if its folder goes on from the one that is pinned. */
function newStart({ membership }: State, { from, starts }: Speaker): readonly StartPin[] {
  const start = starts?.at(-1)
  const isMember = membersOf(membership.configuration).includes(from)
  if (start === undefined || !isMember || membership.starts.get(from)?.at(-1)?.start === start) return []
  return membership.isOlderCopy(from, starts) ? [] : [[from, start]]
}

function isUnpinnedMember({ membership }: State, id: ServerId): boolean {
  return !membership.pins.has(id) && membersOf(membership.configuration).includes(id)
}

function writeDown(s: State, leader: Leader, news: Words): void {
  const { clusterId } = s.membership
  if (clusterId === undefined) return
  const index = logIndex(s.log.lastIndex + 1)
  appendAsLeader(s, leader, [{ kind: 'identity', index, term: s.currentTerm, clusterId, ...news }])
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
