/** Who has heard whom, and when: what leaders, voters and readers may conclude from it. */
import type { Events } from './events.js'
import type { Progress } from './progress.js'
import { quorumValue } from './quorum.js'
import type { Leader, State } from './state.js'
import { announce } from './state.js'
import type { Configuration, ServerId, Ticks } from './types.js'
import { ticks } from './types.js'

/**
 * Whether a leader holds office as far as this server can tell: then nobody needs an election, and votes are refused
 * (thesis §4.2.3, §6.4). A leader itself asks whether a quorum still answers.
 */
export function hearsLeader(s: State): boolean {
  const { electionTimeoutMin } = s.options
  if (s.standing.role === 'leader') return s.now - quorumHeardAt(s, s.standing) < electionTimeoutMin
  return s.leaderHeardAt !== undefined && s.now - s.leaderHeardAt < electionTimeoutMin
}

/** Whether a vote would disturb a leader that holds office, or break what one may rely on. */
export function owesSilence(s: State): boolean {
  return hearsLeader(s) || s.now < silentUntil(s)
}

/**
 * With leases more is owed than a leader that is heard now: one may rest on this server although it has left that
 * leader's term since, or has forgotten it in a restart, perhaps a restart with a shorter timeout than the one that it
 * had promised. Or that leader seems to have ended, and lives.
 */
function silentUntil(s: State): number {
  const { readLease, electionTimeoutMin, promisedSilence } = s.options
  const promisedUntil = readLease ? s.followedAt + electionTimeoutMin : -Infinity
  return Math.max(promisedUntil, s.startedAt + promisedSilence)
}

/**
 * The leader's process has ended: it needs no silence, and to wait for it brings nothing. All others hear of it within
 * a heartbeat interval, or never; so this server stands at some moment of that.
 */
export function onPeerGone(s: State, { peer }: Events['peerGone']): void {
  if (peer !== s.leaderId || s.leaderHeardAt === undefined) return
  s.leaderHeardAt = undefined
  s.electionTimer.hasten(ticks(Math.max(s.now, silentUntil(s))), s.options.heartbeatInterval)
}

/** When a quorum was last in contact: each of its members has been heard then or later. */
export function quorumHeardAt(
  s: State,
  leader: Leader,
  now = s.now,
  configuration = s.membership.configuration,
): number {
  return quorumReached(s, leader, configuration, now, ({ heardAt }) => heardAt)
}

/** Since when no quorum has been heard, as far as this server could hear. */
export function quorumSilentSince(s: State, leader: Leader): number {
  return Math.max(quorumHeardAt(s, leader), leader.heldUpAt)
}

/** The highest heartbeat round that a quorum has answered. */
export function quorumRound(s: State, leader: Leader): number {
  return quorumReached(s, leader, s.membership.configuration, leader.round, ({ round }) => round)
}

/**
 * Whether a quorum is in contact whose acknowledgements count: without one nothing could be committed now. Who has only
 * just come for the first time is heard, and does not count yet (pins.ts).
 */
export function canCommit(s: State, leader: Leader): boolean {
  const { membership, options, commitIndex } = s
  const heardAt = quorumValue(membership.configuration, (id) => {
    if (!membership.counts(id, commitIndex)) return -Infinity
    if (id === options.id) return s.now
    const progress = leader.progress.get(id)
    return progress === undefined || progress.isOlderCopy ? -Infinity : progress.heardAt
  })
  return s.now - heardAt < options.electionTimeoutMin
}

/** For so long each of a quorum that has answered `round` gives nobody else a vote from the round's beginning on. */
export function quorumSilence(s: State, leader: Leader, round: number): number {
  const { electionTimeoutMin } = s.options
  return quorumReached(s, leader, s.membership.configuration, electionTimeoutMin, (progress) =>
    progress.round >= round ? progress.silence : 0,
  )
}

/**
 * Who is not pinned yet does not count: it might be heard as two. An older copy may have promised another leader what
 * it says now.
 */
function quorumReached(
  s: State,
  leader: Leader,
  configuration: Configuration,
  own: number,
  valueOf: (progress: Progress) => number,
): number {
  return quorumValue(configuration, (id) => {
    if (id === s.options.id) return own
    const progress = s.membership.pins.has(id) ? leader.progress.get(id) : undefined
    return progress === undefined || progress.isOlderCopy ? -Infinity : valueOf(progress)
  })
}

/**
 * When this server last knew that it had applied all that was committed: as a leader, which decides what is, when a
 * quorum last confirmed that it is one. -Infinity: never.
 */
export function knownAt(s: State, now: Ticks): number {
  const { standing } = s
  if (standing.role !== 'leader' || s.lastApplied < standing.firstIndex) return s.dataAge.knownAt
  return quorumHeardAt(s, standing, now)
}

/** Whether a follower has answered lately. */
export function isHeard(s: State, { heardAt }: Progress): boolean {
  return s.now - heardAt < s.options.electionTimeoutMin
}

/** It has answered after it was silent. */
export function noteReturn(s: State, peer: ServerId, progress: Progress): void {
  progress.lostContact = false
  announce(s, { type: 'regainedContact', peer })
}

/** A follower that has been silent for the minimum timeout has lost what was sent to it, for all this server knows. */
export function noteSilence(s: State, peer: ServerId, progress: Progress): void {
  progress.lostContact = true
  progress.unreachable()
  announce(s, { type: 'lostContact', peer })
}
