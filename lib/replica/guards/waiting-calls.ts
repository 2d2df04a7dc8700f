/** Calls that wait for a value, each until its deadline, and how much they keep in memory meanwhile. */
import type { Clock, Ms } from '../../ports.js'
import { Deadlines } from '../../rpc/deadlines.js'
import { Holders } from './budget.js'
import type { Budget } from './budget.js'

export interface WaitingCall {
  readonly deadline: Ms
  /** What it keeps in memory, as the length of the message that it came in. */
  readonly bytes: number
  /** Of the one that it waits for. */
  readonly budget: Budget
}

export class WaitingCalls<T extends WaitingCall> {
  readonly holders = new Holders()
  readonly #deadlines: Deadlines<T, T>

  /** `expired` is called once for a call whose time is over; the call is forgotten already. */
  constructor(clock: Clock, expired: (call: T) => void) {
    this.#deadlines = new Deadlines(clock, (call) => {
      call.budget.leave(call.bytes)
      expired(call)
    })
  }

  get budget(): Budget {
    return this.holders.all
  }

  add(call: T): void {
    this.#deadlines.add(call, call)
    call.budget.enter(call.bytes)
  }

  /** Whether it was waiting still. */
  remove(call: T): boolean {
    const wasWaiting = this.#deadlines.take(call) !== undefined
    if (wasWaiting) call.budget.leave(call.bytes)
    return wasWaiting
  }

  /** Forgets all, oldest first. */
  drain(): readonly T[] {
    const all = this.#deadlines.takeAll()
    for (const { budget, bytes } of all) budget.leave(bytes)
    return all
  }
}
