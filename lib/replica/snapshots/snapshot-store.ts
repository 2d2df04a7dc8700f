/** Where snapshots are kept, as the replica sees it. `lib/storage` implements it on the folder of the log. */
import type { LogIndex, SnapshotPosition } from '../../raft/types.js'
import type { SnapshotFile } from '../../storage/snapshot-file.js'
import type { SnapshotWriter } from '../../storage/snapshot-writer.js'

export type { SnapshotFile, SnapshotWriter }

export interface SnapshotStore {
  /** The one in force. */
  readonly snapshot: SnapshotFile | undefined
  /** One in the making, beside the one in force; of two that are finished the one at the higher index is in force. */
  beginSnapshot(position: SnapshotPosition): SnapshotWriter
  /** Frees what holds only entries up to `index`, all of them covered by the snapshot in force. */
  compact(index: LogIndex): Promise<void>
}
