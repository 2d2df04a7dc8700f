import { logIndex, type Entry, type LogIndex, type SnapshotPosition, type Term } from '../raft/types.js'
import type { Change } from './record.js'

/** The entries that the records so far add up to: those after `base`. What stands before them is not known. */
export class LogEntries {
  #base: LogIndex = logIndex(0)
  /** Undefined: not known either. */
  #baseTerm: Term | undefined
  #entries: Entry[] = []

  /** Entries up to here are known, from a snapshot alone. */
  get base(): LogIndex {
    return this.#base
  }

  get lastIndex(): LogIndex {
    return logIndex(this.#base + this.#entries.length)
  }

  get all(): readonly Entry[] {
    return this.#entries
  }

  beginAfter(base: LogIndex): void {
    this.#base = base
  }

  apply({ reset, truncateFrom, entries }: Change): void {
    if (reset) {
      this.#base = reset.index
      this.#baseTerm = reset.term
      this.#entries = []
    }
    if (truncateFrom !== undefined) this.#truncate(truncateFrom)
    for (const entry of entries) this.#entries.push(entry)
  }

  /** Whether the log agrees with the snapshot about the entry where it stands. */
  holds({ index, term }: Pick<SnapshotPosition, 'index' | 'term'>): boolean {
    // A base without a term comes from a compaction, for which a snapshot of this very log stood at the base or after
    // it.
    if (index === this.#base) return (this.#baseTerm ?? term) === term
    return this.#entries[index - this.#base - 1]?.term === term
  }

  after(index: LogIndex): Entry[] {
    return this.#entries.slice(Math.max(0, index - this.#base))
  }

  #truncate(from: LogIndex): void {
    if (from > this.#base) {
      this.#entries.length = from - this.#base - 1
      return
    }
    this.#base = logIndex(from - 1)
    this.#baseTerm = undefined
    this.#entries = []
  }
}
