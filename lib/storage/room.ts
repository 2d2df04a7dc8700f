import type { Shortage } from '../member.js'
import { ms, type Clock, type Logger, type Timer } from '../ports.js'

const PASSING: ReadonlyMap<unknown, Shortage['of']> = new Map([
  ['ENOSPC', 'room'],
  ['EDQUOT', 'room'],
  ['EMFILE', 'descriptors'],
  ['ENFILE', 'descriptors'],
])
const RETRY_MS = ms(500)

const SENTENCES: Readonly<Record<Shortage['of'], { readonly missing: string; readonly found: string }>> = {
  room: { missing: 'the disk has no room', found: 'the disk has room again' },
  descriptors: {
    missing: 'this process has no file descriptor left (ulimit -n)',
    found: 'there are file descriptors again',
  },
}

/** What waits, as a log line has it: more of the log, or this member's start. */
const LOG = 'for more of the log: as leader this member refuses new data; it goes on'
const START = 'to start with: this member starts'

/**
 * What finds no room on the disk, or no descriptor, waits here until there is some. Only what may be done again is done
 * here: making a file that nobody knows of yet, and writing the same bytes to the same place. A sync is never done
 * again.
 */
export class Room {
  /**
   * What the disk said to whatever waits; undefined: nothing waits. The log may then still have room for a while, at
   * least half a segment if it was the next segment that found none.
   */
  shortage: Shortage | undefined
  readonly #logger: Logger
  #clock: Clock | undefined
  #waiting = 0
  #isEnded = false
  #timer: Timer | undefined
  readonly #wakers = new Set<() => void>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Without this call, and after the end, nothing waits: want of room is a failure like any other. */
  waitOn(clock: Clock): void {
    this.#clock = clock
  }

  /**
   * What has failed with `failure` is done again once there is room. Rejects with what it fails of, if that is not want
   * of room.
   */
  again<T>(task: () => Promise<T>, failure: unknown): Promise<T> {
    return this.#again(task, failure, LOG)
  }

  /** Part of a member's start, which may be done again: waits as {@link again} does. */
  async toStart<T>(task: () => Promise<T>): Promise<T> {
    return task().catch((failure: unknown) => this.#again(task, failure, START))
  }

  async #again<T>(task: () => Promise<T>, failure: unknown, what: string): Promise<T> {
    const clock = this.#clock
    const shortage = shortageOf(failure)
    if (clock === undefined || shortage === undefined) throw failure
    this.#missing(shortage, what)
    return await this.#wait(task, clock, failure)
  }

  /** Whatever waits fails with what it waits for. To be called before whoever waits for it is waited for. */
  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
    this.#wake()
  }

  async #wait<T>(task: () => Promise<T>, clock: Clock, first: unknown): Promise<T> {
    try {
      for (let failure = first; !this.#isEnded;) {
        await this.#pause(clock)
        const done = await task().then(
          (result) => ({ result }),
          (error: unknown) => ({ error }),
        )
        if ('result' in done) return done.result
        failure = done.error
        const shortage = shortageOf(failure)
        if (shortage === undefined) throw failure
        this.shortage = shortage
      }
      throw first
    } finally {
      this.#found()
    }
  }

  #missing(shortage: Shortage, what: string): void {
    this.shortage = shortage
    if (this.#waiting++ > 0) return
    const sentence = `${SENTENCES[shortage.of].missing} ${what} by itself once that is over`
    this.#logger.warn(sentence, { reason: shortage.reason })
  }

  #found(): void {
    const { shortage } = this
    if (--this.#waiting > 0) return
    this.shortage = undefined
    if (shortage !== undefined && !this.#isEnded) this.#logger.info(SENTENCES[shortage.of].found)
  }

  #pause(clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      this.#wakers.add(resolve)
      this.#timer ??= clock.after(RETRY_MS, () => this.#wake())
    })
  }

  #wake(): void {
    this.#timer = undefined
    for (const wake of this.#wakers) wake()
    this.#wakers.clear()
  }
}

/** What passes by itself, or once somebody has made room. Undefined: it failed otherwise. */
export function shortageOf(error: unknown): Shortage | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const of = PASSING.get(error.code)
  return of && { of, reason: error.message }
}
