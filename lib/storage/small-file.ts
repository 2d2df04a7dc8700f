/** Files that are read and replaced as a whole. */
import type { Disk, DiskFile } from '../ports.js'
import { crc32 } from './crc32.js'
import { MalformedRecordError } from './errors.js'

type Fields = Readonly<Record<string, unknown>>

/** Beyond any real one. */
const bytesMax = 1024 * 1024

/** Undefined: there is none. Of a file that is too large, its beginning. */
export async function readWhole(disk: Disk, name: string): Promise<Uint8Array | undefined> {
  if (!(await disk.list()).includes(name)) return undefined
  return withFile(disk, name, async (file) => file.read(0, Math.min(await file.size(), bytesMax)))
}

/** The old content or the new one is there, whatever happens meanwhile. Durable when it resolves. */
export async function replaceWhole(disk: Disk, name: string, content: Uint8Array): Promise<void> {
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

async function withFile<T>(disk: Disk, name: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(name)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/** The members of a JSON object and, beside them, `crc32`: of the others, written as JSON without white space. */
export function checksummed(fields: Fields): Fields {
  return { ...fields, crc32: checksumOf(fields) }
}

/** The others, if they are what they were written as. Throws a MalformedRecordError. */
export function unchecked({ crc32: checksum, ...fields }: Fields): Fields {
  if (checksum === checksumOf(fields)) return fields
  throw new MalformedRecordError('its content does not have the checksum that it was written with')
}

function checksumOf(fields: Fields): number {
  return crc32(new TextEncoder().encode(JSON.stringify(fields)))
}
