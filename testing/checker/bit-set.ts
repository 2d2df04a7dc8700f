const FULL = 0xffff_ffff

/**
 * A set of whole numbers below a bound, with a short text for each of its values as long as it is filled from below.
 */
export class BitSet {
  readonly #words: Uint32Array
  /** All words below are full. */
  #low = 0
  /** All words from here on are empty. */
  #high = 0

  constructor(bound: number) {
    this.#words = new Uint32Array(Math.ceil(bound / 32))
  }

  add(bit: number): void {
    const at = bit >>> 5
    this.#words[at] = this.#word(at) | (1 << (bit & 31))
    this.#high = Math.max(this.#high, at + 1)
    while (this.#word(this.#low) === FULL) this.#low += 1
  }

  delete(bit: number): void {
    const at = bit >>> 5
    this.#words[at] = this.#word(at) & ~(1 << (bit & 31))
    this.#low = Math.min(this.#low, at)
    while (this.#high > 0 && this.#word(this.#high - 1) === 0) this.#high -= 1
  }

  /** Equal for equal sets only, among those of one bound. */
  get text(): string {
    let text = String(this.#low)
    for (let at = this.#low; at < this.#high; at++) text += `,${this.#word(at).toString(36)}`
    return text
  }

  #word(at: number): number {
    return this.#words[at] ?? 0
  }
}
