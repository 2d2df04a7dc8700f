import { stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** A folder that this process has for itself. */
export interface FolderLock {
  /** Harmless when it was called before. */
  release(): Promise<void>
}

/**
 * Takes `path` for this process alone. The lock is a listening socket, which the system closes with the process
 * however it ends, so nothing is ever left behind. On Linux and Windows its name (an abstract socket, a pipe) stands
 * outside the file system and comes from the folder's device and inode; elsewhere it is the file `lock` in the folder,
 * taken over when nobody answers there. Rejects with an error that names the folder while another process has it.
 *
 * What it does not see: a process in another network namespace or on another machine that shares the folder.
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const name = await systemName(path)
  return name === undefined ? lockFolderByFile(path) : lockOf(path, await listen(name))
}

/** Whether a process has the folder. Takes nothing, so that nobody who comes in this moment is turned away. */
export async function isFolderInUse(path: string): Promise<boolean> {
  return isAnswered((await systemName(path)) ?? join(path, 'lock'))
}

/** The lock's name outside the file system, where there is such a place. */
async function systemName(path: string): Promise<string | undefined> {
  const { dev, ino } = await stat(path, { bigint: true })
  const name = `rollcall-${dev}-${ino}`
  switch (process.platform) {
    case 'linux':
      return `\0${name}`
    case 'win32':
      return `\\\\.\\pipe\\${name}`
    default:
      return undefined
  }
}

/** For systems where a socket's name must be a file. Two processes that find the same stale file at once may race. */
export async function lockFolderByFile(path: string): Promise<FolderLock> {
  const file = join(path, 'lock')
  const server = (await listen(file)) ?? ((await isAnswered(file)) ? undefined : await takeOver(file))
  return lockOf(path, server)
}

async function takeOver(file: string): Promise<Server | undefined> {
  await unlink(file)
  return listen(file)
}

/** Undefined: the name is taken. */
function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path: name }, () => resolve(server.unref()))
  })
}

function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file)
    // The other end need not close it: its process may be stopped.
    const settle = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly label = 'FOLDER_IN_USE'

  constructor(folder: string) {
    super(`the data folder ${folder} is in use by another process: stop that one, or use another folder`)
  }
}

function lockOf(path: string, server: Server | undefined): FolderLock {
  if (!server) {
    throw new FolderInUseError(path)
  }
  let released: Promise<void> | undefined
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { release: () => (released ??= close()) }
}
