import type { Disk } from '../ports.js'
import { crc32 } from './crc32.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import { readWhole, replaceWhole } from './small-file.js'
import { fields, number, parse, text, whole } from './stored-json.js'

/**
 * Where the process listens that has this folder, and where others reach it, as it was last told: `place.json`, one JSON
 * object with these fields, `format`, and `crc32` of the other members, written as JSON without white space. Only there
 * when it was told anything.
 */
export interface Place {
  readonly host?: string
  readonly port?: number
  /** `HOST` or `HOST:PORT`. */
  readonly advertise?: string
}

export const placeFileName = 'place.json'
const FORMAT = 1

/** Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readPlace(disk: Disk): Promise<Place> {
  const bytes = await readWhole(disk, placeFileName)
  if (bytes === undefined) return {}
  try {
    return placeOf(parse(new TextDecoder().decode(bytes)))
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(placeFileName, 0, error.message)
    throw error
  }
}

/** Durable when it resolves. */
export async function writePlace(disk: Disk, place: Place): Promise<void> {
  const told = { format: FORMAT, ...place }
  const text = `${JSON.stringify({ ...told, crc32: checksumOf(told) })}\n`
  await replaceWhole(disk, placeFileName, new TextEncoder().encode(text))
}

function placeOf(value: unknown): Place {
  const { crc32: checksum, ...from } = fields(value, placeFileName)
  const format = number(from['format'], 'format')
  if (format !== FORMAT) throw new UnknownFormatError(placeFileName, format, FORMAT)
  if (checksum !== checksumOf(from))
    throw new MalformedRecordError('its content does not have the checksum that it was written with')
  const { host, port, advertise } = from
  return {
    ...(host !== undefined && { host: text(host, 'host') }),
    ...(port !== undefined && { port: whole(port, 'port') }),
    ...(advertise !== undefined && { advertise: text(advertise, 'advertise') }),
  }
}

function checksumOf(told: Readonly<Record<string, unknown>>): number {
  return crc32(new TextEncoder().encode(JSON.stringify(told)))
}
