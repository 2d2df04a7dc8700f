/**
 * Connections that come in, by the thousand perhaps, and say their first word at the same moment: to receive one takes as
 * long as several calls, so they are received in slices, and between two slices others are heard.
 */
import { performance } from 'node:perf_hooks'

/** How long connections may be received at a time. Milliseconds. */
const SLICE_MS = 2

export class Arrivals {
  #waiting: (() => void)[] = []
  /** When the slice began that is under way. */
  #began: number | undefined
  #isPlanned = false

  /** Runs `receive` now, or soon; in the order of the calls. */
  take(receive: () => void): void {
    this.#plan()
    if (this.#waiting.length === 0 && this.#hasRoom()) receive()
    else this.#waiting.push(receive)
  }

  #hasRoom(): boolean {
    const now = performance.now()
    this.#began ??= now
    return now - this.#began < SLICE_MS
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    setImmediate(this.#slice)
  }

  readonly #slice = (): void => {
    this.#isPlanned = false
    this.#began = undefined
    let received = 0
    while (received < this.#waiting.length && this.#hasRoom()) this.#waiting[received++]?.()
    this.#waiting = this.#waiting.slice(received)
    if (this.#waiting.length > 0) this.#plan()
    else this.#began = undefined
  }
}
