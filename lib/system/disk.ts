import { constants, fdatasync, fsync, read, write, open as openFd, close as closeFd, fstat } from 'node:fs'
import { mkdir, readdir, rename, rm, access } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Disk, DiskFile } from '../ports.js'

// Calls on bare descriptors cost a third less than those on a FileHandle.
const openAsync = promisify(openFd)
const closeAsync = promisify(closeFd)
const fstatAsync = promisify(fstat)
const fsyncAsync = promisify(fsync)

/** A folder of this machine. Makes it, with those above it. Rejects with a sentence that names it when it can't be written to. */
export async function openDisk(path: string): Promise<Disk> {
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new Error(`the data folder ${path} can not be used: ${reasonOf(cause)}`, { cause })
  }
  return new Folder(path)
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

class Folder implements Disk {
  readonly name: string

  constructor(path: string) {
    this.name = path
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.name, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() ? entry.name : [])).sort()
  }

  async open(name: string): Promise<DiskFile> {
    return new FolderFile(await openAsync(this.#path(name), constants.O_RDWR | constants.O_CREAT, 0o600))
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

  constructor(fd: number) {
    this.#fd = fd
  }

  async size(): Promise<number> {
    return (await fstatAsync(this.#fd)).size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const available = Math.max(0, Math.min(length, (await this.size()) - offset))
    const bytes = new Uint8Array(available)
    for (let at = 0; at < available;) {
      const count = await this.#readSome(bytes, at, offset + at)
      if (count === 0) return bytes.subarray(0, at)
      at += count
    }
    return bytes
  }

  write(offset: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, 0, bytes.length, offset, (error, count) => {
        if (error) reject(error)
        else if (count < bytes.length) resolve(this.write(offset + count, bytes.subarray(count)))
        else resolve()
      })
    })
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()))
    })
  }

  close(): Promise<void> {
    return closeAsync(this.#fd)
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
