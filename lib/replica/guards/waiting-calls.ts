/** Calls that wait for a value, each until its deadline, and how much they keep in memory meanwhile. */
import type { Clock, Ms } from '../../ports.js'
import { Deadlines } from '../../rpc/deadlines.js'
import { Budget } from './budget.js'

export interface WaitingCall {
  readonly deadline: Ms
  /** What it keeps in memory, as the length of the message that it came in. */
  readonly bytes: number
}

export class WaitingCalls<T extends WaitingCall> {
  readonly budget = new Budget()
  readonly #deadlines: Deadlines<T, T>

  /** `expired` is called once for a call whose time is over; the call is forgotten already. */
  constructor(clock: Clock, expired: (call: T) => void) {
    this.#deadlines = new Deadlines(clock, (call) => {
      this.budget.leave(call.bytes)
      expired(call)
    })
  }

  add(call: T): void {
    this.#deadlines.add(call, call)
    this.budget.enter(call.bytes)
  }

  /** Whether it was waiting still. */
  remove(call: T): boolean {
    const wasWaiting = this.#deadlines.take(call) !== undefined
    if (wasWaiting) this.budget.leave(call.bytes)
    return wasWaiting
  }

  /** Forgets all, oldest first. */
  drain(): readonly T[] {
    const all = this.#deadlines.takeAll()
    for (const { bytes } of all) this.budget.leave(bytes)
    return all
  }
}
