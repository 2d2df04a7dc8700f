import { ms, type Clock, type Logger, type Timer } from '../ports.js'

/** What passes by itself, or once somebody has made room: the disk is full, or the process has no descriptor left. */
const PASSING: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])
const RETRY_MS = ms(500)

/**
 * What finds no room on the disk waits here until there is some. Only what may be done again is done here: making a
 * file that nobody knows of yet, and writing the same bytes to the same place. A sync is never done again.
 */
export class Room {
  /**
   * What the disk said to whatever waits; undefined: nothing waits. The log may then still have room for a while, at least half
   * a segment if it was the next segment that found none.
   */
  shortage: string | undefined
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

  /** What has failed with `failure` is done again once there is room. Rejects with what it fails of, if that is not want of room. */
  async again<T>(task: () => Promise<T>, failure: unknown): Promise<T> {
    const clock = this.#clock
    if (clock === undefined || !isPassing(failure)) throw failure
    return await this.#wait(task, clock, failure)
  }

  /** Whatever waits fails with what it waits for. To be called before whoever waits for it is waited for. */
  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
    this.#wake()
  }

  async #wait<T>(task: () => Promise<T>, clock: Clock, first: unknown): Promise<T> {
    this.#missing(first)
    try {
      for (let failure = first; !this.#isEnded;) {
        await this.#pause(clock)
        const done = await task().then(
          (result) => ({ result }),
          (error: unknown) => ({ error }),
        )
        if ('result' in done) return done.result
        failure = done.error
        if (!isPassing(failure)) throw failure
      }
      throw first
    } finally {
      this.#found()
    }
  }

  #missing(error: unknown): void {
    this.shortage = error instanceof Error ? error.message : String(error)
    if (this.#waiting++ > 0) return
    const sentence =
      'the disk has no room for more of the log: as leader this member refuses new data; it goes on by itself once there is room'
    this.#logger.warn(sentence, { reason: this.shortage })
  }

  #found(): void {
    if (--this.#waiting > 0) return
    this.shortage = undefined
    if (!this.#isEnded) this.#logger.info('the disk has room again')
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

function isPassing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && PASSING.has(error.code)
}
