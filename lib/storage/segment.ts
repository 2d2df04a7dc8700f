import type { Disk, DiskFile } from '../ports.js'
import { crc32 } from './crc32.js'
import { DamagedStorageError, UnknownFormatError } from './errors.js'
import { decodeOwner, demandOwner, encodeOwner, type SegmentOwner } from './segment-owner.js'

/**
 * A segment: one file of fixed size that holds a part of the log. It is made beforehand, full of zeros, and synced
 * before it gets its name, so that a write into it never changes the file's size or the file system's maps, and a
 * sync has nothing to save but the bytes.
 *
 * File name: `log-` and the sequence number in ten digits: `log-0000000001`. Numbers begin at 1 and leave no gap, but
 * for the first ones, which are removed when a snapshot covers what they hold.
 * While it is being made its name ends in `.new`; such a file holds nothing and is removed at the next start.
 *
 * | offset | bytes | what |
 * |-------:|------:|------|
 * |      0 |     8 | `Rollcall` in ASCII |
 * |      8 |     4 | format version, {@link formatVersion} |
 * |     12 |     4 | sequence number |
 * |     16 |     4 | size of the file |
 * |     20 |     4 | CRC-32 of the 20 bytes before |
 * |     24 |       | whose it is, see segment-owner.ts; then zeros |
 * |   4096 |       | blocks, see block.ts |
 *
 * The first 24 bytes keep this form in every later version. Numbers are little-endian.
 */
export interface Segment {
  readonly sequence: number
  readonly name: string
  readonly file: DiskFile
  /** Bytes, header included. */
  readonly size: number
  /** Undefined: it does not say. */
  readonly owner: SegmentOwner | undefined
}

const formatVersion = 1
/** Blocks begin here, so that no write of a block touches the sector, or page, that holds the header. */
export const headerBytes = 4096
/** The first segment is small: a new member waits for it. */
export const firstSegmentBytes = 1024 * 1024

const ownerOffset = 24
const magic = [0x52, 0x6f, 0x6c, 0x6c, 0x63, 0x61, 0x6c, 0x6c]
const namePattern = /^log-(\d{10})$/
const unfinishedPattern = /^log-\d{10}\.new$/
/** How much of a new segment is written and synced at once: syncs of the log meanwhile wait no longer than for this. */
const zeros = new Uint8Array(1024 * 1024)

export function segmentName(sequence: number): string {
  return `log-${String(sequence).padStart(10, '0')}`
}

/** The sequence numbers of the segments among `names`, ascending. */
export function segmentSequences(names: readonly string[]): number[] {
  return names
    .flatMap((name) => namePattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

/** Removes what a crash has left of segments in the making. */
export async function removeUnfinished(disk: Disk, names: readonly string[]): Promise<void> {
  for (const name of names) if (unfinishedPattern.test(name)) await disk.remove(name)
}

/** Makes a segment that is durable, name and all, when this resolves. `owner`: undefined while nobody knows. */
export async function createSegment(
  disk: Disk,
  sequence: number,
  size: number,
  owner: SegmentOwner | undefined,
): Promise<Segment> {
  const name = segmentName(sequence)
  const unfinished = `${name}.new`
  // What an earlier try has left, and could not remove, may be longer.
  await removeUnfinished(disk, await disk.list())
  const file = await disk.open(unfinished)
  try {
    for (let at = 0; at < size; at += zeros.length) {
      await file.write(at, zeros.subarray(0, Math.min(zeros.length, size - at)))
      await file.sync()
    }
    await file.write(0, encodeHeader(sequence, size, owner))
    await file.sync()
    await disk.rename(unfinished, name)
    await disk.syncFolder()
  } catch (error) {
    await file.close().catch(() => undefined)
    // What it took of a disk that is full goes back.
    await disk.remove(unfinished).catch(() => undefined)
    throw error
  }
  return { sequence, name, file, size, owner }
}

/**
 * Opens an existing segment of the folder of `expected` and reads all of it, into `memory` where that is large enough.
 * Throws a DamagedStorageError or UnknownFormatError.
 */
export async function loadSegment(
  disk: Disk,
  sequence: number,
  expected: SegmentOwner | undefined,
  memory?: Uint8Array,
): Promise<{ segment: Segment; bytes: Uint8Array }> {
  const name = segmentName(sequence)
  const file = await disk.open(name)
  try {
    const size = await file.size()
    const bytes = await file.read(0, size, memory)
    checkHeader(bytes, name, sequence)
    const owner = decodeOwner(bytes.subarray(ownerOffset, headerBytes), name, ownerOffset)
    demandOwner(name, ownerOffset, owner, expected)
    return { segment: { sequence, name, file, size, owner }, bytes }
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

function encodeHeader(sequence: number, size: number, owner: SegmentOwner | undefined): Uint8Array {
  const whose = owner === undefined ? [] : encodeOwner(owner, headerBytes - ownerOffset)
  const header = new Uint8Array(ownerOffset + whose.length)
  const view = new DataView(header.buffer)
  header.set(magic)
  view.setUint32(8, formatVersion, true)
  view.setUint32(12, sequence, true)
  view.setUint32(16, size, true)
  view.setUint32(20, crc32(header, 0, 20), true)
  header.set(whose, ownerOffset)
  return header
}

function checkHeader(bytes: Uint8Array, name: string, sequence: number): void {
  if (bytes.length < headerBytes) {
    throw new DamagedStorageError(
      name,
      bytes.length,
      `the file ends before its ${headerBytes} bytes of header do`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (magic.some((byte, at) => bytes[at] !== byte)) {
    throw new DamagedStorageError(name, 0, 'a log segment begins with "Rollcall", this file does not')
  }
  if (view.getUint32(20, true) !== crc32(bytes, 0, 20)) {
    throw new DamagedStorageError(name, 20, 'the checksum of the header does not match')
  }
  const version = view.getUint32(8, true)
  if (version !== formatVersion) throw new UnknownFormatError(name, version, formatVersion)
  const saysSequence = view.getUint32(12, true)
  if (saysSequence !== sequence) {
    throw new DamagedStorageError(name, 12, `the header says that this is segment ${saysSequence}`)
  }
  const saysSize = view.getUint32(16, true)
  if (saysSize !== bytes.length) {
    throw new DamagedStorageError(name, 16, `the header says ${saysSize} bytes, the file has ${bytes.length}`)
  }
}
