import type { LogIndex } from '../../raft/types.js'

/** What happens to the snapshots of a replica. */
export type SnapshotEvent =
  /** It is durable and in force. `took`: milliseconds. */
  | {
      readonly type: 'snapshotTaken'
      readonly index: LogIndex
      readonly bytes: number
      readonly took: number
    }
  /** The objects stand where one does that came from the leader. */
  | { readonly type: 'snapshotRestored'; readonly index: LogIndex }
