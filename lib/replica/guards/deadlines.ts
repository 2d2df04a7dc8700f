/** Calls that wait, each with the time at which its waiting ends, under one timer for all. */
import type { Clock, Ms, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import type { Json } from '../../json.js'
import type { Load } from './budget.js'

/** One caller who waits for a value. */
export interface Waiter {
  readonly deadline: Ms
  /** What it keeps in memory, as the length of the message that it came in. */
  readonly bytes: number
  resolve(value: Json): void
  reject(error: Error): void
}

export class Deadlines<T extends Waiter> {
  readonly #waiting = new Set<T>()
  #bytes = 0
  #timer: { readonly due: number; readonly timer: Timer } | undefined

  /** `expire` is called once for a waiter whose time is over; the waiter is forgotten already. */
  constructor(
    private readonly clock: Clock,
    private readonly expire: (waiter: T) => void,
  ) {}

  get load(): Load {
    return { calls: this.#waiting.size, bytes: this.#bytes }
  }

  add(waiter: T): void {
    this.#waiting.add(waiter)
    this.#bytes += waiter.bytes
    this.#arm(waiter.deadline)
  }

  /** Whether it was waiting still. */
  remove(waiter: T): boolean {
    const wasWaiting = this.#waiting.delete(waiter)
    if (wasWaiting) this.#bytes -= waiter.bytes
    return wasWaiting
  }

  /** Forgets all, oldest first. */
  drain(): readonly T[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    this.#bytes = 0
    this.#timer?.timer.cancel()
    this.#timer = undefined
    return all
  }

  #arm(due: Ms): void {
    if (this.#timer !== undefined && this.#timer.due <= due) return
    this.#timer?.timer.cancel()
    const timer = this.clock.after(ms(Math.max(Math.ceil(due - this.clock.now()), 0)), () => this.#sweep())
    this.#timer = { due, timer }
  }

  #sweep(): void {
    this.#timer = undefined
    const now = this.clock.now()
    let next = Infinity
    for (const waiter of this.#waiting) {
      if (waiter.deadline > now) next = Math.min(next, waiter.deadline)
      else if (this.remove(waiter)) this.expire(waiter)
    }
    if (next < Infinity) this.#arm(ms(next))
  }
}
