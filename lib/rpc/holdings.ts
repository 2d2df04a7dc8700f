/**
 * What the connections of one daemon leave unread, together. Each has a limit of its own; many that stay just below it
 * must not exhaust the process either.
 */

/** A connection as the sum sees it. */
export interface Output {
  /** Bytes that the other end has not taken. */
  readonly unreadBytes: number
  /** Ends the connection at once. */
  drop(): void
}

export class Outputs {
  readonly #bytesMax: number
  /** Those that had something unread when they were last looked at. */
  readonly #slow = new Set<Output>()

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** More waits at `output` than the other end takes at once. While the sum is above the limit, the largest is dropped. */
  grown(output: Output): void {
    this.#slow.add(output)
    for (let sum = this.#sum(); sum > this.#bytesMax; sum = this.#sum()) {
      const largest = [...this.#slow].reduce((a, b) => (b.unreadBytes > a.unreadBytes ? b : a))
      this.#slow.delete(largest)
      largest.drop()
    }
  }

  closed(output: Output): void {
    this.#slow.delete(output)
  }

  #sum(): number {
    let sum = 0
    for (const output of this.#slow) {
      const { unreadBytes } = output
      if (unreadBytes === 0) this.#slow.delete(output)
      sum += unreadBytes
    }
    return sum
  }
}
