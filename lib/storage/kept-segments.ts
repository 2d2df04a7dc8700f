import { logIndex, type LogIndex } from '../raft/types.js'
import type { Change } from './record.js'

interface KeptSegment {
  readonly sequence: number
  /** Whoever reads from this segment on learns the entries after this index, and none before. */
  base: LogIndex
}

/** Which segments the log stands in, and from which of them on it could be read if those before it were gone. */
export class KeptSegments {
  #first: number
  /** Those that have a checkpoint. The first segment stays without one when the first record does not fit in it. */
  #begun: KeptSegment[] = []

  /** `first`: the sequence number of the oldest segment. */
  constructor(first: number) {
    this.#first = first
  }

  /** A segment begins, and the log ended at `lastIndex` before it. */
  begin(sequence: number, lastIndex: LogIndex): void {
    this.#begun.push({ sequence, base: lastIndex })
  }

  /** The newest segment has got this change. */
  changed({ reset, truncateFrom }: Pick<Change, 'reset' | 'truncateFrom'>): void {
    if (reset) for (const segment of this.#begun) segment.base = reset.index
    if (truncateFrom === undefined) return
    // What follows is appended anew from here on, so that it can be read without what was there before.
    for (const segment of this.#begun) segment.base = logIndex(Math.min(segment.base, truncateFrom - 1))
  }

  /** Those that hold nothing but what a snapshot at `index` covers, in order. Never the newest. */
  coveredBy(index: LogIndex): readonly number[] {
    const next = this.#begun.findLast(({ base }) => base <= index)?.sequence ?? this.#first
    return Array.from({ length: next - this.#first }, (_, i) => this.#first + i)
  }

  /** The oldest one is gone. */
  dropOldest(): void {
    this.#first++
    this.#begun = this.#begun.filter(({ sequence }) => sequence >= this.#first)
  }
}
