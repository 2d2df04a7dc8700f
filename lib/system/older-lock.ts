/**
 * The lock of programs that know no other: a name outside of the file system (an abstract socket, on Windows a pipe),
 * made of the folder's device and inode. On Linux anyone may take such a name, so one that is taken only counts when a
 * process has it that could have the folder, too.
 */
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import type { FolderLock } from './folder-lock.js'
import { closed, isAnswered, listenAt } from './unix-sockets.js'

const FREE: FolderLock = { release: () => Promise.resolve() }

/** Undefined: another process has it. */
export async function takeOlderLock(path: string): Promise<FolderLock | undefined> {
  const name = await nameOf(path)
  if (name === undefined) return FREE
  const server = await listenAt(name, (socket) => socket.destroy()).catch(ifUnknownHere)
  if (server !== undefined) return { release: () => closed(server) }
  return (await isOfOwner(name, path)) ? undefined : FREE
}

/** Node.js before 20.9 knows no such names: whether another process has one is seen all the same. */
function ifUnknownHere(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return undefined
  throw error
}

export async function isTaken(path: string): Promise<boolean> {
  const name = await nameOf(path)
  return name !== undefined && (await isAnswered(name)) && isOfOwner(name, path)
}

async function nameOf(path: string): Promise<string | undefined> {
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

/**
 * Whether a process that listens there runs as somebody who may write into the folder. Yes where that can't be seen.
 */
async function isOfOwner(name: string, path: string): Promise<boolean> {
  if (process.platform !== 'linux') return true
  try {
    const sockets = await socketsOf(name)
    const { uid } = await stat(path)
    const owners = new Set([0, uid, process.geteuid?.() ?? 0])
    for (const id of (await readdir('/proc')).filter((each) => /^\d+$/.test(each)))
      if (owners.has(await ownerOf(id)) && (await holdsAny(id, sockets))) return true
    return false
  } catch {
    return true
  }
}

/** As links to open sockets name them: `socket:[4711]`. */
async function socketsOf(name: string): Promise<ReadonlySet<string>> {
  const shown = `@${name.slice(1)}`
  const lines = (await readFile('/proc/net/unix', 'utf8')).split('\n')
  const inodes = lines.flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    // Some fill the name up with zeros, which are shown like this.
    return columns[7]?.replace(/@+$/, '') === shown ? [columns[6] ?? ''] : []
  })
  return new Set(inodes.map((inode) => `socket:[${inode}]`))
}

async function ownerOf(id: string): Promise<number> {
  return stat(`/proc/${id}`).then(
    ({ uid }) => uid,
    () => -1,
  )
}

/** No for a process that has ended meanwhile, and for one that nobody may look at. */
async function holdsAny(id: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${id}/fd`).catch(() => [])
  const links = await Promise.all(files.map((file) => readlink(`/proc/${id}/fd/${file}`).catch(() => '')))
  return links.some((link) => sockets.has(link))
}
