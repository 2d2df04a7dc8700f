/**
 * Whose a segment is. All members of a cluster number their segments alike, and write much the same into them; but each
 * has a term, a vote and an end of its own there, which another one must not take for its own.
 *
 * | offset | bytes | what |
 * |-------:|------:|------|
 * |      0 |     4 | length of the text in bytes; 0: it is not said, as by an older build, or where nobody knew yet |
 * |      4 |     4 | CRC-32 of the text |
 * |      8 |       | the text, UTF-8: the owner as JSON, `{"id", "incarnation"}` |
 */
import { incarnation, serverId, type Incarnation, type ServerId } from '../raft/types.js'
import { crc32 } from './crc32.js'
import { DamagedStorageError, MalformedRecordError } from './errors.js'
import { fields, parse, text } from './stored-json.js'

export interface SegmentOwner {
  readonly id: ServerId
  readonly incarnation: Incarnation
}

const textOffset = 8

/** Empty where it does not fit into `room` bytes. */
export function encodeOwner({ id, incarnation }: SegmentOwner, room: number): Uint8Array {
  const said = new TextEncoder().encode(JSON.stringify({ id, incarnation }))
  if (textOffset + said.length > room) return new Uint8Array(0)
  const bytes = new Uint8Array(textOffset + said.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, said.length, true)
  view.setUint32(4, crc32(said), true)
  bytes.set(said, textOffset)
  return bytes
}

/**
 * `bytes`: where the owner stands, at `offset` of the file `name`. Undefined: it is not said.
 * @throws DamagedStorageError
 */
export function decodeOwner(bytes: Uint8Array, name: string, offset: number): SegmentOwner | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(0, true)
  if (length === 0 && view.getUint32(4, true) === 0) return undefined
  const said = bytes.subarray(textOffset, textOffset + length)
  if (said.length !== length || view.getUint32(4, true) !== crc32(said))
    throw new DamagedStorageError(name, offset, 'the checksum of its owner does not match')
  try {
    const from = fields(parse(new TextDecoder().decode(said)), 'owner')
    return {
      id: serverId(text(from['id'], 'id')),
      incarnation: incarnation(text(from['incarnation'], 'incarnation')),
    }
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(name, offset, error.message)
    throw error
  }
}

/** @throws DamagedStorageError when the segment `name` is another member's, or of another folder of this one */
export function demandOwner(
  name: string,
  offset: number,
  said: SegmentOwner | undefined,
  expected: SegmentOwner | undefined,
): void {
  if (said === undefined || expected === undefined || said.incarnation === expected.incarnation) return
  const whose = said.id === expected.id ? `another data folder of ${said.id}` : said.id
  throw new DamagedStorageError(
    name,
    offset,
    `the segment is of ${whose}, and this is the data folder of ${expected.id}`,
  )
}
