/** Calls that wait for something, by number, with one timer for all their deadlines. */
import type { Json } from '../json.js'
import { ms } from '../ports.js'
import type { Clock, Ms, Timer } from '../ports.js'
import type { RollcallError } from './errors.js'

export interface PendingCall {
  readonly method: string
  /** On `clock.now()`. */
  readonly deadline: Ms
  readonly resolve: (result: Json) => void
  readonly reject: (error: RollcallError) => void
}

export class PendingCalls<T extends PendingCall> {
  readonly #clock: Clock
  readonly #expired: (call: T) => void
  readonly #calls = new Map<number, T>()
  #nextId = 1
  #timer: Timer | undefined
  #wakeAt = Infinity

  constructor(clock: Clock, expired: (call: T) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  get size(): number {
    return this.#calls.size
  }

  /** Keeps the call until it is taken or its deadline has passed; returns its id, never used before. */
  add(call: T): number {
    const id = this.#nextId++
    this.#calls.set(id, call)
    if (call.deadline < this.#wakeAt) this.#wake(call.deadline)
    return id
  }

  take(id: number): T | undefined {
    const call = this.#calls.get(id)
    if (call !== undefined) this.#calls.delete(id)
    return call
  }

  takeAll(): T[] {
    const all = [...this.#calls.values()]
    this.#calls.clear()
    this.#timer?.cancel()
    this.#wakeAt = Infinity
    return all
  }

  #wake(at: Ms): void {
    this.#timer?.cancel()
    this.#wakeAt = at
    this.#timer = this.#clock.after(ms(Math.max(0, at - this.#clock.now())), () => this.#sweep())
  }

  // The timer stands for the earliest deadline at the time it was set. When it goes off, most calls of then are long
  // answered, so that a busy connection sweeps once in a timeout, not once a call.
  #sweep(): void {
    this.#wakeAt = Infinity
    const now = this.#clock.now()
    const due = [...this.#calls].filter(([, call]) => call.deadline <= now)
    for (const [id] of due) this.#calls.delete(id)
    let earliest: Ms | undefined
    for (const { deadline } of this.#calls.values()) {
      if (earliest === undefined || deadline < earliest) earliest = deadline
    }
    if (earliest !== undefined) this.#wake(earliest)
    for (const [, call] of due) this.#expired(call)
  }
}
