/**
 * When no lease may end, however long it is over: nobody could renew it, and all have time to try again. One for all
 * leases, as whatever ends some of them ends all that are over.
 */
import type { Clock } from '../lib/ports.js'
import { LEASE_MS } from '../lib/publishing/registration.js'

/** Woken so much too late, this process stood still. */
const STANDSTILL_MS = 1_000

export class LeaseHold {
  readonly #clock: Pick<Clock, 'now'>
  /** On the clock. */
  #until = 0

  constructor(clock: Pick<Clock, 'now'>) {
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
}
