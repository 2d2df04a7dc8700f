import type { Disk } from '../ports.js'
import { readSmallFile, writeSmallFile, type SmallFile } from './small-file.js'

/**
 * The folder is one of a member that was removed: `removed.json`, only there when that is so, which says
 * nothing else. Older ones have no checksum. The log alone does not tell: its last configuration may never have been
 * committed.
 */
export const removalMarkName = 'removed.json'
const REMOVAL_MARK: SmallFile = {
  name: removalMarkName,
  format: 1,
  isUnchecked: (said) => !('crc32' in said),
}

/** Rejects with a DamagedStorageError or an UnknownFormatError. */
export async function isMarkedRemoved(disk: Disk): Promise<boolean> {
  return (await readSmallFile(disk, REMOVAL_MARK, () => true)) ?? false
}

/** Durable when it resolves. */
export function markRemoved(disk: Disk): Promise<void> {
  return writeSmallFile(disk, REMOVAL_MARK, {})
}

/** The member may come back with this folder. Harmless when there is no mark. */
export async function forgetRemoval(disk: Disk): Promise<void> {
  if (!(await disk.list()).includes(removalMarkName)) return
  await disk.remove(removalMarkName)
  await disk.syncFolder()
}
