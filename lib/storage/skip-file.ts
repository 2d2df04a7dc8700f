import type { Disk } from '../ports.js'
import { logIndex, term, type CommandEntry, type LogIndex, type Term } from '../raft/types.js'
import { fields, list, number, parse, whole } from './stored-json.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import { checksummed, readWhole, replaceWhole, unchecked } from './small-file.js'

/**
 * Entries that are not to be run when they are applied: `skips.json`, one JSON object, only there when there are any.
 *
 *     {"format": 1, "entries": [[index, term], …], "crc32": …}
 *
 * with the checksum of small-file.ts, which older files lack: a digit that has changed would pass over another entry.
 */
export const skipFileName = 'skips.json'
const FORMAT = 1

/** The term of each entry by its index. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readSkips(disk: Disk): Promise<ReadonlyMap<LogIndex, Term>> {
  const bytes = await readWhole(disk, skipFileName)
  if (bytes === undefined) return new Map()
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
  const text = `${JSON.stringify(checksummed({ format: FORMAT, entries: [...skips] }))}\n`
  await replaceWhole(disk, skipFileName, new TextEncoder().encode(text))
}

function skipsOf(value: unknown): ReadonlyMap<LogIndex, Term> {
  const from = fields(value, skipFileName)
  const said = number(from['format'], 'format')
  if (said !== FORMAT) throw new UnknownFormatError(skipFileName, said, FORMAT)
  if ('crc32' in from) unchecked(from)
  return new Map(
    list(from['entries'], 'entries').map((each) => {
      const [index, entered] = list(each, 'an entry to skip')
      return [logIndex(whole(index, 'index')), term(whole(entered, 'term'))]
    }),
  )
}
