/**
 * When no lease may end, however long it is over: nobody could renew it, and all have time to try again. One for all
 * leases, as whatever ends some of them ends all that are over.
 */
import { ms, type Clock, type Timer } from '../lib/ports.js'
import { LEASE_MS } from '../lib/publishing/registration.js'

/** Woken so much too late, this process stood still. */
const STANDSTILL_MS = 1_000
/** So often it is looked, until the last time that is watched for: a standstill of less than both may go unnoticed. */
const LOOK_MS = 1_000

export class LeaseHold {
  readonly #clock: Clock
  /** On the clock. */
  #until = 0
  #watchedUntil = 0
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * No lease ends for so long from now, in which it is tried again; for a member's lease at most, or anybody who is
   * refused one could ask for weeks.
   */
  hold(forMs: number): void {
    this.#until = Math.max(this.#until, this.#clock.now() + Math.min(forMs, LEASE_MS))
  }

  /** For so long from now no lease ends. */
  get leftMs(): number {
    return Math.max(this.#until - this.#clock.now(), 0)
  }

  /**
   * Whether this process stood still when it was to wake at `dueAt`, on the clock. Then it could hear nobody, and holds
   * all leases.
   */
  stoodStill(dueAt: number): boolean {
    if (this.#clock.now() - dueAt <= STANDSTILL_MS) return false
    this.hold(LEASE_MS)
    return true
  }

  /**
   * A lease is over at that time, on the clock. A standstill that ends shortly before is noticed too, although whoever
   * ends the lease is woken in time.
   */
  watchUntil(time: number): void {
    this.#watchedUntil = Math.max(this.#watchedUntil, time)
    if (this.#timer === undefined) this.#watch()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #watch(): void {
    const dueAt = this.#clock.now() + LOOK_MS
    this.#timer = this.#clock.after(ms(LOOK_MS), () => {
      this.#timer = undefined
      this.stoodStill(dueAt)
      if (this.#clock.now() < this.#watchedUntil) this.#watch()
    })
  }
}
