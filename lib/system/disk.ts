/** The Disk port on a folder of the file system. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk, DiskFile } from '../ports.js'

/** Opens a folder, making it and those above it as needed. Rejects with the system's error, which names the path. */
export async function openDisk(path: string): Promise<Disk> {
  await mkdir(path, { recursive: true })
  return new FolderDisk(path)
}

class FolderDisk implements Disk {
  constructor(readonly name: string) {}

  async list(): Promise<readonly string[]> {
    const found = await readdir(this.name, { withFileTypes: true })
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort()
  }

  async open(name: string): Promise<DiskFile> {
    const handle = await open(join(this.name, name), constants.O_RDWR | constants.O_CREAT, 0o600)
    return new OpenFile(handle)
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.name, from), join(this.name, to))
  }

  async remove(name: string): Promise<void> {
    await unlink(join(this.name, name))
  }

  async syncFolder(): Promise<void> {
    const handle = await open(this.name, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

class OpenFile implements DiskFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        written,
        bytes.length - written,
        offset + written,
      )
      written += bytesWritten
    }
  }

  async sync(): Promise<void> {
    await this.#handle.datasync()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
