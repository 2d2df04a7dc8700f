import type { ClusterId, Configuration, Entry, HardState, LogIndex } from '../raft/types.js'
import { LogEntries } from './log-entries.js'
import type { LogRecord } from './record.js'
import type { ScanWatcher } from './recovery.js'
import { headerBytes, type Segment } from './segment.js'

/** One file of the log. */
export interface SegmentSummary {
  readonly file: string
  /** Size of the file. */
  readonly bytes: number
  /** Header and whole blocks: what has been written, up to here without damage. */
  readonly usedBytes: number
  /** First and last index of the entries in it, dropped ones too; absent: none. */
  readonly entries?: IndexRange
}

export interface IndexRange {
  readonly from: number
  readonly to: number
}

/** The entries that the records add up to, dropped ones left out. */
export interface EntriesSummary extends Partial<IndexRange> {
  readonly count: number
  readonly byKind: Readonly<Record<Entry['kind'], number>>
  /** Of the last one. */
  readonly lastTerm?: number
}

/** Adds up what a scan reads, as far as it comes. */
export class LogSummary implements ScanWatcher {
  readonly #entries = new LogEntries()
  readonly #segments: SegmentSummary[] = []
  #hardState: HardState | undefined

  get segments(): readonly SegmentSummary[] {
    return this.#segments
  }

  get hardState(): HardState | undefined {
    return this.#hardState
  }

  get entries(): EntriesSummary {
    const { all } = this.#entries
    const byKind = { command: 0, empty: 0, identity: 0, configuration: 0 }
    for (const { kind } of all) byKind[kind]++
    const [first, last] = [all[0], all.at(-1)]
    const range = first && last ? { from: first.index, to: last.index, lastTerm: last.term } : {}
    return { ...range, count: all.length, byKind }
  }

  /** Of the last entry that says so, committed or not. */
  get configuration(): Configuration | undefined {
    return this.#entries.all.findLast((entry) => entry.kind === 'configuration')?.configuration
  }

  get clusterId(): ClusterId | undefined {
    return this.#entries.all.findLast((entry) => entry.kind === 'identity')?.clusterId
  }

  segment({ name, size }: Segment): void {
    this.#segments.push({ file: name, bytes: size, usedBytes: headerBytes })
  }

  block(end: number): void {
    this.#change((segment) => ({ ...segment, usedBytes: end }))
  }

  record(record: LogRecord): void {
    if (record.hardState) this.#hardState = record.hardState
    if (record.type === 'checkpoint') {
      if (this.#segments.length === 1) this.#entries.beginAfter(record.lastIndex)
      return
    }
    this.#entries.apply(record)
    const [first, last] = [record.entries[0], record.entries.at(-1)]
    if (first && last) this.#change((segment) => widened(segment, first.index, last.index))
  }

  #change(change: (segment: SegmentSummary) => SegmentSummary): void {
    const segment = this.#segments.pop()
    if (segment) this.#segments.push(change(segment))
  }
}

function widened(segment: SegmentSummary, first: LogIndex, last: LogIndex): SegmentSummary {
  const { from, to } = segment.entries ?? { from: first, to: last }
  return { ...segment, entries: { from: Math.min(from, first), to: Math.max(to, last) } }
}
