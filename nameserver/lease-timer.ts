/** Sees to it that leases end while nobody calls: asks for `expire` when the next one is over. */
import { ms, type Clock, type Logger, type Timer } from '../lib/ports.js'
import { afterInput } from '../lib/rpc/deadlines.js'
import { NotLeaderError } from '../lib/rpc/errors.js'
import type { LeaseHold } from './lease-hold.js'
import type { Expiry } from './registry.js'

/**
 * Log time can lag behind the clock, and then a lease is over a little later: it is not asked for more often than this.
 */
const PAUSE_MS = 100
const RETRY_MS = 1_000

export interface LeasesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly hold: LeaseHold
  /** Runs the registry's command of that name. */
  readonly expire: () => Promise<Expiry>
}

export class LeaseTimer {
  readonly #options: LeasesOptions
  #timer: Timer | undefined
  #dueAt = Infinity
  #isStopped = false

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** A lease of this length has begun. */
  granted(ttlMs: number): void {
    const { clock, hold } = this.#options
    const dueAt = clock.now() + Math.max(ttlMs, PAUSE_MS)
    if (this.#isStopped || dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    // A renewal that waits to be read came before the end of its lease.
    this.#timer = afterInput(clock, ms(dueAt - clock.now()), () => void this.sweep())
    hold.watchUntil(dueAt)
  }

  /** Ends what is over and waits for the next. Also to be called when this member begins to lead. Never rejects. */
  async sweep(): Promise<void> {
    const { hold, expire, logger } = this.#options
    this.#timer?.cancel()
    hold.stoodStill(this.#dueAt)
    this.#dueAt = Infinity
    if (this.#isStopped) return
    if (hold.leftMs > 0) {
      this.granted(hold.leftMs)
      return
    }
    try {
      const { ended, nextMs } = await expire()
      if (ended > 0) logger.debug('leases have ended', { ended })
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
