import type { Clock } from '../ports.js'
import type { LogIndex } from '../raft/types.js'
import { blockBytes, blockHeaderBytes, sealBlock } from './block.js'
import { ByteWriter } from './bytes.js'
import { StorageFailedError } from './errors.js'
import type { EntryRuns } from './entry-runs.js'
import type { KeptSegments } from './kept-segments.js'
import type { LogEnd } from './log-end.js'
import type { Position } from './position.js'
import { QuietTimer } from './quiet-timer.js'
import { writeChange, writeCheckpoint, type Change, type Checkpoint } from './record.js'
import type { SegmentSupply } from './segment-supply.js'
import type { Room } from './room.js'
import { headerBytes, type Segment } from './segment.js'

/** The records that one block will hold, and all who wait for it. */
interface Batch {
  readonly block: ByteWriter
  /** Where the log stood before the first of them. */
  readonly before: Checkpoint
  /** Where the log goes on after the last of them that drops it. */
  resetAt: LogIndex | undefined
  readonly durable: Promise<void>
  readonly resolve: () => void
  readonly reject: (failure: Error) => void
}

/**
 * Kept free at the end of each segment for the one empty block that a quiet moment, a close or a start may have to add.
 */
const coverBytes = blockBytes(blockHeaderBytes)
/** Memory that is kept for the next batch; more goes back to the garbage collector. */
const keptBytesMax = 1024 * 1024

/**
 * Writes the log with group commit: one write and one sync at a time, and everything that comes meanwhile goes out
 * with the next ones.
 */
export class LogWriter {
  readonly #supply: SegmentSupply
  readonly #room: Room
  readonly #logEnd: LogEnd
  readonly #kept: KeptSegments
  readonly #batchBytesMax: number
  readonly #runs: EntryRuns
  #segment: Segment
  #offset: number
  #durable: Position
  #covered: boolean
  /** In order; only the last one takes records. The one being written is no longer here. */
  #waiting: Batch[] = []
  #spareMemory: ByteWriter[] = []
  #running: Promise<void> | undefined
  #quiet: QuietTimer | undefined
  /** So many batches. */
  #written = 0
  #lastDurable: Promise<void> = Promise.resolve()
  #failure: Error | undefined

  constructor(options: {
    supply: SegmentSupply
    room: Room
    logEnd: LogEnd
    /** Told of what is durable. */
    kept: KeptSegments
    /** A block takes no further record when it is this long. Bytes. */
    batchBytesMax: number
    runs: EntryRuns
    segment: Segment
    /** Where the log ends, all of it durable. */
    end: Position
    /** As in a scan. */
    covered: boolean
  }) {
    this.#supply = options.supply
    this.#room = options.room
    this.#logEnd = options.logEnd
    this.#kept = options.kept
    this.#batchBytesMax = options.batchBytesMax
    this.#runs = options.runs
    this.#segment = options.segment
    this.#offset = options.end.offset
    this.#durable = options.end
    this.#covered = options.covered
  }

  /** Resolves when the change is durable, in the order of the calls. */
  append(change: Change): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const before = this.#logEnd.checkpoint
    try {
      this.#logEnd.admit(change)
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
    const batch = this.#openBatch(before)
    writeChange(batch.block, change, this.#runs.bytesOf(change.entries))
    if (change.reset) batch.resetAt = change.reset.index
    this.#lastDurable = batch.durable
    this.#running ??= this.#run()
    return batch.durable
  }

  /** From here on, when nothing has been written for a moment, an empty block covers what was. */
  coverWhenQuiet(clock: Clock): void {
    const cover = () => {
      if (!this.#covered && !this.#failure) this.#running ??= this.#coverThenRun()
    }
    this.#quiet = new QuietTimer(clock, () => this.#written, cover)
    this.#quiet.wake()
  }

  /** Resolves when all that has been appended before this call is durable; rejects when it will not be. */
  settled(): Promise<void> {
    return this.#failure ? Promise.reject(this.#failure) : this.#lastDurable
  }

  /**
   * Writes what waits, but for what waits for room, then an empty block whose watermark covers it; takes no more. Never
   * rejects.
   */
  async close(): Promise<void> {
    const closed = new Error('the storage is closed')
    const wasOpen = this.#failure === undefined
    this.#quiet?.end()
    this.#room.end()
    const running = this.#running
    if (wasOpen) this.#refuseFurther(closed)
    await running
    if (this.#failure === closed && wasOpen) await this.coverRecords().catch(() => undefined)
    await this.#supply.close()
    await this.#segment.file.close()
  }

  /** Writes an empty block after records that no watermark covers, so that rot in them can be told from a torn end. */
  async coverRecords(): Promise<void> {
    if (this.#covered) return
    const block = this.#memory()
    await this.#put(block)
    await this.#sync()
    this.#covered = true
    this.#giveBack(block)
  }

  /** What is appended meanwhile is written after it. */
  async #coverThenRun(): Promise<void> {
    try {
      await this.coverRecords()
    } catch (error) {
      this.#fail(error, [])
    }
    await this.#run()
  }

  #refuseFurther(reason: Error): void {
    this.#failure = reason
  }

  #openBatch(before: Checkpoint): Batch {
    const last = this.#waiting.at(-1)
    if (last && last.block.length < this.#batchBytesMax) return last
    let resolve: Batch['resolve'] = () => undefined
    let reject: Batch['reject'] = () => undefined
    const durable = new Promise<void>((...settle) => ([resolve, reject] = settle))
    const batch = { block: this.#memory(), before, resetAt: undefined, durable, resolve, reject }
    this.#waiting.push(batch)
    return batch
  }

  async #run(): Promise<void> {
    // One turn later, so that all that is persisted in this turn goes out together.
    await Promise.resolve()
    for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) {
      try {
        await this.#write(batch)
      } catch (error) {
        this.#fail(error, [batch])
        break
      }
      batch.resolve()
      this.#giveBack(batch.block)
      this.#written += 1
      if (this.#quiet?.isAwake === false) this.#quiet.wake()
    }
    this.#running = undefined
  }

  async #write(batch: Batch): Promise<void> {
    const needed = blockBytes(batch.block.length) + coverBytes
    const isNew = this.#offset === headerBytes || this.#offset + needed > this.#segment.size
    if (isNew) await this.#beginSegment(batch)
    this.#covered = false
    const isAlone = !isNew && this.#segment.file.writeDurably !== undefined
    await this.#put(batch.block, isAlone)
    if (!isAlone) await this.#sync()
    if (isNew) this.#kept.begin(this.#segment.sequence, batch.before.lastIndex)
    if (batch.resetAt !== undefined) this.#kept.reset(batch.resetAt)
    if (this.#offset > this.#segment.size / 2) this.#supply.prepare()
  }

  /** A segment begins with a checkpoint: this one if it is empty and has room for the block too, else the next one. */
  async #beginSegment({ block, before }: Batch): Promise<void> {
    const checkpoint = this.#memory()
    writeCheckpoint(checkpoint, before)
    const needed = headerBytes + blockBytes(checkpoint.length) + blockBytes(block.length) + coverBytes
    if (this.#offset > headerBytes || needed > this.#segment.size) await this.#nextSegment(needed)
    await this.#put(checkpoint)
    this.#giveBack(checkpoint)
  }

  async #nextSegment(size: number): Promise<void> {
    const full = this.#segment
    this.#segment = await this.#supply.take(size)
    this.#offset = headerBytes
    await full.file.close()
  }

  /** `isAlone`: it is durable then, as all before it is. */
  async #put(block: ByteWriter, isAlone = false): Promise<void> {
    const { sequence, name, size } = this.#segment
    const end = this.#offset + blockBytes(block.length)
    if (end > size) throw new Error(`a block would end at ${end}, and ${name} has ${size} bytes`)
    const bytes = sealBlock(block, { sequence, offset: this.#offset }, this.#durable)
    await this.#putBytes(bytes, isAlone)
      .catch((failure: unknown) => this.#room.again(() => this.#putBytes(bytes, isAlone), failure))
      .catch((cause: unknown) => {
        throw new StorageFailedError('write', name, cause)
      })
    this.#offset += bytes.length
    if (isAlone) this.#durable = { sequence, offset: this.#offset }
  }

  /** May be done again in either way: unlike a sync it writes the bytes anew. */
  #putBytes(bytes: Uint8Array, isAlone: boolean): Promise<void> {
    const { file } = this.#segment
    return (isAlone ? file.writeDurably?.(this.#offset, bytes) : undefined) ?? file.write(this.#offset, bytes)
  }

  async #sync(): Promise<void> {
    const { sequence, name, file } = this.#segment
    await file.sync().catch((cause: unknown) => {
      throw new StorageFailedError('sync', name, cause)
    })
    this.#durable = { sequence, offset: this.#offset }
  }

  #fail(thrown: unknown, writing: readonly Batch[]): void {
    const failure = thrown instanceof Error ? thrown : new Error(String(thrown))
    this.#failure = failure
    const lost = [...writing, ...this.#waiting]
    this.#waiting = []
    for (const batch of lost) batch.reject(failure)
  }

  #memory(): ByteWriter {
    const memory = this.#spareMemory.pop() ?? new ByteWriter(64 * 1024)
    memory.length = 0
    memory.zeros(blockHeaderBytes)
    return memory
  }

  #giveBack(memory: ByteWriter): void {
    if (memory.capacity <= keptBytesMax && this.#spareMemory.length < 2) this.#spareMemory.push(memory)
  }
}
