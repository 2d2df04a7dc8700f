/** Calls that wait for a value, each until its deadline, and how much they keep in memory meanwhile. */
import type { Clock, Ms } from '../../ports.js'
import { Deadlines } from '../../rpc/deadlines.js'
import type { Load } from './budget.js'

export interface WaitingCall {
  readonly deadline: Ms
  /** What it keeps in memory, as the length of the message that it came in. */
  readonly bytes: number
}

export class WaitingCalls<T extends WaitingCall> {
  readonly #deadlines: Deadlines<T, T>
  #bytes = 0

  /** `expired` is called once for a call whose time is over; the call is forgotten already. */
  constructor(clock: Clock, expired: (call: T) => void) {
    this.#deadlines = new Deadlines(clock, (call) => {
      this.#bytes -= call.bytes
      expired(call)
    })
  }

  get load(): Load {
    return { calls: this.#deadlines.size, bytes: this.#bytes }
  }

  add(call: T): void {
    this.#deadlines.add(call, call)
    this.#bytes += call.bytes
  }

  /** Whether it was waiting still. */
  remove(call: T): boolean {
    const wasWaiting = this.#deadlines.take(call) !== undefined
    if (wasWaiting) this.#bytes -= call.bytes
    return wasWaiting
  }

  /** Forgets all, oldest first. */
  drain(): readonly T[] {
    this.#bytes = 0
    return this.#deadlines.takeAll()
  }
}
