/**
 * What the connections of one process have sent of messages that are not complete yet, together. Each is bounded by the
 * longest message; many that stay just below it, and never end, must not exhaust the process either.
 *
 * Beyond the limit it is the sender of the largest that is refused, not the one that came last: whoever holds much
 * without end would otherwise keep out all others, the members' own messages too, for as long as he likes. Of several
 * that hold about as much it is the one that has held it for longest, so that what comes and goes gets through.
 * Thousands may have to be refused in one turn of the event loop: to find each takes no look at all the others.
 */

/**
 * Less than this is never refused: ordinary calls get through whatever others hold. The number of connections bounds
 * it.
 */
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
  /**
   * Those that are not small, by how many times {@link SMALL_BYTES} they hold; in the order in which they came to hold
   * so much.
   */
  readonly #sizes: Set<Sender>[] = []
  #sum = 0

  /** `bytesMax`: for all senders together. Exceeded only by what is below 4 KiB each. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes of all senders. */
  get bytes(): number {
    return this.#sum
  }

  /**
   * `sender` holds `bytes` of an unfinished message now; 0 when it is complete or the connection over. May refuse
   * senders, this one too.
   */
  holds(sender: Sender, bytes: number): void {
    const before = this.#held.get(sender) ?? 0
    if (bytes === before) return
    this.#sum += bytes - before
    if (bytes === 0) this.#held.delete(sender)
    else this.#held.set(sender, bytes)
    this.#sort(sender, sizeOf(before), sizeOf(bytes))
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

  #sort(sender: Sender, from: number, to: number): void {
    if (from === to) return
    this.#sizes[from]?.delete(sender)
    while (this.#sizes.length <= to) this.#sizes.push(new Set())
    if (to > 0) this.#sizes[to]?.add(sender)
    while (this.#sizes.at(-1)?.size === 0) this.#sizes.pop()
  }

  /** Undefined: they are all small. */
  #largest(): Sender | undefined {
    const [largest] = this.#sizes.at(-1) ?? []
    return largest
  }
}

/** 0: it is small. */
function sizeOf(bytes: number): number {
  return Math.max(0, Math.ceil(bytes / SMALL_BYTES) - 1)
}
