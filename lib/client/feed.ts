/** An endless sequence that whoever reads it can end at any time, also while somebody waits for its next value. */
import type { Clock, Ms } from '../ports.js'

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

export abstract class Feed<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #ended: () => void
  /** Calls of `next` are served one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Tells the one who waits for the next value that there is none. */
  #tellEnd: () => void = () => undefined
  /** Ends the last pause. */
  #cutShort: () => void = () => undefined
  #isEnded = false

  /** `ended` is called once, at the end. */
  constructor(ended: () => void) {
    this.#ended = ended
  }

  /** The next value. A rejection ends the sequence. Once it is over nobody waits for what comes. */
  protected abstract pull(): Promise<T>

  protected get isOver(): boolean {
    return this.#isEnded
  }

  /** Comes back when the time has passed, or at once when the sequence ends: then no timer is left either. */
  protected pause(clock: Clock, pause: Ms): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(pause, resolve)
      this.#cutShort = () => {
        timer.cancel()
        resolve()
      }
      if (this.#isEnded) this.#cutShort()
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#turn.then(() => this.#next())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isEnded) {
      this.#isEnded = true
      this.#tellEnd()
      this.#cutShort()
      this.#ended()
    }
    return Promise.resolve(DONE)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (this.isOver) return DONE
    try {
      return await this.#valueOrEnd()
    } catch (error) {
      await this.return()
      throw error
    }
  }

  /**
   * No promise lives as long as the sequence: what waited for it, each value that was handed out, would live as long.
   */
  #valueOrEnd(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#tellEnd = () => resolve(DONE)
      this.pull().then((value) => resolve({ done: false, value }), reject)
    })
  }
}
