/**
 * Results that are there and wait to be written: many large ones at once would keep the process from hearing anybody.
 */
import type { Party, Turns } from '../answering/turns.js'

/** Writes a result and tells its length. */
export type Write = () => number

export class WaitingResults {
  /** How many there are. */
  count = 0
  #writes: Write[] = []
  readonly #turns: Turns
  readonly #party: Party

  constructor(turns: Turns, party: Party) {
    this.#turns = turns
    this.#party = party
  }

  /** It is written in the turn of its party. */
  add(write: Write): void {
    this.#writes.push(write)
    this.count += 1
    this.#turns.wait(this.#party)
  }

  /** As many as a turn is long, and how long they are: there may be many, and small ones. */
  writeSome(): number {
    const writes = this.#taken()
    let written = 0
    let bytes = 0
    while (written < writes.length && this.#turns.admitsResult()) {
      bytes += writes[written++]?.() ?? 0
      this.#turns.ended(0)
    }
    this.#writes = [...writes.slice(written), ...this.#writes]
    this.count = this.#writes.length
    return bytes
  }

  writeAll(): void {
    for (const write of this.#taken()) write()
  }

  #taken(): readonly Write[] {
    const writes = this.#writes
    this.#writes = []
    this.count = 0
    return writes
  }
}
