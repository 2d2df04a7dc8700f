/**
 * The kernel's own lock (flock) on a file; the lock of a folder is that on `lock` in it. Of all processes on this kernel
 * one gets it, whatever container they are in, and it goes with the process however that ends. Node can't ask for it. The
 * small program `flock`, which comes with nearly every Linux, can: it locks the file that this process has open and has
 * handed to it, and ends; the lock stays with the open file.
 */
import { spawnSync } from 'node:child_process'
import { constants, type BigIntStats } from 'node:fs'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FolderLock } from './folder-lock.js'

export const LOCK_FILE = 'lock'

const ASKED_MAX = 4
const PAUSE_MS = 40

/** `none`: there is no such lock on this machine, or on this file system. */
export type KernelLock = FolderLock | 'taken' | 'none'

/** Of a folder. Rejects with the system's error when no file can be made there. */
export function takeKernelLock(path: string): Promise<KernelLock> {
  return takeKernelLockOn(join(path, LOCK_FILE))
}

/** Of a file, which is made, and is gone again once it is released. Rejects in the same way. */
export async function takeKernelLockOn(file: string): Promise<KernelLock> {
  if (process.platform !== 'linux') return 'none'
  for (;;) {
    // Nobody else may open it, for who has it open can lock it.
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    const outcome = await askPatiently(handle)
    if (outcome === 'locked' && (await isAt(handle, file))) return lockOf(handle, file)
    if (outcome === 'none') await rm(file, { force: true })
    await handle.close()
    if (outcome !== 'locked') return outcome
  }
}

/** Whether a process has it. Takes nothing for longer than a moment. */
export async function isKernelLocked(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  let handle: FileHandle
  try {
    handle = await open(join(path, LOCK_FILE), constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch {
    return false
  }
  const outcome = ask(handle, '-s')
  await handle.close()
  return outcome === 'taken'
}

/** Whoever only asks has it for a moment. */
async function askPatiently(handle: FileHandle): Promise<'locked' | 'taken' | 'none'> {
  for (let asked = 1; asked < ASKED_MAX; asked++) {
    const outcome = ask(handle, '-x')
    if (outcome !== 'taken') return outcome
    await sleep(PAUSE_MS)
  }
  return ask(handle, '-x')
}

function ask(handle: FileHandle, how: '-x' | '-s'): 'locked' | 'taken' | 'none' {
  const { status } = spawnSync('flock', [how, '-n', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', handle.fd],
  })
  if (status === 0) return 'locked'
  return status === 1 ? 'taken' : 'none'
}

/** Whoever had it before may have removed the file, and others made it anew. */
async function isAt(handle: FileHandle, file: string): Promise<boolean> {
  const there = await stat(file, { bigint: true }).catch(() => undefined)
  return there !== undefined && isSame(there, await handle.stat({ bigint: true }))
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

/**
 * The file goes while it is still locked, so that nobody takes it for the one to lock. Where it can't, as in a folder
 * that can't be written to any more, it stays and locks nothing.
 */
function lockOf(handle: FileHandle, file: string): FolderLock {
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    await rm(file, { force: true }).catch(() => undefined)
    await handle.close()
  }
  return { release: () => (released ??= release()) }
}
