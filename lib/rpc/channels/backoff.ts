/**
 * Pauses between attempts: each about twice as long as the one before, with jitter, so that many do not come at once.
 */
import { ms } from '../../ports.js'
import type { Ms, Random } from '../../ports.js'

export class Backoff {
  readonly #random: Random
  readonly #firstMs: number
  readonly #maxMs: number
  #nextMs: number

  /** Pauses are drawn from the upper half of `firstMs`, then of its double, up to `maxMs`. */
  constructor(random: Random, firstMs: number, maxMs: number) {
    this.#random = random
    this.#firstMs = firstMs
    this.#maxMs = maxMs
    this.#nextMs = firstMs
  }

  next(): Ms {
    const most = this.#nextMs
    this.#nextMs = Math.min(most * 2, this.#maxMs)
    return ms(most / 2 + this.#random.below(Math.floor(most / 2) + 1))
  }

  reset(): void {
    this.#nextMs = this.#firstMs
  }
}
