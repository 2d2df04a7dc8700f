/**
 * An iterator of this process that the other end of a connection reads: `next(max)` brings up to `max` items as
 * `{items, done?}`, once at least one is there or the end; `return()` ends it. It is asked for no more than the other
 * end has asked for, and its own `return` is called once, whoever ends it first.
 */
import type { Clock } from '../../ports.js'
import { WrittenBefore } from '../../values/encoded.js'
import { InvalidParamsError, InvalidRequestError } from '../errors.js'
import type { CallContext, ExposedMethod } from '../exposed.js'
import { roughBytes } from './rough-bytes.js'
import { bearErrors, leaveUnread, sourceOf, type StreamSource } from './stream-source.js'

/** In one answer. */
const ITEMS_MAX = 1024
/** An item that would make an answer longer than this is left for the next one. */
const ITEMS_BYTES_MAX = 256 * 1024

export interface ExportedStreamOptions {
  readonly clock: Clock
  /** It begins to wait for an item, or has ended waiting. */
  readonly waits: (isWaiting: boolean) => void
  /** An item as it is sent to who reads tags. Throws why it can't be sent. */
  readonly writtenItem: (item: unknown) => unknown
  /** So many bytes more of items wait to be asked for. */
  readonly holds: (bytes: number) => void
  /** It has no more items. */
  readonly over: () => void
}

interface Failure {
  readonly error: unknown
  /** The source has not failed, and would go on: its item is what can't be sent. */
  readonly isOfItem?: true
}

interface Brought {
  readonly item: unknown
  readonly bytes: number
  /** Its parts are read when it is sent. */
  readonly isLive: boolean
}

type Step = Brought | Failure | 'done'

/** What the steps of a stream need around them, and who hears of its end. */
export interface Surroundings {
  readonly run?: (step: () => unknown) => unknown
  /** Told what a step throws. Undefined: its reader alone hears of it. */
  readonly failed?: ((error: unknown) => void) | undefined
  /** Its reader has left before its end. */
  readonly left?: () => void
  /** It has ended, whoever has ended it, and its own `return` has. */
  readonly over?: () => void
}

const surroundings = new WeakMap<object, Surroundings>()

/** Beside what was said of it before. */
export function surround(stream: object, by: Surroundings): void {
  bearErrors(stream)
  surroundings.set(stream, { ...surroundings.get(stream), ...by })
}

export interface Items {
  readonly items: readonly unknown[]
  readonly done?: true
}

export class ExportedStream {
  readonly methods: ReadonlyMap<string, ExposedMethod>
  readonly #source: StreamSource
  readonly #surroundings: Surroundings | undefined
  readonly #options: ExportedStreamOptions
  /** What the iterator has brought and nobody has taken. */
  #step: Step | undefined
  #isPulling = false
  #isAsked = false
  /** Whoever asks. */
  #readsTags = false
  #isOver = false
  #isReturned = false
  /** The turn is over in which the first item of an answer came. */
  #isLate = false
  #answers = 0
  #wake: () => void = () => undefined

  constructor(stream: object, options: ExportedStreamOptions) {
    bearErrors(stream)
    this.#source = sourceOf(stream)
    this.#surroundings = surroundings.get(stream)
    this.#options = options
    const next = ([max]: readonly unknown[], { connection }: CallContext): Promise<Items> =>
      this.next(max, connection.readsTags === true)
    this.methods = new Map<string, ExposedMethod>([
      ['next', { kind: 'plain', handler: next, ofValues: next }],
      ['return', { kind: 'plain', handler: () => this.end() }],
    ])
  }

  async next(max: unknown, readsTags: boolean): Promise<Items> {
    if (typeof max !== 'number' || !(max >= 1))
      throw new InvalidParamsError('next(max): max is a number of items, from 1 on')
    if (this.#isAsked)
      throw new InvalidRequestError('this stream is being asked already: wait for that answer')
    this.#isAsked = true
    this.#readsTags = readsTags
    this.#options.waits(true)
    try {
      return await this.#gather(Math.min(max, ITEMS_MAX))
    } finally {
      this.#isAsked = false
      this.#options.waits(false)
    }
  }

  /** Nobody reads it any more. */
  end(): void {
    if (this.#step !== undefined) leaveItem(this.#step)
    this.#take()
    this.#finish()
    this.#return()
    this.#wake()
  }

  /** The first is waited for; others come along that are there in this turn. */
  async #gather(max: number): Promise<Items> {
    const items: unknown[] = []
    let bytes = 0
    this.#isLate = false
    this.#answers += 1
    while (!this.#isOver && items.length < max) {
      if (!(await this.#has(items.length > 0))) break
      const step = this.#step
      if (step === undefined) break
      if (step === 'done' || 'error' in step) return this.#last(items, step)
      if (items.length > 0 && bytes + step.bytes > ITEMS_BYTES_MAX) break
      if (items.length === 0) this.#endTurn()
      bytes += step.bytes
      items.push(step.item)
      this.#take()
      // Asked for the next one its iterator may bring the same object again, changed.
      if (step.isLive) break
    }
    return this.#isOver ? { items, done: true } : { items }
  }

  /** What came before an error is told before it. */
  #last(items: readonly unknown[], step: 'done' | Failure): Items {
    if (step !== 'done' && items.length > 0) return { items }
    this.#take()
    this.#finish()
    if (step !== 'done' && step.isOfItem === true) this.#return()
    else {
      this.#isReturned = true
      this.#surroundings?.over?.()
    }
    if (step === 'done') return { items, done: true }
    throw step.error
  }

  /** Whether there is a step; `isImpatient`: by the end of this turn. */
  async #has(isImpatient: boolean): Promise<boolean> {
    if (this.#step !== undefined) return true
    if (!this.#isPulling) void this.#pull()
    if (isImpatient && this.#isLate) return false
    await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#isThere()
  }

  #isThere(): boolean {
    return this.#step !== undefined
  }

  #endTurn(): void {
    const answer = this.#answers
    this.#options.clock.soon(() => {
      if (answer !== this.#answers) return
      this.#isLate = true
      this.#wake()
    })
  }

  async #pull(): Promise<void> {
    this.#isPulling = true
    const step = await this.#stepOf()
    this.#isPulling = false
    if (this.#isOver) {
      leaveItem(step)
      return
    }
    this.#step = step
    if (step !== 'done' && 'bytes' in step) this.#options.holds(step.bytes)
    this.#wake()
  }

  async #stepOf(): Promise<Step> {
    try {
      const result: unknown = await this.#run(() => this.#source.next())
      if (typeof result !== 'object' || result === null)
        throw new TypeError('an iterator’s next brings an object')
      if (Reflect.get(result, 'done')) return 'done'
      return this.#with(await Reflect.get(result, 'value'))
    } catch (error) {
      this.#surroundings?.failed?.(error)
      return { error }
    }
  }

  #with(item: unknown): Step {
    try {
      const written = this.#options.writtenItem(item)
      const isForTags = written instanceof WrittenBefore && !this.#readsTags
      const sent = isForTags ? item : written
      return {
        item: sent,
        bytes: roughBytes(item),
        isLive: sent === item && typeof item === 'object' && item !== null,
      }
    } catch (error) {
      return { error, isOfItem: true }
    }
  }

  #run(step: () => unknown): unknown {
    return this.#surroundings?.run === undefined ? step() : this.#surroundings.run(step)
  }

  #take(): void {
    const step = this.#step
    this.#step = undefined
    if (step !== undefined && step !== 'done' && 'bytes' in step) this.#options.holds(-step.bytes)
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.over()
  }

  /** It may throw, reject, or never come to an end: that is its own affair. */
  #return(): void {
    if (this.#isReturned) return
    this.#isReturned = true
    this.#surroundings?.left?.()
    const over = (): void => this.#surroundings?.over?.()
    try {
      Promise.resolve(this.#run(() => this.#source.leave())).then(over, over)
    } catch {
      over()
    }
  }
}

/** A stream that nobody will have is closed. */
function leaveItem(step: Step): void {
  if (step !== 'done' && 'bytes' in step) leaveUnread(step.item)
}
