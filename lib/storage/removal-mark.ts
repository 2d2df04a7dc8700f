import type { Disk } from '../ports.js'
import { fields, number, parse } from './stored-json.js'
import { DamagedStorageError, MalformedRecordError, UnknownFormatError } from './errors.js'
import { readWhole, replaceWhole } from './small-file.js'

/**
 * The folder is one of a member that was removed: `removed.json`, one JSON object `{"format": 1}`, only there when that is
 * so. The log alone does not tell: its last configuration may never have been committed.
 */
export const removalMarkName = 'removed.json'
const format = 1

/** Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function isMarkedRemoved(disk: Disk): Promise<boolean> {
  const bytes = await readWhole(disk, removalMarkName)
  if (bytes === undefined) return false
  try {
    const { format: said } = fields(parse(new TextDecoder().decode(bytes)), removalMarkName)
    const found = number(said, 'format')
    if (found !== format) throw new UnknownFormatError(removalMarkName, found, format)
    return true
  } catch (error) {
    if (error instanceof MalformedRecordError)
      throw new DamagedStorageError(removalMarkName, 0, error.message)
    throw error
  }
}

/** Durable when it resolves. */
export function markRemoved(disk: Disk): Promise<void> {
  return replaceWhole(disk, removalMarkName, new TextEncoder().encode(`${JSON.stringify({ format })}\n`))
}

/** The member may come back with this folder. Harmless when there is no mark. */
export async function forgetRemoval(disk: Disk): Promise<void> {
  if (!(await disk.list()).includes(removalMarkName)) return
  await disk.remove(removalMarkName)
  await disk.syncFolder()
}
