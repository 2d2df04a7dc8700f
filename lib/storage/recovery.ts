/** Reads the segments back: term, vote and log as they were when the last durable record was written. */
import type { Disk, Logger } from '../ports.js'
import type { Entry, HardState, Recovered } from '../raft/types.js'
import { term } from '../raft/types.js'
import { DamagedStorageError } from './errors.js'
import type { LogChange } from './payload.js'
import {
  changeIn,
  FORMAT_VERSION,
  highestWatermarkAfter,
  position,
  readHeader,
  recordAt,
  SEGMENT_HEADER_BYTES,
  segmentName,
  sequenceOf,
  usedLength,
  writeZeros,
} from './segment.js'

/** Where the next record goes. Sequence 0: there is no segment yet. */
export interface Tail {
  readonly sequence: number
  readonly offset: number
  readonly segmentBytes: number
}

export interface Recovery {
  readonly recovered: Recovered
  readonly tail: Tail
}

interface Segment {
  readonly sequence: number
  readonly bytes: Uint8Array
  /** Where the whole records end. */
  end: number
}

/**
 * Below the highest durable watermark every record must be whole: what is not was damaged, and nothing is changed.
 * Above it, what is not whole was never acknowledged: it is cut off and zeroed, so that it can't come back to life.
 */
export async function recover(disk: Disk, logger: Logger): Promise<Recovery> {
  const segments = await readSegments(disk)
  const log = new LogBuilder()
  let watermark = 0
  let tail: Segment | undefined
  for (const segment of segments) {
    if (tail === undefined) watermark = Math.max(watermark, replay(disk, segment, log))
    else
      watermark = Math.max(
        watermark,
        highestWatermarkAfter(segment.bytes, segment.sequence, SEGMENT_HEADER_BYTES),
      )
    if (tail === undefined && endsHere(segment, segments)) {
      tail = segment
      watermark = Math.max(watermark, highestWatermarkAfter(segment.bytes, segment.sequence, segment.end))
    }
  }
  if (tail === undefined)
    return { recovered: log.recovered(), tail: { sequence: 0, offset: 0, segmentBytes: 0 } }
  if (position(tail.sequence, tail.end) < watermark) {
    throw new DamagedStorageError(
      disk.name,
      segmentName(tail.sequence),
      tail.end,
      'a whole record stood here',
    )
  }
  await cut(disk, logger, tail, segments)
  return {
    recovered: log.recovered(),
    tail: { sequence: tail.sequence, offset: tail.end, segmentBytes: tail.bytes.length },
  }
}

async function readSegments(disk: Disk): Promise<readonly Segment[]> {
  const segments: Segment[] = []
  for (const name of await disk.list()) {
    const sequence = sequenceOf(name)
    if (sequence === undefined) continue
    const before = segments.at(-1)?.sequence
    if (before !== undefined && sequence !== before + 1) {
      throw new DamagedStorageError(disk.name, segmentName(before + 1), 0, 'the file is missing')
    }
    const file = await disk.open(name)
    const bytes = await file.read(0, await file.size())
    await file.close()
    segments.push({ sequence, bytes, end: 0 })
  }
  return segments
}

/** Applies the segment's whole records in order. Returns the highest watermark among them. */
function replay(disk: Disk, segment: Segment, log: LogBuilder): number {
  const { sequence, bytes } = segment
  const header = readHeader(bytes)
  if (header === undefined || header.sequence !== sequence) return 0
  if (header.version !== FORMAT_VERSION) {
    throw new DamagedStorageError(
      disk.name,
      segmentName(sequence),
      8,
      `format version ${header.version} is unknown to this program, which knows ${FORMAT_VERSION}`,
    )
  }
  let watermark = 0
  segment.end = SEGMENT_HEADER_BYTES
  for (
    let record = recordAt(bytes, sequence, segment.end);
    record;
    record = recordAt(bytes, sequence, segment.end)
  ) {
    try {
      log.add(changeIn(record))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new DamagedStorageError(
        disk.name,
        segmentName(sequence),
        segment.end,
        `unreadable record: ${reason}`,
      )
    }
    watermark = Math.max(watermark, record.watermark)
    segment.end = record.end
  }
  return watermark
}

/** The stream goes on in the next segment exactly when the next one begins with a whole record and this one ends clean. */
function endsHere(segment: Segment, segments: readonly Segment[]): boolean {
  const next = segments.find(({ sequence }) => sequence === segment.sequence + 1)
  if (next === undefined || segment.end === 0) return true
  const endsClean = !hasBytesAfter(segment)
  const header = readHeader(next.bytes)
  const goesOn =
    header?.sequence === next.sequence && recordAt(next.bytes, next.sequence, SEGMENT_HEADER_BYTES)
  return !(endsClean && goesOn)
}

function hasBytesAfter({ bytes, end }: Segment): boolean {
  return usedLength(bytes) > end
}

/** Zeroes what follows the tail, and removes the segments after it, which hold nothing that was ever durable. */
async function cut(disk: Disk, logger: Logger, tail: Segment, segments: readonly Segment[]): Promise<void> {
  const later = segments.filter(({ sequence }) => sequence > tail.sequence)
  for (const { sequence } of later) await disk.remove(segmentName(sequence))
  if (later.length > 0) await disk.syncFolder()
  if (tail.end === 0 || !hasBytesAfter(tail)) return
  const name = segmentName(tail.sequence)
  logger.warn('cut a torn tail off the log: a write that was under way when the process ended', {
    file: name,
    offset: tail.end,
  })
  const file = await disk.open(name)
  await writeZeros(file, tail.end, tail.bytes.length)
  await file.sync()
  await file.close()
}

/** Term, vote and entries, grown change by change. */
class LogBuilder {
  #hardState: HardState = { currentTerm: term(0), votedFor: undefined }
  readonly #entries: Entry[] = []

  add({ hardState, truncateFrom, entries }: LogChange): void {
    if (hardState) this.#hardState = hardState
    if (truncateFrom !== undefined) this.#entries.length = Math.min(this.#entries.length, truncateFrom - 1)
    for (const entry of entries) {
      if (entry.index !== this.#entries.length + 1) {
        throw new RangeError(`entry ${entry.index} after entry ${this.#entries.length}`)
      }
      this.#entries.push(entry)
    }
  }

  recovered(): Recovered {
    return { hardState: this.#hardState, entries: this.#entries }
  }
}
