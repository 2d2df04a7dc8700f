import { readBlock, type Block } from './block.js'
import { ByteReader } from './bytes.js'
import { DamagedStorageError, MalformedRecordError } from './errors.js'
import { KeptSegments } from './kept-segments.js'
import { LogEnd } from './log-end.js'
import { LogEntries } from './log-entries.js'
import { beginning, later, type Position } from './position.js'
import { readRecord, type Change, type Checkpoint, type LogRecord } from './record.js'
import { headerBytes, type Segment } from './segment.js'

/** Hears what a scan reads, in order, also before damage that ends it. */
export interface ScanWatcher {
  segment(segment: Segment): void
  /** It ends at `end`, bytes from the start of the segment. */
  block(end: number): void
  record(record: LogRecord): void
}

export interface LoadedSegment {
  readonly segment: Segment
  readonly view: DataView
}

/** Applies the records of one segment after another, up to the first block that does not hold. */
export class SegmentReader {
  readonly #watcher: ScanWatcher | undefined
  readonly #entries = new LogEntries()
  readonly #logEnd = new LogEnd()
  readonly #kept: KeptSegments
  /** No record has been read yet. */
  #isAtBegin = true
  #watermark: Position = beginning
  #covered = true

  constructor(first: number, watcher: ScanWatcher | undefined) {
    this.#kept = new KeptSegments(first)
    this.#watcher = watcher
  }

  get result() {
    return {
      entries: this.#entries,
      logEnd: this.#logEnd,
      kept: this.#kept,
      watermark: this.#watermark,
      covered: this.#covered,
    }
  }

  /** Returns where the good blocks end. */
  read({ segment, view }: LoadedSegment): Position {
    this.#watcher?.segment(segment)
    let offset = headerBytes
    for (;;) {
      const block = readBlock(view, segment.sequence, offset)
      if (!block?.whole) return { sequence: segment.sequence, offset }
      this.#apply(block, segment, view, offset)
      this.#watcher?.block(block.next)
      offset = block.next
    }
  }

  #apply(block: Block, { name, sequence }: Segment, view: DataView, offset: number): void {
    const records = new ByteReader(
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
      block.start,
      block.end,
    )
    try {
      while (!records.atEnd) this.#applyRecord(readRecord(records), sequence)
    } catch (error) {
      // The checksum holds, so these bytes were written as they are: not torn.
      if (error instanceof MalformedRecordError) throw new DamagedStorageError(name, offset, error.message)
      throw error
    }
    this.#watermark = later(this.#watermark, block.watermark)
    this.#covered = block.start === block.end
  }

  #applyRecord(record: LogRecord, sequence: number): void {
    if (record.type === 'checkpoint') this.#applyCheckpoint(record, sequence)
    else this.#applyChange(record)
    this.#isAtBegin = false
    this.#watcher?.record(record)
  }

  #applyCheckpoint(checkpoint: Checkpoint, sequence: number): void {
    if (this.#isAtBegin && sequence > 1) {
      this.#logEnd.beginAt(checkpoint)
      this.#entries.beginAfter(checkpoint.lastIndex)
    }
    this.#logEnd.confirm(checkpoint)
    this.#kept.begin(sequence, checkpoint.lastIndex)
  }

  #applyChange(change: Change): void {
    if (this.#isAtBegin) throw new MalformedRecordError('the log does not begin with a checkpoint')
    this.#logEnd.admit(change)
    this.#entries.apply(change)
    if (change.reset) this.#kept.reset(change.reset.index)
  }
}
