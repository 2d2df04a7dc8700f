/** One process at a time in a data folder. */
import { stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

export interface FolderLock {
  release(): Promise<void>
}

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly label = 'FOLDER_IN_USE'
  constructor(folder: string) {
    super(
      `${folder} is in use by another process: stop that one first, or give this one a folder of its own (--data)`,
    )
  }
}

/**
 * Locks an existing folder until `release` or the end of the process, whatever ends it: the lock is a listening
 * socket, which the system closes with its process. On Linux it has no name in any file system; elsewhere it is a
 * file in the folder that is taken over when nobody answers there any more.
 * Rejects with {@link FolderInUseError}.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const { dev, ino } = await stat(folder)
  const isLinux = process.platform === 'linux'
  const path = isLinux ? `\0rollcall-${dev}-${ino}` : join(folder, 'lock')
  if (!isLinux && !(await answers(path))) await unlink(path).catch(() => undefined)
  const server = await listen(path, folder)
  return { release: () => new Promise((released) => void server.close(() => released())) }
}

function listen(path: string, folder: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => void socket.destroy())
    server.unref()
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new FolderInUseError(folder) : error)
    })
    server.listen(path, () => resolve(server))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
