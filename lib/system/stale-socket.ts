/** Files of sockets that their processes have left behind: who was killed takes none away. */
import { lstat, unlink } from 'node:fs/promises'
import { isAnswered } from './unix-sockets.js'

/** Whether there was one, at which nobody listens, and it is gone. Anything else stays. */
export async function removeStaleSocket(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSocket() || (await isAnswered(path))) return false
    await unlink(path)
    return true
  } catch {
    return false
  }
}
