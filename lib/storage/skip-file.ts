import type { Disk } from '../ports.js'
import { logIndex, term, type CommandEntry, type LogIndex, type Term } from '../raft/types.js'
import { readSmallFile, writeSmallFile, type SmallFile } from './small-file.js'
import { list, whole } from './stored-json.js'

/**
 * Entries that are not to be run when they are applied: `skips.json`, one JSON object, only there when there are any.
 *
 *     {"format": 1, "entries": [[index, term], …], "crc32": …}
 *
 * with the checksum of small-file.ts, which older files lack: a digit that has changed would pass over another entry.
 */
export const skipFileName = 'skips.json'
const SKIP_FILE: SmallFile = {
  name: skipFileName,
  format: 1,
  isUnchecked: (said) => !('crc32' in said),
}

/** The term of each entry by its index. Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function readSkips(disk: Disk): Promise<ReadonlyMap<LogIndex, Term>> {
  return (await readSmallFile(disk, SKIP_FILE, skipsOf)) ?? new Map()
}

/** Durable when it resolves. Harmless for an entry that is there already. */
export async function addSkip(disk: Disk, entry: Pick<CommandEntry, 'index' | 'term'>): Promise<void> {
  const skips = new Map(await readSkips(disk)).set(entry.index, entry.term)
  await writeSmallFile(disk, SKIP_FILE, { entries: [...skips] })
}

function skipsOf(said: Readonly<Record<string, unknown>>): ReadonlyMap<LogIndex, Term> {
  return new Map(
    list(said['entries'], 'entries').map((each) => {
      const [index, entered] = list(each, 'an entry to skip')
      return [logIndex(whole(index, 'index')), term(whole(entered, 'term'))]
    }),
  )
}
