/** The log of one member: changes go in, in order, and are durable when their promise resolves. */
import type { Disk, DiskFile, Logger } from '../ports.js'
import type { Recovered } from '../raft/types.js'
import { ByteWriter } from './bytes.js'
import { StorageFailedError } from './errors.js'
import type { LogChange } from './payload.js'
import type { Tail } from './recovery.js'
import { recover } from './recovery.js'
import type { Position } from './segment.js'
import { position, SEGMENT_BYTES, SEGMENT_HEADER_BYTES, writeRecord } from './segment.js'
import { SegmentFactory } from './segment-factory.js'

/** Most bytes that one write carries; one change always fits. Keeps a flood of changes from becoming one long write. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024

interface Waiting {
  readonly change: LogChange
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class RaftStorage {
  readonly #disk: Disk
  readonly #segments: SegmentFactory
  readonly #writer = new ByteWriter(256 * 1024)
  readonly #waiting: Waiting[] = []
  #file: DiskFile
  #sequence: number
  #offset: number
  #segmentBytes: number
  #durable: Position
  #flushing: Promise<void> | undefined
  #failure: Error | undefined

  private constructor(disk: Disk, segments: SegmentFactory, file: DiskFile, tail: Tail) {
    this.#disk = disk
    this.#segments = segments
    this.#file = file
    this.#sequence = tail.sequence
    this.#offset = tail.offset
    this.#segmentBytes = tail.segmentBytes
    this.#durable = position(tail.sequence, tail.offset)
  }

  /**
   * Reads what is there and makes it ready for more. Rejects with DamagedStorageError (what was durable is not
   * readable; nothing has been changed) or StorageFailedError.
   */
  static async open(disk: Disk, logger: Logger): Promise<{ storage: RaftStorage; recovered: Recovered }> {
    const { recovered, tail } = await recover(disk, logger)
    try {
      const storage = await RaftStorage.#ready(disk, tail)
      return { storage, recovered }
    } catch (error) {
      throw new StorageFailedError('preparing the log', disk.name, error)
    }
  }

  static async #ready(disk: Disk, tail: Tail): Promise<RaftStorage> {
    const segments = new SegmentFactory(disk)
    if (tail.offset > 0) {
      const { name, file } = await segments.reopen(tail.sequence)
      await file.sync().catch((error: unknown) => {
        throw new StorageFailedError(`syncing ${name}`, disk.name, error)
      })
      return new RaftStorage(disk, segments, file, tail)
    }
    const sequence = Math.max(tail.sequence, 1)
    const file = await segments.make(sequence, SEGMENT_BYTES)
    return new RaftStorage(disk, segments, file, {
      sequence,
      offset: SEGMENT_HEADER_BYTES,
      segmentBytes: SEGMENT_BYTES,
    })
  }

  /**
   * Resolves when the change is durable; changes become durable in the order of the calls. While one sync runs, all
   * further changes gather and share the next write and the next sync. Rejects with StorageFailedError once and for
   * ever after the first failed write or sync.
   */
  persist(change: LogChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      this.#flushing ??= this.#flush()
    })
  }

  /** Resolves when everything persisted so far has been settled and the files are closed. */
  async close(): Promise<void> {
    await this.#flushing
    this.#failure ??= new StorageFailedError('writing', this.#disk.name, new Error('the log is closed'))
    await this.#segments.close()
    await this.#file.close()
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      let batch: readonly Waiting[] = []
      try {
        if (this.#failure) throw this.#failure
        batch = await this.#writeBatch()
        for (const { resolve } of batch) resolve()
      } catch (error) {
        this.#failure ??= new StorageFailedError('writing the log', this.#disk.name, error)
        for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
      }
    }
    this.#flushing = undefined
  }

  /** One write and one sync for all that fits. What was written leaves the queue only when it is durable. */
  async #writeBatch(): Promise<readonly Waiting[]> {
    const count = await this.#encodeBatch()
    const bytes = this.#writer.bytes.subarray(0, this.#writer.length)
    await this.#file.write(this.#offset, bytes)
    await this.#file.sync()
    this.#offset += bytes.length
    this.#durable = position(this.#sequence, this.#offset)
    if (this.#offset > this.#segmentBytes / 2) this.#segments.prepare(this.#sequence + 1, SEGMENT_BYTES)
    return this.#waiting.splice(0, count)
  }

  /** Encodes as many waiting changes as this segment has room for, at least one; moves to a new segment for that. */
  async #encodeBatch(): Promise<number> {
    const count = this.#encode(this.#segmentBytes - this.#offset)
    if (count > 0) return count
    await this.#nextSegment()
    return this.#encode(this.#segmentBytes - this.#offset)
  }

  #encode(room: number): number {
    this.#writer.length = 0
    let count = 0
    for (const { change } of this.#waiting) {
      const before = this.#writer.length
      writeRecord(this.#writer, this.#sequence, this.#durable, change)
      if (this.#writer.length > room) {
        this.#writer.length = before
        break
      }
      count++
      if (this.#writer.length > BATCH_BYTES_MAX) break
    }
    return count
  }

  /** The first waiting change did not fit: the next segment is made so that it does. */
  async #nextSegment(): Promise<void> {
    this.#writer.length = 0
    const [first] = this.#waiting
    if (first) writeRecord(this.#writer, this.#sequence, this.#durable, first.change)
    const segmentBytes = Math.max(SEGMENT_BYTES, SEGMENT_HEADER_BYTES + this.#writer.length)
    const file = await this.#segments.take(this.#sequence + 1, segmentBytes)
    await this.#file.close()
    this.#file = file
    this.#sequence++
    this.#offset = SEGMENT_HEADER_BYTES
    this.#segmentBytes = segmentBytes
  }
}
