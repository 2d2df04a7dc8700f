import type { Disk } from '../ports.js'
import type { Entry } from '../raft/types.js'
import { alignment, readBlock, type Block } from './block.js'
import { ByteReader } from './bytes.js'
import { DamagedStorageError, MalformedRecordError } from './errors.js'
import { LogEnd } from './log-end.js'
import { beginning, compare, later, type Position } from './position.js'
import { readRecord } from './record.js'
import { headerBytes, loadSegment, segmentName, type Segment } from './segment.js'

/** What the segments hold, and where the log ends. */
export interface Scan {
  readonly entries: Entry[]
  readonly logEnd: LogEnd
  /** The segment that the log ends in, with all its bytes. */
  readonly last: LoadedSegment
  /** Where the last good block ends. */
  readonly end: Position
  /** The latest watermark: what lies between it and `end` may not be durable yet. */
  readonly watermark: Position
  /** The segments after `last`. Nothing in them belongs to the log. */
  readonly following: readonly LoadedSegment[]
  /** Some watermark covers every record: the log is empty, or ends with a block that has none. */
  readonly covered: boolean
}

export interface LoadedSegment {
  readonly segment: Segment
  readonly view: DataView
}

/**
 * Reads the segments in order and applies every record. Stops at the first block that does not hold: at the end of
 * what was written, at a torn end, or at damage, which it tells apart by the watermarks behind it.
 * Changes nothing. The files stay open; on an error they are closed.
 */
export async function scanLog(disk: Disk, sequences: readonly number[]): Promise<Scan> {
  checkSequences(sequences)
  const opened: Segment[] = []
  const load = async (sequence: number): Promise<LoadedSegment> => {
    const { segment, bytes } = await loadSegment(disk, sequence)
    opened.push(segment)
    return { segment, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
  }
  try {
    return await scan(sequences, load)
  } catch (error) {
    for (const { file } of opened) await file.close().catch(() => undefined)
    throw error
  }
}

async function scan(
  sequences: readonly number[],
  load: (sequence: number) => Promise<LoadedSegment>,
): Promise<Scan> {
  const reader = new SegmentReader()
  let last = await load(sequences[0] ?? 1)
  let remaining = sequences.slice(1)
  let end = reader.read(last)
  const following: LoadedSegment[] = []
  for (const sequence of remaining) {
    const next = await load(sequence)
    if (!beginsAfter(next, end)) {
      following.push(next)
      break
    }
    await last.segment.file.close()
    last = next
    end = reader.read(last)
    remaining = remaining.slice(1)
  }
  for (const sequence of remaining.slice(following.length)) following.push(await load(sequence))
  refuseDamage(last, end, following)
  return { ...reader.result, last, end, following }
}

function checkSequences(sequences: readonly number[]): void {
  sequences.forEach((sequence, i) => {
    if (sequence !== i + 1) {
      throw new DamagedStorageError(
        segmentName(i + 1),
        0,
        `the file is missing, and ${segmentName(sequence)} is there`,
      )
    }
  })
}

/** A segment is only begun when all before it is durable, so its first watermark says where the one before ended. */
function beginsAfter({ segment, view }: LoadedSegment, end: Position): boolean {
  const first = readBlock(view, segment.sequence, headerBytes)
  return first !== undefined && compare(first.watermark, end) === 0
}

class SegmentReader {
  readonly #entries: Entry[] = []
  readonly #logEnd = new LogEnd()
  #watermark: Position = beginning
  #covered = true

  get result() {
    return {
      entries: this.#entries,
      logEnd: this.#logEnd,
      watermark: this.#watermark,
      covered: this.#covered,
    }
  }

  /** Returns where the good blocks end. */
  read({ segment, view }: LoadedSegment): Position {
    let offset = headerBytes
    for (;;) {
      const block = readBlock(view, segment.sequence, offset)
      if (!block?.whole) return { sequence: segment.sequence, offset }
      this.#apply(block, segment, view, offset)
      offset = block.next
    }
  }

  #apply(block: Block, { name }: Segment, view: DataView, offset: number): void {
    const records = new ByteReader(
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
      block.start,
      block.end,
    )
    try {
      while (!records.atEnd) this.#applyRecord(records)
    } catch (error) {
      // The checksum holds, so these bytes were written as they are: not torn.
      if (error instanceof MalformedRecordError) throw new DamagedStorageError(name, offset, error.message)
      throw error
    }
    this.#watermark = later(this.#watermark, block.watermark)
    this.#covered = block.start === block.end
  }

  #applyRecord(from: ByteReader): void {
    const record = readRecord(from)
    if (record.type === 'checkpoint') {
      this.#logEnd.confirm(record)
      return
    }
    this.#logEnd.admit(record)
    if (record.truncateFrom !== undefined) this.#entries.length = record.truncateFrom - 1
    for (const entry of record.entries) this.#entries.push(entry)
  }
}

function refuseDamage(last: LoadedSegment, end: Position, following: readonly LoadedSegment[]): void {
  let durable = highestWatermark(last, end.offset)
  for (const loaded of following) durable = later(durable, highestWatermark(loaded, headerBytes))
  if (compare(durable, end) <= 0) return
  const { sequence, offset } = damagedPlace(end, durable, following[0])
  throw new DamagedStorageError(
    segmentName(sequence),
    offset,
    `a block was durable here, since a later one says that the log was durable up to ` +
      `${segmentName(durable.sequence)}, offset ${durable.offset}; now there is none whose checksum matches`,
  )
}

/** Where the good blocks end, unless it is the next segment's first block, itself durable, that can't be read. */
function damagedPlace(end: Position, durable: Position, next: LoadedSegment | undefined): Position {
  if (!next) return end
  const { sequence } = next.segment
  const begin = { sequence, offset: headerBytes }
  const isReadable = readBlock(next.view, sequence, headerBytes) !== undefined
  return !isReadable && compare(durable, begin) > 0 ? begin : end
}

/** The latest watermark of any block header from `from` on, wherever one stands. */
function highestWatermark({ segment, view }: LoadedSegment, from: number): Position {
  let highest = beginning
  for (let offset = from; offset + alignment <= view.byteLength; offset += alignment) {
    const block = readBlock(view, segment.sequence, offset)
    if (block) highest = later(highest, block.watermark)
  }
  return highest
}
