import type { FolderLock } from './folder-lock.js'
import { isTaken as isTakenByOlder, takeOlderLock } from './older-lock.js'
import { isKernelLocked, takeKernelLock } from './kernel-lock.js'
import { claimFolder, isClaimed, hasNoSockets } from './folder-claim.js'

class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly label = 'FOLDER_IN_USE'

  constructor(folder: string) {
    super(`the data folder ${folder} is in use by another process: stop that one, or use another folder`)
  }
}

/**
 * Takes `path` for this process alone. The lock goes with the process however it ends. It stands in the folder, where
 * every process of this machine finds it, whatever container or network namespace it is in: as the kernel's lock on a
 * file (kernel-lock.ts), or, where there is none, as a socket (folder-claim.ts); on Windows it is a pipe, named for the
 * folder. Rejects with an error that names the folder while another process has it.
 *
 * What it does not see: a process on another machine that shares the folder. Where there is neither kind of lock, nor
 * one in another network namespace.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const older = await takeOlderLock(path)
  if (older === undefined) throw new FolderInUseError(path)
  if (process.platform === 'win32') return older
  try {
    const own = await lockFolderByFile(path)
    return {
      release: async () => {
        await own.release()
        await older.release()
      },
    }
  } catch (error) {
    if (hasNoSockets(error) && process.platform === 'linux') return older
    await older.release()
    throw error
  }
}

/** By what stands in the folder alone. */
export async function lockFolderByFile(path: string): Promise<FolderLock> {
  const lock = await takeKernelLock(path)
  const claim = lock === 'none' ? await claimFolder(path) : lock
  if (claim === undefined || claim === 'taken') throw new FolderInUseError(path)
  if (lock === 'none' || !(await isClaimed(path))) return claim
  await claim.release()
  throw new FolderInUseError(path)
}

/** Takes the folder if it can be written to; else nobody here can, and it is enough that no process has it now. */
export async function lockFolderToRead(path: string): Promise<FolderLock> {
  try {
    return await lockFolder(path)
  } catch (error) {
    if (!isReadOnly(error)) throw error
    if (await isFolderInUse(path)) throw new FolderInUseError(path)
    return { release: () => Promise.resolve() }
  }
}

/** Whether a process has the folder. Takes nothing, so that nobody who comes in this moment is turned away. */
export async function isFolderInUse(path: string): Promise<boolean> {
  return (await isKernelLocked(path)) || (await isClaimed(path)) || (await isTakenByOlder(path))
}

function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'EACCES')
}
