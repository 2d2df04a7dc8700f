/** An endless sequence that whoever reads it can end at any time, also while somebody waits for its next value. */
import type { Clock, Ms } from '../ports.js'

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

export abstract class Feed<T> implements AsyncIterableIterator<T, undefined> {
  readonly #ended: () => void
  /** Calls of `next` are served one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  /** Ends the waiting of the last call of `next`. One that outlived the call would keep what each of them waited with. */
  #endWaiting: () => void = () => undefined
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
      this.#endWaiting()
      this.#cutShort()
      this.#ended()
    }
    return Promise.resolve(DONE)
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (this.isOver) return DONE
    try {
      const pulled = this.pull().then((value) => ({ done: false as const, value }))
      const ending = new Promise<typeof DONE>((resolve) => (this.#endWaiting = () => resolve(DONE)))
      return await Promise.race([pulled, ending])
    } catch (error) {
      await this.return()
      throw error
    }
  }
}
