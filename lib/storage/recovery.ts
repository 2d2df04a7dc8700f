import type { Disk } from '../ports.js'
import { alignment, readBlock } from './block.js'
import { DamagedStorageError } from './errors.js'
import type { KeptSegments } from './kept-segments.js'
import type { LogEnd } from './log-end.js'
import type { LogEntries } from './log-entries.js'
import { beginning, compare, later, type Position } from './position.js'
import { SegmentReader, type LoadedSegment, type ScanWatcher } from './segment-reader.js'
import type { SegmentOwner } from './segment-owner.js'
import { headerBytes, loadSegment, segmentName, type Segment } from './segment.js'

/** What the segments hold, and where the log ends. */
export interface Scan {
  readonly entries: LogEntries
  readonly logEnd: LogEnd
  readonly kept: KeptSegments
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

/**
 * Reads the segments in order and applies every record. Stops at the first block that does not hold: at the end of
 * what was written, at a torn end, or at damage, which it tells apart by the watermarks behind it. The first segment
 * may have any number: those before it have been dropped, which its checkpoint makes up for. `owner`: whose folder it
 * is; undefined where nobody knows.
 * Changes nothing. The files stay open; on an error they are closed.
 */
export async function scanLog(
  disk: Disk,
  sequences: readonly number[],
  owner: SegmentOwner | undefined,
  watcher?: ScanWatcher,
): Promise<Scan> {
  checkSequences(sequences)
  const open = new Set<Segment>()
  /** Of the segment closed last, whose records have been applied. */
  let free: Uint8Array | undefined
  const segments: SegmentSource = {
    load: async (sequence) => {
      const memory = free
      free = undefined
      const { segment, bytes } = await loadSegment(disk, sequence, owner, memory)
      open.add(segment)
      return { segment, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
    },
    close: async ({ segment, view }) => {
      open.delete(segment)
      await segment.file.close()
      free = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    },
  }
  try {
    return await scan(sequences, segments, new SegmentReader(sequences[0] ?? 1, watcher))
  } catch (error) {
    for (const { file } of open) await file.close().catch(() => undefined)
    throw error
  }
}

interface SegmentSource {
  readonly load: (sequence: number) => Promise<LoadedSegment>
  readonly close: (loaded: LoadedSegment) => Promise<void>
}

/** Closes the files that a scan has left open. Never rejects. */
export async function closeScanned({ last, following }: Scan): Promise<void> {
  for (const { segment } of [last, ...following]) await segment.file.close().catch(() => undefined)
}

async function scan(
  sequences: readonly number[],
  { load, close }: SegmentSource,
  reader: SegmentReader,
): Promise<Scan> {
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
    await close(last)
    last = next
    end = reader.read(last)
    remaining = remaining.slice(1)
  }
  for (const sequence of remaining.slice(following.length)) following.push(await load(sequence))
  refuseDamage(last, end, following)
  refuseEmptyBegin(last, end)
  return { ...reader.result, last, end, following }
}

function checkSequences(sequences: readonly number[]): void {
  const [first = 1] = sequences
  sequences.forEach((sequence, i) => {
    if (sequence === first + i) return
    throw new DamagedStorageError(
      segmentName(first + i),
      0,
      `the file is missing, and ${segmentName(sequence)} is there`,
    )
  })
}

/**
 * A segment is only begun when all before it is durable, so its first watermark says where the one before ended. Of a
 * write that failed no more than a part may be there: then it is not begun.
 */
function beginsAfter({ segment, view }: LoadedSegment, end: Position): boolean {
  const first = readBlock(view, segment.sequence, headerBytes)
  return first?.whole === true && compare(first.watermark, end) === 0
}

/** Segments are only dropped when the first block of the one that is left is durable. */
function refuseEmptyBegin({ segment }: LoadedSegment, { offset }: Position): void {
  if (segment.sequence === 1 || offset > headerBytes) return
  throw new DamagedStorageError(
    segment.name,
    headerBytes,
    'the log begins here, with a checkpoint that was durable; now there is none whose checksum matches',
  )
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
  const isWhole = readBlock(next.view, sequence, headerBytes)?.whole === true
  return !isWhole && compare(durable, begin) > 0 ? begin : end
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
