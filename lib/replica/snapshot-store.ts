/** Where snapshots are kept, as the replica sees it. `lib/storage` implements it on the folder of the log. */
import type { LogIndex, SnapshotPosition } from '../raft/types.js'

export interface SnapshotFile {
  readonly position: SnapshotPosition
  /** How many pieces there are, numbered from 0. */
  readonly chunks: number
  readonly bytes: number
  /** Rejects when the piece can't be read back as it was written. */
  chunk(offset: number): Promise<string>
  /** Keeps the file readable though a newer one has replaced it, until `release` was called as often. */
  retain(): void
  release(): void
}

/** A snapshot in the making, beside the one in force. */
export interface SnapshotWriter {
  write(chunk: string): Promise<void>
  /** Makes it durable and, unless a newer one is there by now, the one in force. */
  finish(): Promise<SnapshotFile>
  discard(): Promise<void>
}

export interface SnapshotStore {
  /** The one in force. */
  readonly snapshot: SnapshotFile | undefined
  beginSnapshot(position: SnapshotPosition): SnapshotWriter
  /** Frees what holds only entries up to `index`, all of them covered by the snapshot in force. */
  compact(index: LogIndex): Promise<void>
}

/** The state machine as it stood at one index, to be pulled out in pieces while it goes on. */
export interface Capture {
  /** The next piece, at most about 64 KiB and a few milliseconds of work; undefined after the last one. */
  next(): string | undefined
  /** The rest is not wanted, or there is none. To be called in any case. */
  release(): void
}
