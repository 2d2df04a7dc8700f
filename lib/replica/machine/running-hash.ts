/** A hash of texts, one after another: two lanes of FNV-1a with different multipliers, 32 bits each. */

/** The lanes, without a sign. */
export type HashState = readonly [number, number]

export class RunningHash {
  /** Both with a sign: the engine keeps such numbers in place, and larger ones apart. */
  #high: number
  #low: number

  constructor([high, low]: HashState = [0x9e3779b9, 0x85ebca6b]) {
    this.#high = high | 0
    this.#low = low | 0
  }

  get state(): HashState {
    return [this.#high >>> 0, this.#low >>> 0]
  }

  /** A whole number below 2^53. */
  get value(): number {
    return (this.#high & 0x1fffff) * 0x1_0000_0000 + (this.#low >>> 0)
  }

  mix(text: string): void {
    let high = this.#high
    let low = this.#low
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
      low ^= low >>> 15
    }
    this.#high = high
    this.#low = low
  }
}
