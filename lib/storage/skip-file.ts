import type { Disk, DiskFile } from '../ports.js'
import { logIndex, term, type CommandEntry, type LogIndex, type Term } from '../raft/types.js'
import { counted, list, object, parse } from './entry-payload.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'

/**
 * Entries that are not to be run when they are applied: `skips.json`, one JSON object, only there when there are any.
 *
 *     {"format": 1, "entries": [[index, term], …]}
 */
export const skipFileName = 'skips.json'
const unfinishedName = `${skipFileName}.new`
const FORMAT = 1
/** Beyond any real one: the file is read as a whole. */
const fileBytesMax = 1024 * 1024

/** The term of each entry by its index. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readSkips(disk: Disk): Promise<ReadonlyMap<LogIndex, Term>> {
  if (!(await disk.list()).includes(skipFileName)) return new Map()
  const bytes = await withFile(disk, skipFileName, async (file) =>
    file.read(0, Math.min(await file.size(), fileBytesMax)),
  )
  try {
    return skipsOf(parse(new TextDecoder().decode(bytes)))
  } catch (error) {
    if (error instanceof MalformedRecordError) throw new DamagedStorageError(skipFileName, 0, error.message)
    throw error
  }
}

/** Durable when it resolves. Harmless for an entry that is there already. */
export async function addSkip(disk: Disk, entry: Pick<CommandEntry, 'index' | 'term'>): Promise<void> {
  const skips = new Map(await readSkips(disk)).set(entry.index, entry.term)
  const text = `${JSON.stringify({ format: FORMAT, entries: [...skips] })}\n`
  // What a crash has left of an earlier try may be longer than what is written now.
  if ((await disk.list()).includes(unfinishedName)) await disk.remove(unfinishedName)
  await withFile(disk, unfinishedName, async (file) => {
    await file.write(0, new TextEncoder().encode(text))
    await file.sync()
  })
  await disk.rename(unfinishedName, skipFileName)
  await disk.syncFolder()
}

function skipsOf(value: unknown): ReadonlyMap<LogIndex, Term> {
  const { format, entries } = object(value, skipFileName)
  if (typeof format !== 'number') throw new MalformedRecordError('format is not a number')
  if (format !== FORMAT) throw new UnknownFormatError(skipFileName, format, FORMAT)
  return new Map(
    list(entries, 'entries').map((each) => {
      const [index, entered] = list(each, 'an entry to skip')
      return [logIndex(counted(index, 'index')), term(counted(entered, 'term'))]
    }),
  )
}

async function withFile<T>(disk: Disk, name: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(name)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}
