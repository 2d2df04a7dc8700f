import type { SnapshotPosition } from '../raft/types.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { crc32 } from './crc32.js'
import { decodeSnapshotPosition, encodeSnapshotPosition } from './entry-payload.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'

/**
 * The bytes of a snapshot file, and of a backup, which is the same. A header says where the snapshot stands, pieces of
 * text follow in order, a table of their offsets ends the file. Numbers are little-endian; text is its length in bytes
 * (4), then UTF-8.
 *
 * Header:
 * | offset | bytes | what |
 * |-------:|------:|------|
 * |      0 |     8 | `Rollsnap` in ASCII |
 * |      8 |     4 | format version, {@link snapshotFormatVersion} |
 * |     12 |       | index, term, configuration, clusterId, incarnations: JSON (text) |
 * |        |     4 | CRC-32 of everything before |
 *
 * The first 12 bytes keep this form in every later version.
 *
 * A piece, each right after the one before:
 * | offset | bytes | what |
 * |-------:|------:|------|
 * |      0 |     4 | its number, from 0 |
 * |      4 |     4 | CRC-32 of the rest, salted |
 * |      8 |       | text |
 *
 * Salted: the checksum begins with the snapshot's index and term, 8 bytes each, and the number, 4 bytes. So a piece
 * holds only in the place and the snapshot that it was written for.
 *
 * The table, and with it the end of the file:
 * | bytes | what |
 * |------:|------|
 * |     8 | for each piece its offset in the file |
 * |     8 | offset of the table |
 * |     4 | how many pieces there are |
 * |     4 | CRC-32 of the table up to here, salted with the number of pieces |
 * |     4 | `Rend` in ASCII |
 */
export interface SnapshotLayout {
  readonly position: SnapshotPosition
  /** Where each piece begins, and at the end where the table does. Bytes from the start of the file. */
  readonly offsets: readonly number[]
}

const snapshotFormatVersion = 1
/** UTF-8 bytes. A piece that a caller makes should be much smaller; one that a leader sends fits in a frame. */
export const pieceBytesMax = 16 * 1024 * 1024
/** What stands before the text's length, and before the text. */
const pieceHeaderBytes = 8
const tailBytes = 20
const fixedHeaderBytes = 16
const positionBytesMax = 16 * 1024 * 1024
const magic = new TextEncoder().encode('Rollsnap')
const endMark = new TextEncoder().encode('Rend')

type Place = Pick<SnapshotPosition, 'index' | 'term'>

export function writeHeader(into: ByteWriter, position: SnapshotPosition): void {
  for (const byte of magic) into.u8(byte)
  into.u32(snapshotFormatVersion)
  into.text(encodeSnapshotPosition(position))
  into.u32(crc32(into.written))
}

export function writePiece(into: ByteWriter, place: Place, number: number, text: string): void {
  const start = into.length
  into.u32(number)
  into.u32(0)
  into.text(text)
  const checksum = crc32(into.written, start + pieceHeaderBytes, into.length, saltOf(place, number))
  into.setU32(start + 4, checksum)
}

/** `offsets` as in a layout. */
export function writeTable(into: ByteWriter, place: Place, offsets: readonly number[]): void {
  const start = into.length
  for (const offset of offsets) into.u64(offset)
  into.u32(offsets.length - 1)
  into.u32(crc32(into.written, start, into.length, saltOf(place, offsets.length - 1)))
  for (const byte of endMark) into.u8(byte)
}

/** Reads `length` bytes at `offset`; shorter only at the end of the file. */
type Read = (offset: number, length: number) => Promise<Uint8Array>

/** Checks header and table, not the pieces. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readLayout(name: string, size: number, read: Read): Promise<SnapshotLayout> {
  const { position, end } = await readHeader(name, read)
  const offsets = await readTable(name, size, position, read)
  if (offsets[0] !== end || offsets.some((offset, i) => offset <= (offsets[i - 1] ?? 0))) {
    throw new DamagedStorageError(name, size - tailBytes, 'the offsets of the pieces are not in order')
  }
  return { position, offsets }
}

async function readHeader(name: string, read: Read): Promise<{ position: SnapshotPosition; end: number }> {
  const fixed = await read(0, fixedHeaderBytes)
  if (magic.some((byte, at) => fixed[at] !== byte)) {
    throw new DamagedStorageError(name, 0, 'a snapshot begins with "Rollsnap", this file does not')
  }
  if (fixed.length < fixedHeaderBytes) throw endsEarly(name, fixed.length, 'the header')
  const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.byteLength)
  const version = view.getUint32(8, true)
  if (version !== snapshotFormatVersion) throw new UnknownFormatError(name, version, snapshotFormatVersion)
  const length = view.getUint32(12, true)
  if (length > positionBytesMax)
    throw new DamagedStorageError(name, 12, `a header of ${length} bytes is none`)
  const end = fixedHeaderBytes + length + 4
  const header = await read(0, end)
  if (header.length < end) throw endsEarly(name, header.length, 'the header')
  const reader = new ByteReader(header, 12, end)
  return decoded(name, 12, () => {
    const json = reader.text('position')
    if (reader.u32('checksum') !== crc32(header, 0, end - 4)) {
      throw new MalformedRecordError('the checksum of the header does not match')
    }
    return { position: decodeSnapshotPosition(json), end }
  })
}

async function readTable(name: string, size: number, place: Place, read: Read): Promise<readonly number[]> {
  const tail = await read(Math.max(0, size - tailBytes), tailBytes)
  if (tail.length < tailBytes || endMark.some((byte, at) => tail[tailBytes - 4 + at] !== byte)) {
    throw new DamagedStorageError(name, size, 'a snapshot ends with "Rend", this file does not')
  }
  const { begin, count } = decoded(name, size - tailBytes, () => {
    const reader = new ByteReader(tail, 0, tailBytes)
    return { begin: reader.u64('offset of the table'), count: reader.u32('number of pieces') }
  })
  if (begin + 8 * count + tailBytes !== size) {
    throw new DamagedStorageError(
      name,
      size - tailBytes,
      `a table of ${count} pieces does not end the file here`,
    )
  }
  const table = await read(begin, size - begin)
  const reader = new ByteReader(table, 0, table.length)
  return decoded(name, begin, () => {
    const offsets = Array.from({ length: count + 1 }, () => reader.u64('offset of a piece'))
    reader.u32('number of pieces')
    if (reader.u32('checksum') !== crc32(table, 0, table.length - 8, saltOf(place, count))) {
      throw new MalformedRecordError('the checksum of the table does not match')
    }
    return offsets
  })
}

/** The text of the piece `number`, which stands at `offset`. Throws a DamagedStorageError. */
export function readPiece(
  name: string,
  place: Place,
  number: number,
  offset: number,
  bytes: Uint8Array,
): string {
  return decoded(name, offset, () => {
    const reader = new ByteReader(bytes, 0, bytes.length)
    const saysNumber = reader.u32('number of a piece')
    const checksum = reader.u32('checksum of a piece')
    if (checksum !== crc32(bytes, pieceHeaderBytes, bytes.length, saltOf(place, number))) {
      throw new MalformedRecordError(`the checksum of piece ${number} does not match`)
    }
    const text = reader.text(`piece ${number}`)
    if (saysNumber !== number || !reader.atEnd) {
      throw new MalformedRecordError(`piece ${number} is numbered ${saysNumber}, or ends early`)
    }
    return text
  })
}

function saltOf({ index, term }: Place, number: number): number {
  const salt = new ByteWriter(20)
  salt.u64(index)
  salt.u64(term)
  salt.u32(number)
  return crc32(salt.written)
}

function endsEarly(name: string, at: number, what: string): DamagedStorageError {
  return new DamagedStorageError(name, at, `the file ends before ${what} does`)
}

/** The one door for what a file says. */
function decoded<T>(name: string, offset: number, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(name, offset, error.message)
    throw error
  }
}
