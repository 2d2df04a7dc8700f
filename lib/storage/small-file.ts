/**
 * Files that are read and replaced as a whole: one JSON object with `format`, its own members and `crc32`, the checksum
 * of the others, written as JSON without white space.
 */
import type { Disk, DiskFile } from '../ports.js'
import { crc32 } from './crc32.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import { fields, parse, whole } from './stored-json.js'

type Fields = Readonly<Record<string, unknown>>

export interface SmallFile {
  readonly name: string
  /** The newest; files of those before it are read, too. */
  readonly format: number
  /** Whether a file with these members was written before its kind had a checksum. Left out: none was. */
  readonly isUnchecked?: (members: Fields) => boolean
  /** Written for people to read. Default false. */
  readonly isIndented?: boolean
}

/** Beyond any real one. */
const bytesMax = 1024 * 1024

/**
 * What `read` makes of the file's members; undefined: there is no such file. Rejects with a DamagedStorageError, also
 * when `read` throws a MalformedRecordError, or with an UnknownFormatError.
 */
export async function readSmallFile<T>(
  disk: Disk,
  file: SmallFile,
  read: (members: Fields) => T,
): Promise<T | undefined> {
  const { name } = file
  if (!(await disk.list()).includes(name)) return undefined
  const bytes = await withFile(disk, name, async (opened) =>
    opened.read(0, Math.min(await opened.size(), bytesMax)),
  )
  try {
    return read(known(file, fields(parse(utf8(bytes)), name)))
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(name, 0, error.message)
    throw error
  }
}

/** The old content or the new one is there, whatever happens meanwhile. Durable when it resolves. */
export async function writeSmallFile(
  disk: Disk,
  { name, format, isIndented = false }: SmallFile,
  members: object,
): Promise<void> {
  const content = { format, ...members }
  const text = JSON.stringify(
    { ...content, crc32: checksumOf(content) },
    undefined,
    isIndented ? 2 : undefined,
  )
  await replaceFile(disk, name, new TextEncoder().encode(`${text}\n`))
}

/** The old content or the new one is there, whatever happens meanwhile. Durable when it resolves. */
export async function replaceFile(disk: Disk, name: string, content: Uint8Array): Promise<void> {
  const unfinished = `${name}.new`
  // What a crash has left of an earlier try may be longer than what is written now.
  if ((await disk.list()).includes(unfinished)) await disk.remove(unfinished)
  await withFile(disk, unfinished, async (file) => {
    await file.write(0, content)
    await file.sync()
  })
  await disk.rename(unfinished, name)
  await disk.syncFolder()
}

export async function withFile<T>(disk: Disk, name: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(name)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/** The members, if the file is of a format that is known and has its checksum. */
function known({ name, format, isUnchecked }: SmallFile, members: Fields): Fields {
  const said = whole(members['format'], 'format')
  if (said < 1 || said > format) throw new UnknownFormatError(name, said, format)
  const { crc32: checksum, ...checked } = members
  if (isUnchecked?.(members) === true || checksum === checksumOf(checked)) return checked
  throw new MalformedRecordError('its content does not have the checksum that it was written with')
}

function checksumOf(members: object): number {
  return crc32(new TextEncoder().encode(JSON.stringify(members)))
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new MalformedRecordError('the file is not UTF-8')
  }
}
