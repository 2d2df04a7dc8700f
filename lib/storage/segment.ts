/**
 * The log on disk: segments, files of one size that are written through with zeros before use, so that a later sync
 * has nothing but the data to write. Numbers are big-endian.
 *
 * | offset | bytes | a segment's header |
 * |---|---|---|
 * | 0 | 8 | `ROLLCALL` |
 * | 8 | 4 | format version, 1 |
 * | 12 | 4 | sequence number of the segment, from 1, also in its name |
 * | 16 | 4 | CRC-32 of the 16 bytes before |
 * | 20 | 12 | zero |
 *
 * Then records back to back, each at a multiple of 8:
 *
 * | offset | bytes | a record |
 * |---|---|---|
 * | 0 | 4 | length n of its payload, at least 1; 0: no further record in this segment |
 * | 4 | 4 | CRC-32 of the rest, begun with the sequence number: a record of a segment's former life does not pass |
 * | 8 | 8 | durable watermark: all positions below it were durable when this record was written |
 * | 16 | n | payload, see payload.ts |
 *
 * A position in the stream is sequence number * 2^32 + offset.
 */
import type { DiskFile } from '../ports.js'
import { ByteReader, ByteWriter } from './bytes.js'
import { crc32 } from './crc32.js'
import type { LogChange } from './payload.js'
import { readChange, writeChange } from './payload.js'

export const SEGMENT_BYTES = 8 * 1024 * 1024
export const SEGMENT_HEADER_BYTES = 32
export const FORMAT_VERSION = 1
const MAGIC = 'ROLLCALL'
const RECORD_HEADER_BYTES = 16
const ALIGNMENT = 8
const SEQUENCE_UNIT = 2 ** 32

export type Position = number & { readonly __brand: 'Position' }

export function position(sequence: number, offset: number): Position {
  return (sequence * SEQUENCE_UNIT + offset) as Position
}

export function segmentName(sequence: number): string {
  return `log-${String(sequence).padStart(10, '0')}`
}

/** The sequence number in a segment's name; undefined: the file is no segment. */
export function sequenceOf(name: string): number | undefined {
  const [, digits] = /^log-(\d{10})$/.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}

export function headerOf(sequence: number): Uint8Array {
  const writer = new ByteWriter(SEGMENT_HEADER_BYTES)
  for (const letter of MAGIC) writer.byte(letter.charCodeAt(0))
  writer.uint32(FORMAT_VERSION)
  writer.uint32(sequence)
  writer.uint32(crc32(writer.bytes, 0, writer.length, 0))
  return writer.bytes
}

/** Undefined: this is no header that was ever written whole. */
export function readHeader(
  bytes: Uint8Array,
): { readonly version: number; readonly sequence: number } | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined
  const reader = new ByteReader(bytes, 0, SEGMENT_HEADER_BYTES)
  for (const letter of MAGIC) if (reader.byte() !== letter.charCodeAt(0)) return undefined
  const header = { version: reader.uint32(), sequence: reader.uint32() }
  return reader.uint32() === crc32(bytes, 0, 16, 0) ? header : undefined
}

/** Appends one record to `writer`, whose bytes will stand in segment `sequence`. */
export function writeRecord(
  writer: ByteWriter,
  sequence: number,
  watermark: Position,
  change: LogChange,
): void {
  const start = writer.length
  writer.skip(8)
  writer.number(watermark)
  writeChange(writer, change)
  writer.uint32At(start, writer.length - start - RECORD_HEADER_BYTES)
  writer.uint32At(start + 4, crc32(writer.bytes, start + 8, writer.length, sequence))
  while (writer.length < aligned(writer.length)) writer.byte(0)
}

export interface RecordAt {
  readonly watermark: number
  /** Where the next record begins. */
  readonly end: number
  readonly payload: ByteReader
}

/** The record at `offset`, if its length fits and its checksum is right. */
export function recordAt(bytes: Uint8Array, sequence: number, offset: number): RecordAt | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined
  const reader = new ByteReader(bytes, offset, bytes.length)
  const length = reader.uint32()
  const end = offset + RECORD_HEADER_BYTES + length
  if (length === 0 || end > bytes.length) return undefined
  if (reader.uint32() !== crc32(bytes, offset + 8, end, sequence)) return undefined
  const payload = new ByteReader(bytes, offset + RECORD_HEADER_BYTES, end)
  return { watermark: reader.number(), end: aligned(end), payload }
}

export function changeIn(record: RecordAt): LogChange {
  return readChange(record.payload)
}

/** The highest watermark of any whole record at or after `offset`, looked for at every place where one can begin. */
export function highestWatermarkAfter(bytes: Uint8Array, sequence: number, offset: number): number {
  let highest = 0
  for (let at = aligned(offset); at + RECORD_HEADER_BYTES < bytes.length;) {
    const record = recordAt(bytes, sequence, at)
    if (record) highest = Math.max(highest, record.watermark)
    at = record ? record.end : at + ALIGNMENT
  }
  return highest
}

/** Where the last byte that is not zero ends. */
export function usedLength(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}

/** Writes zeros from `offset` to `end`. */
export async function writeZeros(file: DiskFile, offset: number, end: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(1024 * 1024, Math.max(end - offset, 0)))
  for (let at = offset; at < end; at += zeros.length) {
    await file.write(at, zeros.subarray(0, Math.min(zeros.length, end - at)))
  }
}
