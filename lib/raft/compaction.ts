import type { Events } from './events.js'
import type { State } from './state.js'
import type { LogIndex, SnapshotPosition } from './types.js'

/** Entries up to `index` are covered by a durable snapshot. */
export function onCompact(_s: State, _event: Events['compact']): void {
  // Nothing is dropped yet.
}

export function positionAt(s: State, index: LogIndex): SnapshotPosition {
  throw new RangeError(`no snapshot position at ${index} of ${s.options.id}`)
}
