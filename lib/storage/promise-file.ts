/**
 * What a member with read leases on has promised its leaders: `promise.json`, one JSON object
 * `{"format": 1, "silenceMs": 150, "crc32": …}`, only there where there are leases. A vote that it must not give would be
 * given by its next process, if that has a shorter election timeout, or none of it.
 */
import type { Disk } from '../ports.js'
import { crc32 } from './crc32.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import { readWhole, replaceWhole } from './small-file.js'
import { fields, number, parse, whole } from './stored-json.js'

export const promiseFileName = 'promise.json'
const FORMAT = 1

/** Milliseconds; 0: nothing. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readPromise(disk: Disk): Promise<number> {
  const bytes = await readWhole(disk, promiseFileName)
  if (bytes === undefined) return 0
  try {
    const { crc32: checksum, ...from } = fields(parse(new TextDecoder().decode(bytes)), promiseFileName)
    const format = number(from['format'], 'format')
    if (format !== FORMAT) throw new UnknownFormatError(promiseFileName, format, FORMAT)
    if (checksum !== checksumOf(from))
      throw new MalformedRecordError('its content does not have its checksum')
    return whole(from['silenceMs'], 'silenceMs')
  } catch (error) {
    if (error instanceof MalformedRecordError)
      throw new DamagedStorageError(promiseFileName, 0, error.message)
    throw error
  }
}

/** Durable when it resolves. */
export async function writePromise(disk: Disk, silenceMs: number): Promise<void> {
  const content = { format: FORMAT, silenceMs }
  const text = `${JSON.stringify({ ...content, crc32: checksumOf(content) })}\n`
  await replaceWhole(disk, promiseFileName, new TextEncoder().encode(text))
}

function checksumOf(content: Readonly<Record<string, unknown>>): number {
  return crc32(new TextEncoder().encode(JSON.stringify(content)))
}
