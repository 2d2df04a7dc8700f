import type { LogStore } from '../../lib/replica/driver.js'
import type {
  SnapshotFile,
  SnapshotStore,
  SnapshotWriter,
} from '../../lib/replica/snapshots/snapshot-store.js'
import type { SnapshotPosition } from '../../lib/raft/types.js'

/** A log that is durable at once and kept nowhere, and snapshots that only memory keeps. */
export class MemoryStore implements LogStore, SnapshotStore {
  snapshot: SnapshotFile | undefined

  persist(): Promise<void> {
    return Promise.resolve()
  }

  compact(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  beginSnapshot(position: SnapshotPosition): SnapshotWriter {
    const chunks: string[] = []
    return {
      write: (chunk) => {
        chunks.push(chunk)
        return Promise.resolve()
      },
      finish: () => {
        const file = fileOf(position, chunks)
        if (this.snapshot === undefined || this.snapshot.position.index < position.index) this.snapshot = file
        return Promise.resolve(file)
      },
      discard: () => Promise.resolve(),
    }
  }
}

function fileOf(position: SnapshotPosition, chunks: readonly string[]): SnapshotFile {
  return {
    position,
    chunks: chunks.length,
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    chunk: (offset) => {
      const chunk = chunks[offset]
      return chunk === undefined
        ? Promise.reject(new RangeError(`no piece ${offset}`))
        : Promise.resolve(chunk)
    },
    retain: () => undefined,
    release: () => undefined,
  }
}
