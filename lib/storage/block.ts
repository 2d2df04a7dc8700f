import type { ByteWriter } from './bytes.js'
import { crc32 } from './crc32.js'
import type { Position } from './position.js'

/**
 * A block: what one write puts into the log, whole or not at all. Everything that waited while the last sync ran
 * goes out as one block.
 *
 * | offset | bytes | what |
 * |-------:|------:|------|
 * |      0 |     4 | marker: bytes ff 42 4c fe. No UTF-8 text has them, so no user's data can look like a block |
 * |      4 |     4 | length of the body in bytes; 0: the block only carries a watermark |
 * |      8 |     8 | durable watermark: sequence number, then offset (4 bytes each). All before it was durable when
 * this block was written |
 * |     16 |     4 | CRC-32 of the body, salted |
 * |     20 |     4 | CRC-32 of the 20 bytes before, salted |
 * |     24 |       | body: records, see record.ts; then zeros up to a multiple of 8 |
 *
 * Salted: the checksum begins with the segment's sequence number and the block's offset, 4 bytes each. So a block
 * holds only in the place that it was written for: neither what a recycled file still holds of its former life nor
 * a misdirected write is taken for a part of the log.
 *
 * A block lies in one segment. The first bad block ends the log. If any watermark behind it says that it had been
 * durable, it is damage; if none does, it is the torn end of a write that nobody was told of. Hence the limit of
 * what can be told: rot in the last block right before a crash looks like a torn end, since nothing was written after
 * it. So an empty block, whose watermark covers everything before, is written when the log has been quiet for a moment
 * (quiet-timer.ts), at a clean close, and at each start.
 */
export interface Block {
  readonly watermark: Position
  /** Where the body begins and ends, and where the next block begins. Bytes from the start of the segment. */
  readonly start: number
  readonly end: number
  readonly next: number
  /** Its checksum matches. When not, only the header can be believed. */
  readonly whole: boolean
}

export const blockHeaderBytes = 24
export const alignment = 8

const marker = 0xfe4c42ff
const salt = new Uint8Array(8)
const saltView = new DataView(salt.buffer)

/** Bytes that a block takes whose header and body have `length`. */
export function blockBytes(length: number): number {
  return Math.ceil(length / alignment) * alignment
}

/** Turns `block`, 24 free bytes and then the body, into a block that stands at `position`. */
export function sealBlock(block: ByteWriter, position: Position, watermark: Position): Uint8Array {
  const bodyEnd = block.length
  block.zeros(blockBytes(bodyEnd) - bodyEnd)
  block.setU32(0, marker)
  block.setU32(4, bodyEnd - blockHeaderBytes)
  block.setU32(8, watermark.sequence)
  block.setU32(12, watermark.offset)
  const seed = salted(position.sequence, position.offset)
  const bytes = block.written
  block.setU32(16, crc32(bytes, blockHeaderBytes, bodyEnd, seed))
  block.setU32(20, crc32(bytes, 0, 20, seed))
  return bytes
}

/** The block at `offset` of a segment's bytes; undefined when there is no header that holds there. */
export function readBlock(bytes: DataView, sequence: number, offset: number): Block | undefined {
  const room = bytes.byteLength - offset
  if (room < blockHeaderBytes || bytes.getUint32(offset, true) !== marker) return undefined
  const raw = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const seed = salted(sequence, offset)
  if (bytes.getUint32(offset + 20, true) !== crc32(raw, offset, offset + 20, seed)) return undefined
  const length = bytes.getUint32(offset + 4, true)
  const taken = blockBytes(blockHeaderBytes + length)
  if (taken > room) return undefined
  const start = offset + blockHeaderBytes
  const end = start + length
  return {
    watermark: { sequence: bytes.getUint32(offset + 8, true), offset: bytes.getUint32(offset + 12, true) },
    start,
    end,
    next: offset + taken,
    whole: bytes.getUint32(offset + 16, true) === crc32(raw, start, end, seed),
  }
}

function salted(sequence: number, offset: number): number {
  saltView.setUint32(0, sequence, true)
  saltView.setUint32(4, offset, true)
  return crc32(salt)
}
