/** Files of sockets that their processes have left behind: who was killed takes none away. */
import { lstat, unlink } from 'node:fs/promises'
import { takeKernelLockOn } from './kernel-lock.js'
import { isAnswered } from './unix-sockets.js'

/** Of a file that is there while somebody takes over. */
const LOCK_SUFFIX = '.rollcall-lock'

/**
 * Listens, by `listen`, where there was one, at which nobody listens, once it is gone. Anything else stays, and `taken`
 * is what comes of it. Of several who do so at a time one listens: the next would take away what the first has just made.
 * They take turns by a lock beside the socket, so that nobody has a say in it who may not write there.
 */
export async function inPlaceOfStale<T>(path: string, taken: T, listen: () => Promise<T>): Promise<T> {
  if (!(await isStale(path))) return taken
  // Where there is no such lock everybody goes on.
  const turn = await takeKernelLockOn(path + LOCK_SUFFIX).catch(() => 'none' as const)
  if (turn === 'taken') return taken
  try {
    return (await removeStale(path)) ? await listen() : taken
  } finally {
    if (turn !== 'none') await turn.release()
  }
}

async function removeStale(path: string): Promise<boolean> {
  if (!(await isStale(path))) return false
  return unlink(path).then(
    () => true,
    () => false,
  )
}

async function isStale(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => undefined)
  return file?.isSocket() === true && !(await isAnswered(path))
}
