import type { Disk, DiskFile } from '../ports.js'
import type { SnapshotPosition } from '../raft/types.js'
import { ByteWriter } from './bytes.js'
import { StorageFailedError } from './errors.js'
import { StoredSnapshot, type SnapshotFile } from './snapshot-file.js'
import { pieceBytesMax, writeHeader, writePiece, writeTable } from './snapshot-format.js'

/** Pieces are written so many bytes at a time: under load each write waits for its turn of the event loop. */
const writeBytes = 512 * 1024
/** After so many bytes what has been written is synced, so that no one sync is long and holds up those of the log. */
const syncBytes = 4 * 1024 * 1024

/** A snapshot in the making. Calls may be made without waiting; each is carried out after those before it. */
export interface SnapshotWriter {
  /**
   * Appends a piece: any text whose UTF-8 has at most 16 MiB (else a RangeError), 256 KiB or less to be kind to others.
   */
  write(chunk: string): Promise<void>
  /** Resolves when the snapshot is durable under its name and has taken the place of what was there before. */
  finish(): Promise<SnapshotFile>
  /** Removes what was written. Never rejects: what can't be removed now is removed at the next start. */
  discard(): Promise<void>
}

/**
 * Writes one snapshot file, in a data folder or, as a backup, anywhere else, beside the file that it will replace.
 * Rejects with a StorageFailedError, or a RangeError for a piece that is too long, and with the same one ever after:
 * then only `discard` is left to do.
 */
export class SnapshotFileWriter implements SnapshotWriter {
  readonly #disk: Disk
  readonly #name: string
  readonly #unfinished: string
  readonly #position: SnapshotPosition
  /** What is to be written behind `#length`. */
  readonly #memory = new ByteWriter(writeBytes)
  readonly #offsets: number[] = []
  #file: DiskFile | undefined
  #length = 0
  #unsynced = 0
  #last: Promise<unknown>
  #isEnded = false
  #discarded: Promise<void> | undefined

  /** `unfinished`: the file's name until it is finished. What an earlier try has left under that name is removed. */
  constructor(disk: Disk, name: string, position: SnapshotPosition, unfinished = `${name}.new`) {
    this.#disk = disk
    this.#name = name
    this.#unfinished = unfinished
    this.#position = position
    this.#last = this.#begin()
    this.#last.catch(() => undefined)
  }

  write(chunk: string): Promise<void> {
    if (this.#isEnded) return Promise.reject(new Error(`${this.#name} is finished or discarded`))
    return this.#next(async () => {
      const start = this.#memory.length
      writePiece(this.#memory, this.#position, this.#offsets.length, chunk)
      // The text counts, not the number, checksum and length before it.
      if (this.#memory.length - start - 12 > pieceBytesMax) {
        throw new RangeError(`a piece of a snapshot has at most ${pieceBytesMax} bytes of UTF-8`)
      }
      this.#offsets.push(this.#length + start)
      if (this.#memory.length >= writeBytes) await this.#flush()
      if (this.#unsynced >= syncBytes) await this.#sync()
    })
  }

  async finish(): Promise<StoredSnapshot> {
    const snapshot = await this.complete()
    await this.rename()
    return snapshot
  }

  /** The first half of `finish`: all but the name is durable when it resolves. */
  complete(): Promise<StoredSnapshot> {
    if (this.#isEnded) return Promise.reject(new Error(`${this.#name} is finished or discarded`))
    this.#isEnded = true
    return this.#next(async (file) => {
      const offsets = [...this.#offsets, this.#length + this.#memory.length]
      writeTable(this.#memory, this.#position, offsets)
      await this.#flush()
      await this.#sync()
      return new StoredSnapshot(this.#name, file, this.#length, { position: this.#position, offsets })
    })
  }

  /** The second half. */
  async rename(): Promise<void> {
    try {
      await this.#disk.rename(this.#unfinished, this.#name)
      await this.#disk.syncFolder()
    } catch (cause) {
      throw new StorageFailedError('rename', this.#unfinished, cause)
    }
    this.#discarded = Promise.resolve()
  }

  /** As the interface says; changes nothing once `rename` has resolved. */
  discard(): Promise<void> {
    this.#isEnded = true
    return (this.#discarded ??= this.#remove())
  }

  async #remove(): Promise<void> {
    await this.#last.catch(() => undefined)
    if (!this.#file) return
    await this.#file.close().catch(() => undefined)
    await this.#disk.remove(this.#unfinished).catch(() => undefined)
  }

  async #begin(): Promise<void> {
    this.#file = await this.#open().catch((cause: unknown) => {
      throw new StorageFailedError('prepare', this.#unfinished, cause)
    })
    writeHeader(this.#memory, this.#position)
  }

  async #open(): Promise<DiskFile> {
    const names = await this.#disk.list()
    if (names.includes(this.#unfinished)) await this.#disk.remove(this.#unfinished)
    return this.#disk.open(this.#unfinished)
  }

  #next<T>(step: (file: DiskFile) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (!this.#file) throw new Error(`${this.#name} is not open`)
      return step(this.#file)
    })
    this.#last = result
    result.catch(() => undefined)
    return result
  }

  async #flush(): Promise<void> {
    const { written } = this.#memory
    await this.#file?.write(this.#length, written).catch((cause: unknown) => {
      throw new StorageFailedError('write', this.#unfinished, cause)
    })
    this.#length += written.length
    this.#unsynced += written.length
    this.#memory.length = 0
  }

  async #sync(): Promise<void> {
    this.#unsynced = 0
    await this.#file?.sync().catch((cause: unknown) => {
      throw new StorageFailedError('sync', this.#unfinished, cause)
    })
  }
}
