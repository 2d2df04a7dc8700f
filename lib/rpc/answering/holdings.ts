/**
 * What the connections of one daemon make it hold: messages that wait or whose calls run, and answers that are not
 * read. Each has a limit of its own, and so have all together, as many that stay just below theirs must not exhaust
 * the process either. Beyond it the one that holds most is dropped first, and not the one that came last: whoever
 * holds much would keep out all others for as long as he likes.
 */
import type { Holder } from '../../ports.js'

/** What is held below this is let go of soon, and not worth counting. */
export const HELD_BYTES_COUNTED = 16 * 1024

export class Holdings {
  readonly #bytesMax: number
  /** What each held when it was last looked at. */
  readonly #held = new Map<Holder, number>()
  #sum = 0

  /** `bytesMax`: for all holders together. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** `holder` may hold more than before. While all hold too much, the one that holds most is dropped. */
  grown(holder: Holder): void {
    this.#look(holder)
    if (this.#sum <= this.#bytesMax) return
    for (const each of [...this.#held.keys()]) this.#look(each)
    while (this.#sum > this.#bytesMax) this.#dropLargest()
  }

  closed(holder: Holder): void {
    this.#sum -= this.#held.get(holder) ?? 0
    this.#held.delete(holder)
  }

  #look(holder: Holder): void {
    const bytes = holder.heldBytes
    this.#sum += bytes - (this.#held.get(holder) ?? 0)
    if (bytes === 0) this.#held.delete(holder)
    else this.#held.set(holder, bytes)
  }

  #dropLargest(): void {
    const [largest] = [...this.#held].reduce((a, b) => (b[1] > a[1] ? b : a))
    this.closed(largest)
    largest.drop()
  }
}
