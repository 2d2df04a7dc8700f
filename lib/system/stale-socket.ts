/** Files of sockets that their processes have left behind: who was killed takes none away. */
import { createHash } from 'node:crypto'
import { lstat, unlink } from 'node:fs/promises'
import { closed, isAnswered, listenAt } from './unix-sockets.js'

/**
 * Listens, by `listen`, where there was one, at which nobody listens, once it is gone. Anything else stays, and `taken` is
 * what comes of it. Of several who do so at a time one listens: the next would take away what the first has just made.
 */
export async function inPlaceOfStale<T>(path: string, taken: T, listen: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return (await removeStale(path)) ? listen() : taken
  // A name that no file has, and that goes with the process.
  const turn = await listenAt(`\0rollcall ${hashOf(path)}`, (socket) => socket.destroy())
  if (turn === undefined) return taken
  try {
    return (await removeStale(path)) ? await listen() : taken
  } finally {
    await closed(turn)
  }
}

/** The path may be as long as such a name. */
function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex')
}

async function removeStale(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSocket() || (await isAnswered(path))) return false
    await unlink(path)
    return true
  } catch {
    return false
  }
}
