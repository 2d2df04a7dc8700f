/** All chance of a simulated world. Xorshift32: the same seed gives the same story. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) | 1) >>> 0
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  /** True in `perMille` of a thousand cases. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille
  }

  /** Exponentially distributed around `mean`, so that messages overtake each other. */
  delay(mean: number): number {
    return -Math.log(1 - this.below(1_000_000) / 1_000_000) * mean
  }

  /** One of them; undefined when there is nothing to choose from. */
  pick<T>(choices: readonly [T, ...T[]]): T
  pick<T>(choices: readonly T[]): T | undefined
  pick<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(Math.max(choices.length, 1))]
  }

  /** The same in an order left to chance. */
  shuffle<T>(all: readonly T[]): readonly T[] {
    const drawn = all.map((one) => ({ one, at: this.below(2 ** 31) }))
    return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one)
  }
}
