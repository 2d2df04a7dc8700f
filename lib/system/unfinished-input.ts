/**
 * What the connections of one process have sent of messages that are not complete yet, together. Each is bounded by the
 * longest message; many that stay just below it, and never end, must not exhaust the process either.
 *
 * Beyond the limit it is the sender of the largest that is refused, not the one that came last: whoever holds much
 * without end would otherwise keep out all others, the members' own messages too, for as long as he likes. Of several
 * that hold as much it is the one that has held it for longest, so that what comes and goes gets through.
 */

/** Less than this is never refused: ordinary calls get through whatever others hold. The number of connections bounds it. */
const SMALL_BYTES = 4 * 1024

/** A connection as the sum sees it. */
export interface Sender {
  /** Ends the connection with a word of why. It counts no more from then on. */
  refuse(): void
}

export class UnfinishedInput {
  readonly #bytesMax: number
  /** Those that have something unfinished, and how many bytes of it. */
  readonly #held = new Map<Sender, number>()
  #sum = 0

  /** `bytesMax`: for all senders together. Exceeded only by what is below 4 KiB each. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes of all senders. */
  get bytes(): number {
    return this.#sum
  }

  /** `sender` holds `bytes` of an unfinished message now; 0 when it is complete or the connection over. May refuse senders, this one too. */
  holds(sender: Sender, bytes: number): void {
    const before = this.#held.get(sender) ?? 0
    if (bytes === before) return
    this.#sum += bytes - before
    if (bytes === 0) this.#held.delete(sender)
    else this.#held.set(sender, bytes)
    if (bytes > before) this.#keepBelow()
  }

  #keepBelow(): void {
    while (this.#sum > this.#bytesMax) {
      const largest = this.#largest()
      if (largest === undefined) return
      this.holds(largest, 0)
      largest.refuse()
    }
  }

  /** Undefined: they are all small. */
  #largest(): Sender | undefined {
    let most = SMALL_BYTES
    let largest: Sender | undefined
    for (const [sender, bytes] of this.#held) {
      if (bytes <= most) continue
      most = bytes
      largest = sender
    }
    return largest
  }
}
