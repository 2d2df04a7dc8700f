/**
 * Virtual time: what happens next is what was planned for the earliest moment; of one moment, what was planned first.
 */
import { EventQueue } from '../../testing/simulator/event-queue.js'

export class VirtualTime {
  /** Milliseconds. */
  now = 0
  readonly #queue = new EventQueue()

  plan(at: number, run: () => void): void {
    this.#queue.push(Math.max(at, this.now), run)
  }

  /** Lets things happen until it is so. */
  until(isSo: () => boolean): void {
    while (!isSo()) this.next()
  }

  /** Lets the next thing happen. @throws RangeError when nothing is planned any more */
  next(): void {
    if (!this.#next(Infinity)) throw new RangeError('nothing is planned')
  }

  /** Lets everything happen that is planned up to then. */
  untilTime(at: number): void {
    while (this.#next(at));
    this.now = Math.max(this.now, at)
  }

  #next(until: number): boolean {
    const next = this.#queue.pop(until)
    if (next === undefined) return false
    this.now = next.at
    next.task()
    return true
  }
}
