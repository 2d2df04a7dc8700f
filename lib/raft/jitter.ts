import type { Ticks } from './types.js'
import { ticks } from './types.js'

/**
 * The seeded generator inside a server: chance is state, so the same seed and inputs give the same effects.
 * A 32-bit counter in golden-ratio steps, its bits mixed by multiply and shift.
 */
export class Jitter {
  #counter: number

  constructor(seed: number) {
    this.#counter = seed | 0
  }

  /** A whole number of ticks from `min` to `max`, both included, each equally likely. */
  between(min: Ticks, max: Ticks): Ticks {
    const values = Math.floor(max - min) + 1
    return ticks(min + Math.floor(this.#fraction() * values))
  }

  /** From 0 up to, not including, 1. */
  #fraction(): number {
    this.#counter = (this.#counter + 0x9e3779b9) | 0
    let bits = this.#counter
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }
}
