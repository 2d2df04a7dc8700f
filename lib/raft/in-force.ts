/**
 * What entries of the log have settled, one after another: each is in force as soon as its entry is appended, and goes
 * with it when the log is truncated (§6).
 */
import type { LogIndex } from './values.js'

interface Settled {
  readonly index: LogIndex
}

export class InForce<R extends Settled> {
  /** The first record is what was there before the log; it is never dropped. */
  readonly #records: [R, ...R[]]

  constructor(first: R) {
    this.#records = [first]
  }

  /** Oldest first. */
  get all(): readonly R[] {
    return this.#records
  }

  get newest(): R {
    return this.#records.at(-1) ?? this.#records[0]
  }

  /** Undefined: the log begins after `index`. */
  at(index: LogIndex): R | undefined {
    return this.#records.findLast((record) => record.index <= index)
  }

  /** Those that may come to be in force: the last one up to `index` and all after it, oldest first. */
  from(index: LogIndex): readonly R[] {
    return this.#records.slice(Math.max(this.#lastUpTo(index), 0))
  }

  settle(record: R): void {
    this.#records.push(record)
  }

  truncatedFrom(from: LogIndex): void {
    while (this.#records.length > 1 && this.newest.index >= from) this.#records.pop()
  }

  /** The log begins at `index` now: what was in force there is what was there before the log. */
  compacted(index: LogIndex): void {
    this.#records.splice(0, this.#lastUpTo(index))
  }

  #lastUpTo(index: LogIndex): number {
    return this.#records.findLastIndex((record) => record.index <= index)
  }
}
