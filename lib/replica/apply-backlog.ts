/**
 * How much is committed and not applied here yet. A member whose objects are slower than the cluster, or that is putting a
 * snapshot in place, must not take in without end what it can't get rid of.
 */
import { entrySize } from '../raft/log.js'
import type { Entry, LogIndex } from '../raft/types.js'
import { logIndex } from '../raft/types.js'

export interface ApplyBacklogOptions {
  readonly committed: () => LogIndex
  readonly applied: () => LogIndex
  /** Of the log, both ends included. */
  readonly entries: (from: LogIndex, to: LogIndex) => readonly Entry[]
}

export class ApplyBacklog {
  #size = 0
  /** All entries above `#applied` up to here are in `#size`; what lies beyond was not asked for, and `applying` need not hear of it. */
  counted = 0
  #applied = 0

  constructor(private readonly options: ApplyBacklogOptions) {}

  /** UTF-16 units of commands. Looks at each entry once, however often it is asked. */
  get size(): number {
    const { committed, applied, entries } = this.options
    if (applied() >= this.counted) this.#startAt(applied())
    const from = logIndex(this.counted + 1)
    this.counted = Math.max(this.counted, committed())
    for (const entry of entries(from, committed())) this.#size += entrySize(entry)
    return this.#size
  }

  applying(entry: Entry): void {
    const { index } = entry
    // After a snapshot the ones between were never applied: what lies behind is counted anew.
    if (index === this.#applied + 1) {
      this.#size -= entrySize(entry)
      this.#applied = index
    } else this.#startAt(index)
  }

  #startAt(index: number): void {
    this.#size = 0
    this.counted = index
    this.#applied = index
  }
}
