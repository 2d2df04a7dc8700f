/** What follows when this server's log grows, is cut, becomes durable, is committed and is applied. */
import type { Events } from './events.js'
import { invariant, violation } from './invariant.js'
import { noteStarts } from './known-copies.js'
import { sizeOf } from './log.js'
import { isVoter } from './quorum.js'
import type { State } from './state.js'
import { announce } from './state.js'
import type { Entry, Incarnation, LogIndex } from './types.js'
import { logIndex } from './types.js'

export function appendToLog(s: State, entries: readonly Entry[]): void {
  const [first] = entries
  if (first === undefined) return
  s.log.append(entries)
  s.persistence.appended(first.index)
  if (entries.some(({ kind }) => kind === 'identity' || kind === 'configuration')) noteMembers(s, entries)
}

function noteMembers(s: State, entries: readonly Entry[]): void {
  s.membership.appended(entries)
  noteStarts(s)
  if (entries.some(({ kind }) => kind === 'configuration')) announceConfiguration(s)
}

export function truncateLog(s: State, from: LogIndex): void {
  invariant(from > s.commitIndex, 'Committed entries are never truncated', {
    commitIndex: s.commitIndex,
    from,
    currentTerm: s.currentTerm,
  })
  const { configuration } = s.membership
  s.log.truncateFrom(from)
  s.membership.truncatedFrom(from)
  s.persistence.truncated(from)
  if (s.membership.configuration !== configuration) announceConfiguration(s)
}

export function commitTo(s: State, index: LogIndex): void {
  if (index <= s.commitIndex) return
  const { lastIndex } = s.log
  if (index > lastIndex)
    throw violation('Only what is in the log is committed', { commitIndex: index, lastIndex })
  const before = s.commitIndex
  s.commitIndex = index
  if (before < s.membership.lastIndex) announceCommitted(s, before)
}

/** What the entries after `before` that are committed now say of the cluster itself. */
function announceCommitted(s: State, before: LogIndex): void {
  for (const { index, configuration, left } of s.membership.configurationsBetween(before, s.commitIndex)) {
    if (left.has(s.options.id) && isThisOne(s, left.get(s.options.id)))
      announce(s, { type: 'removed', index })
    if (configuration.outgoing === undefined)
      announce(s, { type: 'configurationCommitted', index, configuration })
  }
  const known = s.membership.committedClusterId
  s.membership.committed(s.commitIndex)
  noteStarts(s)
  const clusterId = s.membership.committedClusterId
  if (clusterId !== undefined && clusterId !== known) announce(s, { type: 'clusterPinned', clusterId })
}

/**
 * Whether a member of this id that was pinned so is this very one: who comes back with a new folder reads in the log of
 * its former self's end. One that was never heard is this one if the cluster began with it, as such a folder is not
 * made for who comes back.
 */
function isThisOne(
  { options: { id, incarnation, bootstrap } }: State,
  pinned: Incarnation | undefined,
): boolean {
  return pinned === undefined ? isVoter(bootstrap, id) : pinned === incarnation
}

/** The disk's news. */
export function onPersisted(s: State, { token }: Events['persisted']): void {
  s.persistence.completed(token)
  s.stalled = false
}

/** The state machine's news. */
export function onApplied(s: State, { index }: Events['applied']): void {
  const { applyIndex: handedOut } = s
  if (index > handedOut) throw violation('Only what was handed out is applied', { applied: index, handedOut })
  if (index < s.lastApplied) return
  advanceApplied(s, index)
  s.isRestoring = false
  if (s.dataAge.next !== undefined) s.dataAge.applied(s.lastApplied, (at) => s.log.termAt(at))
}

/**
 * The state machine is at `index`, by entries or by a snapshot; what the log holds up to there burdens nobody any more.
 */
export function advanceApplied(s: State, index: LogIndex): void {
  if (s.standing.role === 'leader') {
    s.standing.unappliedSize -= sizeOf(s.log.slice(logIndex(s.lastApplied + 1), index))
  }
  s.lastApplied = index
  s.log.applied(index)
}

export function announceConfiguration(s: State): void {
  announce(s, { type: 'configurationChanged', configuration: s.membership.configuration })
}
