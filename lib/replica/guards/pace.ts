/**
 * How many of those that wait are dealt with before other input is let through. What that costs shows only afterwards,
 * as answers are written out when all of a turn is done: one may be a number, or a mebibyte.
 */
import type { Clock } from '../../ports.js'

const SIZE = { first: 4, most: 256 }
/**
 * A turn that took longer halves what the next one does, one that took less than the second doubles it. Milliseconds.
 */
const LONG_MS = 5
const SHORT_MS = 2

export class Pace {
  /** So many in one turn. Changed here alone. */
  size = SIZE.first

  constructor(private readonly clock: Clock) {}

  /**
   * Runs the task, which deals with `size` of them, in a later turn, and looks how long that took with all that it
   * brought about.
   */
  soon(task: () => void): void {
    const { clock } = this
    let started = 0
    clock.soon(() => {
      started = clock.now()
      task()
    })
    clock.soon(() => this.#took(clock.now() - started))
  }

  #took(milliseconds: number): void {
    if (milliseconds > LONG_MS) this.size = Math.max(Math.floor(this.size / 2), 1)
    else if (milliseconds < SHORT_MS) this.size = Math.min(this.size * 2, SIZE.most)
  }
}
