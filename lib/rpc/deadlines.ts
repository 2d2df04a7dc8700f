/**
 * Time-outs that let waiting input come first. After the event loop was busy, all that is due runs before any socket is
 * read: an answer that came in time would be called late, and a living process dead, only because this one was busy.
 */
import type { Clock, Ms, Timer } from '../ports.js'
import { ms } from '../ports.js'

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
const PLACES_MIN = 16
/** More of them are no use: nobody is in another's way before so many came in between. */
const PLACES_MAX = 4096

/**
 * Those who wait, each under a number and with the time at which its waiting ends, under one timer for all. The numbers
 * are whole ones that count up, with gaps or without; no two who wait have the same.
 *
 * They lie in a ring, and who stays until his place is needed by another leaves it for a Map. A Map alone leaves a table
 * behind each time that it is full of what was deleted. Those of a Map that lives long are old to the engine, and keep
 * what stood in them, with all that it holds, until the whole heap is looked through: a client with 256 calls in flight
 * copied 4 of each 16 MB of its garbage for that.
 */
export class Deadlines<T extends { readonly deadline: Ms }> {
  size = 0
  readonly #clock: Clock
  readonly #expired: (waiter: T, number: number) => void
  /** Of places where nobody waits, any. */
  #numbers = new Array<number>(PLACES_MIN).fill(0)
  #waiters = new Array<T | undefined>(PLACES_MIN).fill(undefined)
  readonly #stayed = new Map<number, T>()
  #timer: Timer | undefined
  #wakeAt = Infinity

  /** `expired` is called once for a waiter whose time is over; the waiter is forgotten already. */
  constructor(clock: Clock, expired: (waiter: T, number: number) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Keeps the waiter until it is taken or its deadline, on `clock.now()`, has passed. */
  add(number: number, waiter: T): void {
    if (this.#waiters[number & (this.#waiters.length - 1)] !== undefined) this.#makeRoom(number)
    const place = number & (this.#waiters.length - 1)
    this.#numbers[place] = number
    this.#waiters[place] = waiter
    this.size += 1
    if (waiter.deadline < this.#wakeAt) this.#wake(waiter.deadline)
  }

  /** Undefined: nobody waits under that number any more. */
  take(number: number): T | undefined {
    const place = number & (this.#waiters.length - 1)
    const waiter = this.#waiters[place]
    if (waiter === undefined || this.#numbers[place] !== number)
      return this.#stayed.size > 0 ? this.#takeStayed(number) : undefined
    this.#waiters[place] = undefined
    this.size -= 1
    return waiter
  }

  /** In the order of their numbers. */
  takeAll(): readonly T[] {
    const all = this.#all().map(([, waiter]) => waiter)
    this.#waiters.fill(undefined)
    this.#stayed.clear()
    this.size = 0
    this.#timer?.cancel()
    this.#wakeAt = Infinity
    return all
  }

  #takeStayed(number: number): T | undefined {
    const waiter = this.#stayed.get(number)
    if (this.#stayed.delete(number)) this.size -= 1
    return waiter
  }

  /** In a ring that has far more places than waiters, few are in another's way. */
  #makeRoom(number: number): void {
    while (this.size >= this.#waiters.length / 2 && this.#waiters.length < PLACES_MAX) this.#grow()
    const place = number & (this.#waiters.length - 1)
    const waiter = this.#waiters[place]
    if (waiter !== undefined) this.#stayed.set(this.#numbers[place] ?? 0, waiter)
  }

  #grow(): void {
    const [numbers, waiters] = [this.#numbers, this.#waiters]
    this.#numbers = new Array<number>(waiters.length * 2).fill(0)
    this.#waiters = new Array<T | undefined>(waiters.length * 2).fill(undefined)
    waiters.forEach((waiter, from) => {
      const number = numbers[from] ?? 0
      const place = number & (this.#waiters.length - 1)
      if (waiter === undefined) return
      this.#numbers[place] = number
      this.#waiters[place] = waiter
    })
  }

  #all(): readonly (readonly [number, T])[] {
    const all: (readonly [number, T])[] = [...this.#stayed]
    this.#waiters.forEach((waiter, place) => {
      if (waiter !== undefined) all.push([this.#numbers[place] ?? 0, waiter])
    })
    return all.sort(([a], [b]) => a - b)
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
    for (const each of this.#all()) {
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
