import type { Disk } from '../ports.js'
import type { LogIndex } from '../raft/types.js'
import { StorageFailedError } from './errors.js'
import type { KeptSegments } from './kept-segments.js'
import { segmentName } from './segment.js'

/** Removes segments that a snapshot covers. One run at a time. */
export class Compactor {
  readonly #disk: Disk
  readonly #kept: KeptSegments
  #last: Promise<void> = Promise.resolve()

  constructor(disk: Disk, kept: KeptSegments) {
    this.#disk = disk
    this.#kept = kept
  }

  /** Rejects with a StorageFailedError; what is left then can be removed another time. */
  compact(index: LogIndex): Promise<void> {
    const compacted = this.#last.then(() => this.#removeUpTo(index))
    this.#last = compacted.catch(() => undefined)
    return compacted
  }

  /** Resolves when nothing is being removed. */
  idle(): Promise<void> {
    return this.#last
  }

  /** From the first on, each durably before the next, so that a crash leaves no gap. */
  async #removeUpTo(index: LogIndex): Promise<void> {
    for (const sequence of this.#kept.coveredBy(index)) {
      const name = segmentName(sequence)
      try {
        await this.#disk.remove(name)
        this.#kept.dropOldest()
        await this.#disk.syncFolder()
      } catch (cause) {
        throw new StorageFailedError('remove', name, cause)
      }
    }
  }
}
