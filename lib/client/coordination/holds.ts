/** What a client has that ends with it. */

/** What ends with the client. `why` completes a sentence that begins with what it is. */
interface Losable {
  lose(why: string): void
}

const CLOSED = 'the client was closed'

/** All that a client holds, and those who work for it. */
export class Holds {
  readonly #held = new Set<Losable>()
  #isOver = false

  add(held: Losable): void {
    this.#held.add(held)
    if (this.#isOver) held.lose(CLOSED)
  }

  ended(held: Losable): void {
    this.#held.delete(held)
  }

  /** The client is closed. */
  lose(): void {
    this.#isOver = true
    for (const held of this.#held) held.lose(CLOSED)
  }
}
