import { term, type Recovered, type SnapshotPosition } from '../raft/types.js'
import { DamagedStorageError } from './errors.js'
import type { LogEntries } from './log-entries.js'
import type { Change, Checkpoint } from './record.js'
import { segmentName } from './segment.js'
import { snapshotName } from './snapshot-file.js'

/** What log and snapshot add up to. */
export interface Joined {
  readonly recovered: Recovered
  /** Without it the log on disk would not go on where `recovered` ends. To be made durable first. */
  readonly reset: Change | undefined
}

/** What the log is, as far as a snapshot must fit to it. */
interface Log {
  readonly entries: LogEntries
  readonly end: Checkpoint
  /** The sequence number of the first segment. */
  readonly first: number
}

/**
 * Leaves out of the log what the snapshot covers. A log that does not hold the snapshot's last entry goes as a whole:
 * the snapshot came from a leader, or was taken before the entry was durable here, and a crash came before what was to
 * follow. Throws a DamagedStorageError when entries are in neither.
 */
export function joinLog({ entries, end, first }: Log, snapshot: SnapshotPosition | undefined): Joined {
  const covered = snapshot?.index ?? 0
  if (entries.base > covered || (first > 1 && !snapshot)) throw missing(entries, first, snapshot)
  const { hardState } = end
  if (!snapshot) return { recovered: { hardState, entries: entries.all }, reset: undefined }
  if (entries.holds(snapshot)) {
    return { recovered: { hardState, entries: entries.after(snapshot.index), snapshot }, reset: undefined }
  }
  const { index, term } = snapshot
  const reset = { hardState: reached(end, snapshot), reset: { index, term }, entries: [] }
  return { recovered: { hardState: reset.hardState, entries: [], snapshot }, reset }
}

/**
 * A term that a snapshot proves to have begun, and in which this member has not voted: else its own would not be lower.
 */
function reached({ hardState }: Checkpoint, snapshot: SnapshotPosition): Checkpoint['hardState'] {
  if (hardState.currentTerm >= snapshot.term) return hardState
  return { currentTerm: term(snapshot.term), votedFor: undefined }
}

function missing(
  { base }: LogEntries,
  first: number,
  snapshot: SnapshotPosition | undefined,
): DamagedStorageError {
  const newest = snapshot ? `the newest snapshot ends at ${snapshot.index}` : 'there is no snapshot'
  const because = `the file is missing: the log begins after entry ${base}, and ${newest}`
  return new DamagedStorageError(first > 1 ? segmentName(first - 1) : snapshotName(base), 0, because)
}
