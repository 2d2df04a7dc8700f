import { logIndex, type LogIndex } from '../raft/types.js'
import type { Change } from './record.js'

interface KeptSegment {
  readonly sequence: number
  /** Whoever reads from this segment on learns the entries after this index, and none before. */
  base: LogIndex
}

/** Which segments the log stands in, and from which of them on it could be read if those before it were gone. */
export class KeptSegments {
  readonly #kept: KeptSegment[] = []

  /** A segment begins, and the log ended at `lastIndex` before it. */
  begin(sequence: number, lastIndex: LogIndex): void {
    this.#kept.push({ sequence, base: lastIndex })
  }

  /** The newest segment has got this change. */
  changed({ reset, truncateFrom }: Pick<Change, 'reset' | 'truncateFrom'>): void {
    if (reset) for (const segment of this.#kept) segment.base = reset.index
    if (truncateFrom === undefined) return
    // What follows is appended anew from here on, so that it can be read without what was there before.
    for (const segment of this.#kept) segment.base = logIndex(Math.min(segment.base, truncateFrom - 1))
  }

  /** Those that hold nothing but what a snapshot at `index` covers, in order. Never the newest. */
  coveredBy(index: LogIndex): readonly number[] {
    let count = this.#kept.length - 1
    while (count > 0 && (this.#kept[count]?.base ?? Infinity) > index) count--
    return this.#kept.slice(0, Math.max(0, count)).map(({ sequence }) => sequence)
  }

  /** The oldest one is gone. */
  dropOldest(): void {
    this.#kept.shift()
  }
}
