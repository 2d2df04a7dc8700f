/**
 * The one retry loop: attempts at a call until one brings a result, another would change nothing, or
 * the time that all of them share is over. What an attempt is, whether another may follow, and what the
 * last failure comes to is for those to say whose call it is.
 */
import { ms } from '../../ports.js'
import type { Clock, Ms, Random } from '../../ports.js'
import { Backoff } from '../channels/backoff.js'
import type { RollcallError } from '../errors.js'

/** When the next attempt may follow: not at all, after a pause, at once. */
export type Next = 'never' | 'later' | 'now'

export interface Failure {
  readonly error: RollcallError
  readonly next: Next
}

export type Attempt<T> = { readonly result: T } | Failure

export interface Attempts<C, T> {
  /** `before`: what the attempt before this one met. What it rejects with ends the call. */
  readonly attempt: (call: C, before: RollcallError | undefined) => Promise<Attempt<T>>
  /** What the call rejects with after `last`, as no other attempt follows. */
  readonly verdict: (call: C, last: Failure) => RollcallError
}

const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 250

export interface RetryLoopPorts {
  readonly clock: Clock
  readonly random: Random
}

/** Calls of one kind. Each brings its deadline, on `clock.now()`, which its attempts must keep too. */
export class RetryLoop<C extends { readonly deadline: Ms }, T> {
  readonly #clock: Clock
  readonly #random: Random
  readonly #attempts: Attempts<C, T>
  /** Ends each pause at once. */
  readonly #pauses = new Set<() => void>()

  constructor(ports: RetryLoopPorts, attempts: Attempts<C, T>) {
    this.#clock = ports.clock
    this.#random = ports.random
    this.#attempts = attempts
  }

  /**
   * `onWaiting` is told before each pause, with the reason as one sentence. `first`: an attempt was made, and failed.
   */
  async run(call: C, onWaiting?: (why: string) => void, first?: Failure): Promise<T> {
    let made: Attempt<T> | undefined = first
    let backoff: Backoff | undefined
    let before: RollcallError | undefined
    for (;;) {
      const attempt = made ?? (await this.#attempts.attempt(call, before))
      made = undefined
      if ('result' in attempt) return attempt.result
      const { error, next } = attempt
      const pause = next === 'later' ? (backoff ??= this.#backoff()).next() : ms(0)
      if (next === 'never' || this.#clock.now() + pause >= call.deadline)
        throw this.#attempts.verdict(call, attempt)
      before = error
      if (next === 'now') continue
      onWaiting?.(error.message)
      await this.#pause(pause)
    }
  }

  /** Nobody waits for better times: the next attempt of each call that pauses follows now. */
  hurry(): void {
    for (const end of this.#pauses) end()
  }

  #pause(pause: Ms): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        this.#pauses.delete(end)
        resolve()
      }
      const timer = this.#clock.after(pause, end)
      this.#pauses.add(end)
    })
  }

  #backoff(): Backoff {
    return new Backoff(this.#random, PAUSE_FIRST_MS, PAUSE_MAX_MS)
  }
}
