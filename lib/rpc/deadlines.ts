/**
 * Time-outs that let waiting input come first. After the event loop was busy, all that is due runs before any socket is
 * read: an answer that came in time would be called late, and a living process dead, only because this one was busy.
 */
import type { Clock, Ms, Timer } from '../ports.js'
import { ms } from '../ports.js'
import { Numbered } from './numbered.js'

/** As `clock.after`; but when it goes off late, what has come in by then is taken in before `task` runs. */
export function afterInput(clock: Clock, delay: Ms, task: () => void): Timer {
  const due = clock.now() + delay
  let isCancelled = false
  const timer = clock.after(delay, () => {
    if (clock.now() <= due) return task()
    clock.soon(() => {
      if (!isCancelled) task()
    })
  })
  return {
    cancel: () => {
      isCancelled = true
      timer.cancel()
    },
  }
}

/** How many whose time is over are told before other input is let through. */
const SLICE = 64

/** Those who wait, each with the time at which its waiting ends, under one timer for all. */
export class Deadlines<T extends { readonly deadline: Ms }> extends Numbered<T> {
  readonly #clock: Clock
  readonly #expired: (waiter: T, number: number) => void
  #timer: Timer | undefined
  #wakeAt = Infinity

  /** `expired` is called once for a waiter whose time is over; the waiter is forgotten already. */
  constructor(clock: Clock, expired: (waiter: T, number: number) => void) {
    super()
    this.#clock = clock
    this.#expired = expired
  }

  /** Keeps the waiter until it is taken or its deadline, on `clock.now()`, has passed. */
  override put(number: number, waiter: T): void {
    super.put(number, waiter)
    if (waiter.deadline < this.#wakeAt) this.#wake(waiter.deadline)
  }

  /** In the order of their numbers. */
  takeAll(): readonly T[] {
    const all = this.all().map(([, waiter]) => waiter)
    this.clear()
    this.#timer?.cancel()
    this.#wakeAt = Infinity
    return all
  }

  #wake(at: Ms): void {
    this.#timer?.cancel()
    this.#wakeAt = at
    // Timers count whole milliseconds: one that went off before the deadline would find nothing due.
    const delay = ms(Math.max(Math.ceil(at - this.#clock.now()), 0))
    this.#timer = afterInput(this.#clock, delay, () => this.#sweep())
  }

  // The timer stands for the earliest deadline at the time it was set. When it goes off, most of those of then have
  // long been taken, so that many calls a second cost one sweep in a timeout, not one each.
  #sweep(): void {
    this.#wakeAt = Infinity
    const now = this.#clock.now()
    const due: (readonly [number, T])[] = []
    let next = Infinity
    for (const each of this.all()) {
      if (each[1].deadline <= now) due.push(each)
      else next = Math.min(next, each[1].deadline)
    }
    if (next < Infinity) this.#wake(ms(next))
    this.#expire(due)
  }

  #expire(due: readonly (readonly [number, T])[]): void {
    const slice = due.slice(0, SLICE)
    if (due.length > SLICE) this.#clock.soon(() => this.#expire(due.slice(SLICE)))
    // They are forgotten before the first is told, who may take others or wait again.
    const over = slice.filter(([number]) => this.take(number) !== undefined)
    for (const [number, waiter] of over) this.#expired(waiter, number)
  }
}
