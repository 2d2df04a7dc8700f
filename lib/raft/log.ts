import { invariant, violation } from './invariant.js'
import { PackedEntries } from './packed-entries.js'
import { GROUP_LENGTH } from './packed-texts.js'
import type { Entry, LogIndex, Request, Term } from './types.js'
import { logIndex, term } from './types.js'

/**
 * The log in memory: entry i stands at `#entries[i - #packed.last - 1]`, or is packed, as most of what has been applied.
 * What a snapshot covers may be gone, but for the position of its last entry, which the consistency check still needs.
 * The log begins behind that position: at a snapshot, or some way below one, so that a follower which is a little late
 * still gets entries.
 *
 * Invariant: indices are dense, and terms never fall from one entry to the next.
 */
export class RaftLog {
  /** The position that the log begins behind. */
  snapshotIndex: LogIndex
  /** Of the last entry, or of that position. */
  lastIndex: LogIndex
  lastTerm: Term
  #packed: PackedEntries
  #entries: Entry[] = []
  #snapshotTerm: Term

  constructor(snapshotIndex: LogIndex, snapshotTerm: Term, entries: readonly Entry[]) {
    this.snapshotIndex = snapshotIndex
    this.#snapshotTerm = snapshotTerm
    this.#packed = new PackedEntries(snapshotIndex)
    this.lastIndex = snapshotIndex
    this.lastTerm = snapshotTerm
    this.append(entries)
  }

  /** Undefined when the log does not hold the index: beyond its end, or covered by the snapshot. Index 0 has term 0. */
  termAt(index: LogIndex): Term | undefined {
    if (index === this.snapshotIndex) return this.#snapshotTerm
    const { last } = this.#packed
    if (index > last) return this.#entries[index - last - 1]?.term
    return index > this.snapshotIndex ? this.#packed.termAt(index) : undefined
  }

  /** As {@link entrySize} has it; 0 where the log has no entry. Nothing is unpacked for it. */
  sizeAt(index: LogIndex): number {
    const { last } = this.#packed
    const entry = this.#entries[index - last - 1]
    if (index > last) return entry === undefined ? 0 : entrySize(entry)
    return index > this.snapshotIndex ? this.#packed.sizeAt(index) : 0
  }

  /** From `from` to `to`, both included, cut to what the log holds. */
  slice(from: LogIndex, to: LogIndex): readonly Entry[] {
    const { last } = this.#packed
    const first = logIndex(Math.max(from, this.snapshotIndex + 1))
    const entries = this.#entries.slice(Math.max(first - last - 1, 0), Math.max(to - last, 0))
    return first > last ? entries : [...this.#packed.slice(first, to), ...entries]
  }

  /** Entries from `from` on, as many as fit into `sizeMax`, and the first one in any case. */
  batch(from: LogIndex, sizeMax: number): readonly Entry[] {
    const { last } = this.#packed
    if (from <= last) return fitting(this.#packed.from(from), sizeMax)
    const start = from - last - 1
    let end = start
    let size = 0
    for (let entry = this.#entries[end]; entry !== undefined; entry = this.#entries[end]) {
      size += entrySize(entry)
      if (end > start && size > sizeMax) break
      end++
    }
    return this.#entries.slice(start, end)
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { index, term } = entry
      const { lastIndex: last, lastTerm: before } = this
      if (index !== last + 1) throw violation('Log indices are dense', { last, appended: index })
      if (term < before) throw violation('Terms never fall along the log', { index, before, appended: term })
      this.#entries.push(entry)
      this.lastIndex = index
      this.lastTerm = term
    }
  }

  /** Entries up to `index` are applied: from here on they are seldom read, and never truncated. */
  applied(index: LogIndex): void {
    const following = index - this.#packed.last
    if (following >= GROUP_LENGTH) this.#packed.take(this.#entries, following)
  }

  /** Drops `from` and all after it. */
  truncateFrom(from: LogIndex): void {
    const { last } = this.#packed
    const { snapshotIndex } = this
    const isBehind = from > Math.max(snapshotIndex, last)
    invariant(isBehind, 'What a snapshot covers, or is packed, is not truncated', {
      snapshotIndex,
      last,
      from,
    })
    this.#entries.length = Math.min(this.#entries.length, from - last - 1)
    this.lastIndex = logIndex(last + this.#entries.length)
    this.lastTerm = this.termAt(this.lastIndex) ?? this.#snapshotTerm
  }

  /** Drops the entries up to `index`, which a snapshot covers; it must be in the log. */
  compact(index: LogIndex): void {
    const term = this.termAt(index)
    invariant(term !== undefined, 'A log begins at an entry that it holds', {
      snapshotIndex: this.snapshotIndex,
      lastIndex: this.lastIndex,
      index,
    })
    this.#entries = this.#entries.slice(Math.max(index - this.#packed.last, 0))
    this.#packed.compact(index)
    this.snapshotIndex = index
    this.#snapshotTerm = term
  }

  /** Drops everything: the log goes on behind `index`, where a snapshot stands whose last entry is of `term`. */
  reset(index: LogIndex, term: Term): void {
    this.#entries = []
    this.#packed = new PackedEntries(index)
    this.snapshotIndex = index
    this.#snapshotTerm = term
    this.lastIndex = index
    this.lastTerm = term
  }

  /** Whether this log is at least as complete as one that ends at (term, index). */
  covers(term: Term, index: LogIndex): boolean {
    return this.lastTerm > term || (this.lastTerm === term && this.lastIndex >= index)
  }

  /** §5.4.1: whether a log that ends at (lastTerm, lastIndex) is at least as complete as this one. */
  isCoveredBy(lastTerm: Term, lastIndex: LogIndex): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)
  }

  /**
   * The last position at or before `index` whose term is not above `limit`: where two logs that differ may agree
   * again. One look skips a whole run of terms that cannot match (§5.3, the optimisation).
   */
  lastAtOrBelow(index: LogIndex, limit: Term): { readonly index: LogIndex; readonly term: Term } {
    let at = Math.min(index, this.lastIndex)
    while (at > this.snapshotIndex && (this.termAt(logIndex(at)) ?? 0) > limit) at--
    const found = logIndex(Math.max(at, this.snapshotIndex))
    return { index: found, term: this.termAt(found) ?? term(0) }
  }
}

/** The first ones, as many as fit into `sizeMax`, and one in any case. */
function fitting(from: Iterable<Entry>, sizeMax: number): readonly Entry[] {
  const entries: Entry[] = []
  let size = 0
  for (const entry of from) {
    size += entrySize(entry)
    if (entries.length > 0 && size > sizeMax) break
    entries.push(entry)
  }
  return entries
}

/**
 * A message with more content than this is long: it may travel by a way of its own, where those without content
 * overtake it. UTF-16 units.
 */
export const LONG_SIZE = 16 * 1024

/** What a request carries beyond its few fixed fields, in UTF-16 units. */
export function contentSize(request: Request): number {
  if ('entries' in request) return request.entries.length === 0 ? 0 : sizeOf(request.entries)
  return 'data' in request ? request.data.length : 0
}

/** UTF-16 units of command data; the other kinds are too small and too rare to count. */
export function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entrySize(entry), 0)
}

export function entrySize(entry: Entry): number {
  return entry.kind === 'command' ? entry.data.length : 0
}
