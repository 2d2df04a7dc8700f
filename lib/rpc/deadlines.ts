/**
 * Time-outs that let waiting input come first. After the event loop was busy, all that is due runs before any socket is
 * read: an answer that came in time would be called late, and a living process dead, only because this one was busy.
 */
import type { Clock, Ms, Timer } from '../ports.js'
import { ms } from '../ports.js'
import type { Keeping } from './numbered.js'

/** As `clock.after`; but when it goes off late, what has come in by then is taken in before `task` runs. */
export function afterInput(clock: Clock, delay: Ms, task: () => void): Timer {
  const due = clock.now() + delay
  let isCancelled = false
  const unlessCancelled = (): void => {
    if (!isCancelled) task()
  }
  const timer = clock.after(delay, () => {
    if (clock.now() > due) clock.soon(unlessCancelled)
    else task()
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

/** Those who wait, by what tells them apart, each with the time at which its waiting ends, under one timer for all. */
export class Deadlines<K, T extends { readonly deadline: Ms }> {
  readonly #clock: Clock
  readonly #expired: (waiter: T, key: K) => void
  readonly #waiting: Keeping<K, T>
  #timer: Timer | undefined
  #wakeAt = Infinity

  /**
   * `expired` is called once for a waiter whose time is over; the waiter is forgotten already.
   * `waiting`: what keeps them, in the order in which they come.
   */
  constructor(clock: Clock, expired: (waiter: T, key: K) => void, waiting: Keeping<K, T> = new Map<K, T>()) {
    this.#clock = clock
    this.#expired = expired
    this.#waiting = waiting
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Keeps the waiter until it is taken or its deadline, on `clock.now()`, has passed. */
  add(key: K, waiter: T): void {
    this.#waiting.set(key, waiter)
    if (waiter.deadline < this.#wakeAt) this.#wake(waiter.deadline)
  }

  /** Undefined: nobody waits under that key any more. */
  take(key: K): T | undefined {
    const waiter = this.#waiting.get(key)
    if (waiter !== undefined) this.#waiting.delete(key)
    return waiter
  }

  /** In the order in which they came. */
  takeAll(): readonly T[] {
    const all = [...this.#waiting].map(([, waiter]) => waiter)
    this.#waiting.clear()
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
    const due: (readonly [K, T])[] = []
    let next = Infinity
    for (const each of this.#waiting) {
      if (each[1].deadline <= now) due.push(each)
      else next = Math.min(next, each[1].deadline)
    }
    if (next < Infinity) this.#wake(ms(next))
    this.#expire(due)
  }

  #expire(due: readonly (readonly [K, T])[]): void {
    const now = due.slice(0, SLICE).filter(([key, waiter]) => this.#waiting.get(key) === waiter)
    for (const [key] of now) this.#waiting.delete(key)
    if (due.length > SLICE) this.#clock.soon(() => this.#expire(due.slice(SLICE)))
    for (const [key, waiter] of now) this.#expired(waiter, key)
  }
}
