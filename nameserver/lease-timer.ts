/** Sees to it that leases end while nobody calls: asks for `expire` when the next one is over. */
import { ms, type Clock, type Logger, type Timer } from '../lib/ports.js'
import { LEASE_MS } from '../lib/publishing/registration.js'
import { afterInput } from '../lib/rpc/deadlines.js'
import { NotLeaderError } from '../lib/rpc/errors.js'
import type { Expiry } from './registry.js'
import { hasStoodStill } from './standstill.js'

/**
 * Log time can lag behind the clock, and then a lease is over a little later: it is not asked for more often than this.
 */
const PAUSE_MS = 100
const RETRY_MS = 1_000

export interface LeasesOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Runs the registry's command of that name. */
  readonly expire: () => Promise<Expiry>
}

export class LeaseTimer {
  readonly #options: LeasesOptions
  #timer: Timer | undefined
  #dueAt = Infinity
  /** No lease ends before this, on the clock. */
  #heldUntil = 0
  #isStopped = false

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** A lease of this length has begun. */
  granted(ttlMs: number): void {
    const { clock } = this.#options
    const dueAt = clock.now() + Math.max(ttlMs, PAUSE_MS)
    if (this.#isStopped || dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    // A renewal that waits to be read came before the end of its lease.
    this.#timer = afterInput(clock, ms(dueAt - clock.now()), () => void this.sweep())
  }

  /**
   * Whoever wanted a lease of this length could not have it now, as no name could be registered (the disk is full, or
   * this process stood still, say): all leases go on for as long, in which it is tried again; for a member's lease at
   * most, or anybody could ask for weeks.
   */
  refused(ttlMs: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#options.clock.now() + Math.min(ttlMs, LEASE_MS))
  }

  /** Ends what is over and waits for the next. Also to be called when this member begins to lead. Never rejects. */
  async sweep(): Promise<void> {
    this.#timer?.cancel()
    if (hasStoodStill(this.#options.clock, this.#dueAt)) this.refused(LEASE_MS)
    this.#dueAt = Infinity
    if (this.#isStopped) return
    const heldMs = this.#heldUntil - this.#options.clock.now()
    if (heldMs > 0) {
      this.granted(heldMs)
      return
    }
    try {
      const { ended, nextMs } = await this.#options.expire()
      if (ended > 0) this.#options.logger.debug('leases have ended', { ended })
      if (nextMs !== null) this.granted(nextMs)
    } catch (error) {
      // Whoever leads sweeps for itself.
      if (!(error instanceof NotLeaderError)) this.granted(RETRY_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }
}
