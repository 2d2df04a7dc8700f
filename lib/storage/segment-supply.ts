import type { Disk, Logger } from '../ports.js'
import { StorageFailedError } from './errors.js'
import type { Room } from './room.js'
import { createSegment, segmentName, type Segment } from './segment.js'
import type { SegmentOwner } from './segment-owner.js'

/** Hands out the segments of one log in order, and makes the next one before it is asked for. */
export class SegmentSupply {
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #room: Room
  readonly #size: number
  readonly #owner: SegmentOwner | undefined
  #spares: Segment[]
  #nextSequence: number
  #making: Promise<void> | undefined
  #failure: StorageFailedError | undefined

  /** `spares`: empty segments that stand on disk already, the first of them numbered `nextSequence`. */
  constructor(options: {
    disk: Disk
    logger: Logger
    room: Room
    /** Of a segment. Bytes. */
    size: number
    /** Undefined: nobody knows yet whose folder it is. */
    owner: SegmentOwner | undefined
    nextSequence: number
    spares: readonly Segment[]
  }) {
    this.#disk = options.disk
    this.#logger = options.logger
    this.#room = options.room
    this.#size = options.size
    this.#owner = options.owner
    this.#spares = [...options.spares]
    this.#nextSequence = options.nextSequence
  }

  /**
   * Begins to make the next segment, unless it is there or in the making. It waits for room; what fails otherwise is
   * tried once more by `take`.
   */
  prepare(): void {
    if (this.#spares.length > 0 || this.#making || this.#failure) return
    this.#making = this.#make(this.#size).finally(() => (this.#making = undefined))
  }

  /**
   * The next segment, with room for at least `size` bytes, once the disk has room for it. Rejects with a
   * StorageFailedError.
   */
  async take(size: number): Promise<Segment> {
    this.prepare()
    await this.#making
    if (size > (this.#spares[0]?.size ?? size)) await this.#discardSpares()
    if (this.#spares.length === 0) await this.#make(Math.max(size, this.#size))
    const segment = this.#spares.shift()
    if (!segment) throw this.#failure ?? new Error('no segment was made')
    this.#nextSequence = segment.sequence + 1
    return segment
  }

  async close(): Promise<void> {
    await this.#making
    for (const { file } of this.#spares) await file.close()
    this.#spares = []
  }

  async #make(size: number): Promise<void> {
    try {
      const make = () => createSegment(this.#disk, this.#nextSequence, size, this.#owner)
      this.#spares.push(await make().catch((failure: unknown) => this.#room.again(make, failure)))
      this.#failure = undefined
    } catch (error) {
      const isNews = this.#failure === undefined
      this.#failure = new StorageFailedError('prepare', segmentName(this.#nextSequence), error)
      if (isNews) this.#warn(this.#failure)
    }
  }

  #warn({ message }: StorageFailedError): void {
    const sentence =
      'the next log segment can not be prepared; it is tried once more when the current one is full, and this process stops if that fails too'
    this.#logger.warn(sentence, { reason: message })
  }

  /** From the last to the first, so that a crash leaves no gap. */
  async #discardSpares(): Promise<void> {
    for (const { name, file } of this.#spares.reverse()) {
      await file.close()
      await this.#disk.remove(name)
      await this.#disk.syncFolder()
    }
    this.#spares = []
  }
}
