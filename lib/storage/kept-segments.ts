import type { LogIndex } from '../raft/types.js'

interface KeptSegment {
  readonly sequence: number
  /** Whoever reads from this segment on learns all entries after this index. */
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

  /** The log was dropped and goes on after `index`: that is what any segment leads to now. */
  reset(index: LogIndex): void {
    for (const segment of this.#begun) segment.base = index
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
