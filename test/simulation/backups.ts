/** A member's newest snapshot as a backup, and folders that are restored from it. */
import assert from 'node:assert/strict'
import { firstConfiguration } from '../../lib/hosting/member-identity.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import { parseUri } from '../../lib/rpc/uri.js'
import { restoreBackup } from '../../lib/storage/restore.js'
import { openSnapshotFile, snapshotNames } from '../../lib/storage/snapshot-file.js'
import type { Dice } from '../../testing/simulator/dice.js'
import { MemoryDisk } from '../../testing/simulator/memory-disk.js'

export type Folder = ReadonlyMap<string, Uint8Array>

const CLUSTER = 'rollcall'

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => SILENT,
}

export function hasBackup(folder: Folder): boolean {
  return snapshotNames([...folder.keys()]).length > 0
}

/**
 * The folder of the member at `uri`, one of `members`, as `rollcall restore` makes it. `from`: a folder with a
 * snapshot.
 */
export async function restoredFolder(
  from: Folder,
  uri: string,
  members: readonly string[],
  dice: Dice,
): Promise<Folder> {
  const source = diskOf(from)
  const [newest] = snapshotNames(source.files)
  assert.ok(newest, 'there is a snapshot')
  const backup = await openSnapshotFile(source, newest)
  const id = parseUri(uri).objectId
  const made = diskOf(new Map())
  const bootstrap = firstConfiguration(id, members, false)
  const own = incarnation(`restored-${dice.below(1_000_000_000)}`)
  await restoreBackup(
    backup,
    made,
    { id: serverId(id), cluster: CLUSTER, incarnation: own, bootstrap },
    SILENT,
  )
  return made.image
}

function diskOf(folder: Folder): MemoryDisk {
  const disk = new MemoryDisk({ schedule: (task) => task() })
  disk.putBack(folder)
  return disk
}
