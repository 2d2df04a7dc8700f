/** Members come and go while a leader is in office: it speaks to the new ones at once, and to those that left until they know. */
import { Progress } from './progress.js'
import { membersOf } from './quorum.js'
import { replicateTo } from './replication.js'
import type { Leader, State } from './state.js'
import type { AppendEntriesResponse, LogIndex, ServerId, Ticks } from './types.js'
import { ticks } from './types.js'

/** One that is not in the configuration any more. */
export interface Leaving {
  /** The entry without it. */
  readonly index: LogIndex
  /** It may be gone for good; no longer than this is it spoken to. */
  readonly until: Ticks
  /** From this heartbeat round on a success says that it knows of the commit. Infinity until there is one. */
  firstRound: number
}

/** How long one that left is spoken to at most, in maximum election timeouts. */
const PATIENCE = 10

/**
 * Lets the leader's book of followers keep up with the configuration that has just taken effect. One that comes back may
 * have a new folder: nothing is known of its log.
 */
export function noteDepartures(s: State, leader: Leader): void {
  const members = new Set(membersOf(s.membership.configuration))
  for (const id of members) {
    const isBack = leader.leaving.delete(id)
    if (id === s.options.id || (leader.progress.has(id) && !isBack)) continue
    const progress = new Progress(s.log.lastIndex, undefined)
    leader.progress.set(id, progress)
    replicateTo(s, leader, id, progress)
  }
  for (const id of leader.progress.keys()) {
    if (!members.has(id) && !leader.leaving.has(id)) leader.leaving.set(id, leavingNow(s))
  }
}

function leavingNow(s: State): Leaving {
  const until = ticks(s.now + PATIENCE * s.options.electionTimeoutMax)
  return { index: s.membership.configurationIndex, until, firstRound: Infinity }
}

/** Something was committed: messages from the next round on say so. */
export function noteCommittedDepartures(s: State, leader: Leader): void {
  for (const leaving of leader.leaving.values()) {
    if (leaving.index <= s.commitIndex) leaving.firstRound = Math.min(leaving.firstRound, leader.round + 1)
  }
}

/** One that left has answered: it knows, if it holds the entry and has been told of the commit. */
export function noteFarewell(
  leader: Leader,
  from: ServerId,
  { success, matchIndex, round }: AppendEntriesResponse,
): void {
  const leaving = leader.leaving.get(from)
  if (leaving === undefined) return
  if (success && matchIndex >= leaving.index && round >= leaving.firstRound) forget(leader, from)
}

export function forgetDeparted(s: State, leader: Leader): void {
  for (const [id, { until }] of leader.leaving) if (s.now >= until) forget(leader, id)
}

function forget(leader: Leader, id: ServerId): void {
  leader.leaving.delete(id)
  leader.progress.delete(id)
}
