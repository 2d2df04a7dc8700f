/** What the commands on a data folder that no process has open have in common. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { CommandError } from '../../lib/command-line/report.js'
import type { Disk } from '../../lib/ports.js'
import { DamagedStorageError } from '../../lib/storage/errors.js'
import { openSnapshotFile, type StoredSnapshot } from '../../lib/storage/snapshot-file.js'
import { openDataFolder, openDiskToRead } from '../../lib/system/disk.js'
import { lockFolder, lockFolderToRead } from '../../lib/system/lock.js'

/**
 * Works on a folder that exists, and has it for this process alone meanwhile: what a running member is just writing
 * would look like damage.
 */
export async function withFolder<T>(path: string, work: (disk: Disk) => Promise<T>): Promise<T> {
  demandFolder(path)
  const lock = await lockFolder(path)
  try {
    return await work(await openDataFolder(path))
  } finally {
    await lock.release()
  }
}

/** As {@link withFolder}, to look at it: also where nothing can be written. */
export async function readFolder<T>(path: string, work: (disk: Disk) => Promise<T>): Promise<T> {
  demandFolder(path)
  const lock = await lockFolderToRead(path)
  try {
    return await work(openDiskToRead(path))
  } finally {
    await lock.release()
  }
}

function demandFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return
  throw new CommandError('NO_FOLDER', `there is no folder ${path}`)
}

/** Works on a backup. Rejects when its end or header does not hold. */
export async function withBackup<T>(path: string, work: (backup: StoredSnapshot) => Promise<T>): Promise<T> {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new CommandError('NO_FILE', `there is no file ${path}`)
  }
  // It may be named by a link: a backup is whatever its user says it is.
  const file = realpathSync(path)
  try {
    return await workOn(await openSnapshotFile(openDiskToRead(dirname(file)), basename(file)), work)
  } catch (error) {
    throw error instanceof DamagedStorageError && error.file === basename(file) ? ofBackup(error) : error
  }
}

async function workOn<T>(backup: StoredSnapshot, work: (backup: StoredSnapshot) => Promise<T>): Promise<T> {
  try {
    return await work(backup)
  } finally {
    await backup.close()
  }
}

function ofBackup({ file, offset, expected }: DamagedStorageError): DamagedStorageError {
  const advice = 'This backup is of no use: take another file, or make a new one with rollcall backup'
  return new DamagedStorageError(file, offset, expected, advice)
}
