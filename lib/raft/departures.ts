/**
 * Members come and go while a leader is in office: it speaks to the new ones at once, and to those that left until they
 * know.
 */
import type { Leaving } from './progress.js'
import { Progress } from './progress.js'
import { membersOf } from './quorum.js'
import { startRound } from './heartbeats.js'
import type { Leader, State } from './state.js'
import { announce } from './state.js'
import type { AppendEntriesResponse, ServerId } from './types.js'
import { ticks } from './types.js'

/** How long one that left is spoken to at most, in maximum election timeouts. */
const PATIENCE = 10

/**
 * Lets the leader's book of followers keep up with the configuration that has just taken effect. One that comes back
 * may have a new folder: nothing is known of its log.
 */
export function trackMembers(s: State, leader: Leader): void {
  const members = membersOf(s.membership.configuration)
  for (const [id, progress] of leader.progress) {
    if (!members.includes(id)) progress.leaving ??= leavingNow(s)
  }
  const newcomers = members.filter((id) => id !== s.options.id && !isFollowed(leader, id))
  if (newcomers.length === 0) return
  const firstRound = leader.round + 1
  for (const id of newcomers) leader.progress.set(id, new Progress(s.log.lastIndex, undefined, firstRound))
  startRound(s, leader)
}

/** As a member; one that has left is only spoken to. */
export function isFollowed(leader: Leader, id: ServerId): boolean {
  const progress = leader.progress.get(id)
  return progress !== undefined && progress.leaving === undefined
}

function leavingNow(s: State): Leaving {
  const until = ticks(s.now + PATIENCE * s.options.electionTimeoutMax)
  return { index: s.membership.configurationIndex, until, firstRound: Infinity }
}

/** Something was committed: messages from the next round on say so. */
export function noteCommittedDepartures(s: State, leader: Leader): void {
  for (const { leaving } of leader.progress.values()) {
    if (leaving === undefined || leaving.index > s.commitIndex) continue
    leaving.firstRound = Math.min(leaving.firstRound, leader.round + 1)
  }
}

/** One that left has answered: it knows, if it holds the entry and has been told of the commit. */
export function noteFarewell(
  s: State,
  leader: Leader,
  from: ServerId,
  leaving: Leaving,
  { success, matchIndex, round }: AppendEntriesResponse,
): void {
  if (success && matchIndex >= leaving.index && round >= leaving.firstRound) forget(s, leader, from)
}

/** Nothing is known of it any more, and nobody speaks to it. */
export function forget(s: State, leader: Leader, peer: ServerId): void {
  leader.progress.delete(peer)
  announce(s, { type: 'departed', peer })
}
