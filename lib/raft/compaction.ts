/** The log gives up what a snapshot covers (§7). */
import type { Events } from './events.js'
import { invariant } from './invariant.js'
import type { State } from './state.js'
import type { LogIndex, SnapshotPosition } from './types.js'

/** Entries up to `index` are covered by a durable snapshot. */
export function onCompact(s: State, { index }: Events['compact']): void {
  if (index <= s.log.snapshotIndex) return
  invariant(index <= s.lastApplied, 'Only what is applied is compacted', {
    index,
    lastApplied: s.lastApplied,
    commitIndex: s.commitIndex,
  })
  s.log.compact(index)
  s.membership.compacted(index)
}

/** What a snapshot at `index` must say of the cluster. Throws RangeError where none can stand. */
export function positionAt(s: State, index: LogIndex): SnapshotPosition {
  const term = s.log.termAt(index)
  if (term === undefined || index > s.applyIndex) {
    const range = `from ${s.log.snapshotIndex} to ${s.applyIndex}`
    throw new RangeError(`no snapshot of ${s.options.id} can stand at ${index}, only at ${range}`)
  }
  return { index, term, ...s.membership.at(index) }
}
