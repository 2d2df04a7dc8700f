import { constants, fdatasync, fsync, read, write, open as openFd, close as closeFd, fstat } from 'node:fs'
import { mkdir, readdir, rename, rm, access, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Disk, DiskFile } from '../ports.js'
import { operatorTokenFileName } from '../storage/operator-token.js'
import { fileSystemOf, heedsDsync } from './file-system.js'
import { LOCK_FILE } from './kernel-lock.js'

/** A read of no more finds out by itself where the file ends: its size is one call of the system more. */
const SHORT_BYTES = 256 * 1024
const NONE = new Uint8Array(0)

// Calls on bare descriptors cost a third less than those on a FileHandle.
const openAsync = promisify(openFd)
const closeAsync = promisify(closeFd)
const fstatAsync = promisify(fstat)
const fsyncAsync = promisify(fsync)

/** Links in the folder are not followed where the system can be told so. */
const NO_FOLLOW = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW

/** What is in the folder, or may be put there, is not its owner's alone. Nothing was changed. */
class UnsafeFolderError extends Error {
  override readonly name = 'UnsafeFolderError'
  readonly label = 'UNSAFE_FOLDER'
}

/**
 * A folder of this machine. Makes it, with those above it, so that others may not write into it. Rejects with a
 * sentence that names it when it can't be written to. `typeOf`: tells what file system a folder is on.
 */
export async function openDisk(path: string, typeOf = fileSystemOf): Promise<Disk> {
  try {
    await makeFolder(resolve(path))
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(`the data folder ${path} can not be used: ${reasonOf(cause)}`, { cause })
  }
  return new Folder(path, constants.O_RDWR | constants.O_CREAT, await heedsDsync(path, typeOf))
}

/**
 * With those above it. Node's own way of making them never ends where the folder above is there and nothing can be made
 * in it, as below /proc.
 */
async function makeFolder(path: string): Promise<void> {
  const above = dirname(path)
  if (above !== path && !(await isThere(path)) && !(await isThere(above))) await makeFolder(above)
  try {
    await mkdir(path, { mode: 0o755 })
  } catch (error) {
    if (!(await isFolder(path))) throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Of a member, who trusts what is in it. Rejects with an UnsafeFolderError when others could have put it there. */
export async function openDataFolder(path: string): Promise<Disk> {
  const disk = await openDisk(path)
  await demandOwn(path)
  await demandSecret(join(path, operatorTokenFileName))
  return disk
}

/** Whoever has read it can use it for good: it is of no use any more. */
async function demandSecret(file: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(file).catch(() => ({ mode: 0 }))
  if ((mode & constants.S_IROTH) === 0) return
  throw new UnsafeFolderError(
    `${file} can be read by everybody: delete it, and another one is made at the next start, or, where nobody can have read it, ` +
      `take that right away (chmod o-r ${file})`,
  )
}

/** To look at what is there, on a medium that can't be written to, too. Makes nothing. */
export function openDiskToRead(path: string): Disk {
  return new Folder(path, constants.O_RDONLY, false)
}

/**
 * A group may write: many systems give each user one. Root is asked nothing, as folders of others are handed to
 * containers.
 */
async function demandOwn(path: string): Promise<void> {
  const user = process.geteuid?.()
  if (user === undefined) return
  const { mode, uid } = await stat(path)
  if ((mode & constants.S_IWOTH) !== 0)
    throw new UnsafeFolderError(
      `the data folder ${path} can be written to by everybody: take that right away (chmod o-w ${path}), or use another folder`,
    )
  if (user !== 0 && uid !== user && uid !== 0)
    throw new UnsafeFolderError(
      `the data folder ${path} belongs to another user (uid ${uid}): start this member as that one, or use another folder`,
    )
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

class Folder implements Disk {
  readonly name: string
  readonly #flags: number
  readonly #heedsDsync: boolean

  /** `flags`: how files are opened. */
  constructor(path: string, flags: number, heedsDsync: boolean) {
    this.name = path
    this.#flags = flags
    this.#heedsDsync = heedsDsync
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.name, { withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink())
    return files.flatMap(({ name }) => (name === LOCK_FILE ? [] : name)).sort()
  }

  async open(name: string): Promise<DiskFile> {
    try {
      const fd = await openAsync(this.#path(name), this.#flags | NO_FOLLOW, 0o600)
      return new FolderFile(fd, this.#heedsDsync)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ELOOP')
        throw new UnsafeFolderError(
          `${this.#path(name)} is a symbolic link, and is not followed: put a file in its place, or use another folder`,
        )
      throw error
    }
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.#path(from), this.#path(to))
  }

  remove(name: string): Promise<void> {
    return rm(this.#path(name))
  }

  async syncFolder(): Promise<void> {
    // Windows has no such call, and makes renames durable by itself.
    if (process.platform === 'win32') return
    const folder = await openAsync(this.name, constants.O_RDONLY)
    try {
      await fsyncAsync(folder)
    } finally {
      await closeAsync(folder)
    }
  }

  #path(name: string): string {
    if (!/^[^/\\\0]+$/.test(name) || name === '.' || name === '..') {
      throw new RangeError(`not the name of a file in a folder: ${JSON.stringify(name)}`)
    }
    return join(this.name, name)
  }
}

class FolderFile implements DiskFile {
  readonly #fd: number
  readonly writeDurably?: (offset: number, bytes: Uint8Array) => Promise<void>
  /** Another one of the same file. Undefined: not opened yet. */
  #durableFd: number | 'none' | undefined

  constructor(fd: number, heedsDsync: boolean) {
    this.#fd = fd
    if (heedsDsync) this.writeDurably = this.#writeDurably.bind(this)
  }

  async size(): Promise<number> {
    return (await fstatAsync(this.#fd)).size
  }

  async read(offset: number, length: number, memory = NONE): Promise<Uint8Array> {
    const available =
      length <= SHORT_BYTES ? length : Math.max(0, Math.min(length, (await this.size()) - offset))
    const bytes = available <= memory.length ? memory.subarray(0, available) : new Uint8Array(available)
    for (let at = 0; at < available;) {
      const count = await this.#readSome(bytes, at, offset + at)
      if (count === 0) return bytes.subarray(0, at)
      at += count
    }
    return bytes
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return writeTo(this.#fd, offset, bytes)
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()))
    })
  }

  async close(): Promise<void> {
    try {
      if (typeof this.#durableFd === 'number') await closeAsync(this.#durableFd)
    } finally {
      await closeAsync(this.#fd)
    }
  }

  /** One call of the system for two: a thread, and this one, are woken once. */
  #writeDurably(offset: number, bytes: Uint8Array): Promise<void> {
    return typeof this.#durableFd === 'number'
      ? writeTo(this.#durableFd, offset, bytes)
      : this.#openAndWrite(offset, bytes)
  }

  /** Whatever the file is called by now. Where the system does not say which files are open, there are two calls. */
  async #openAndWrite(offset: number, bytes: Uint8Array): Promise<void> {
    const again = constants.O_WRONLY | constants.O_DSYNC
    this.#durableFd ??= await openAsync(`/proc/self/fd/${this.#fd}`, again).catch(() => 'none' as const)
    if (this.#durableFd !== 'none') return writeTo(this.#durableFd, offset, bytes)
    await this.write(offset, bytes)
    await this.sync()
  }

  #readSome(into: Uint8Array, at: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, into, at, into.length - at, position, (error, count) => {
        if (error) reject(error)
        else resolve(count)
      })
    })
  }
}

function writeTo(fd: number, offset: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, offset, (error, count) => {
      if (error) reject(error)
      else if (count < bytes.length) resolve(writeTo(fd, offset + count, bytes.subarray(count)))
      else resolve()
    })
  })
}
