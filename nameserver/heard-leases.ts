/**
 * Which processes keep their names, as the leader hears of them. A renewal is not written down: thousands of them would
 * cost a write each, and only an end must be agreed upon. So another leader, and this one after a restart, does not
 * know when a process was last heard of, and lets every lease begin anew.
 */
import { ms, type Clock, type Logger, type Timer } from '../lib/ports.js'
import { afterInput } from '../lib/rpc/deadlines.js'
import { NotLeaderError } from '../lib/rpc/errors.js'
import type { LeaseHold } from './lease-hold.js'
import type { Lease } from './records.js'

/** Not more often than this. */
const PAUSE_MS = 100

export interface HeardLeasesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly hold: LeaseHold
  /** Those that keep names, by their ids. */
  readonly leases: () => ReadonlyMap<string, Pick<Lease, 'ttlMs'>>
  /** Ends them, as far as one command can. */
  readonly end: (ids: readonly string[]) => Promise<unknown>
}

export class HeardLeases {
  readonly #options: HeardLeasesOptions
  /** When they are over unless they are renewed, on the clock. */
  readonly #endsAt = new Map<string, number>()
  #timer: Timer | undefined
  #dueAt = Infinity
  #leads = false

  constructor(options: HeardLeasesOptions) {
    this.#options = options
  }

  /** This process leads. Harmless when called again. */
  begin(): void {
    if (this.#leads) return
    this.#leads = true
    this.#beginAnew()
  }

  /** Another one may lead. */
  pause(): void {
    this.#leads = false
    this.#timer?.cancel()
    this.#dueAt = Infinity
    this.#endsAt.clear()
  }

  /** Its process was heard of just now. Nothing, if it keeps no name. */
  renewed(id: string): void {
    const lease = this.#options.leases().get(id)
    if (lease === undefined || !this.#leads) return
    const endsAt = this.#options.clock.now() + lease.ttlMs
    this.#endsAt.set(id, endsAt)
    this.#wakeAt(endsAt)
  }

  #beginAnew(): void {
    const now = this.#options.clock.now()
    this.#endsAt.clear()
    for (const [id, { ttlMs }] of this.#options.leases()) this.#endsAt.set(id, now + ttlMs)
    this.#wakeForNext()
  }

  async #look(): Promise<void> {
    const stoodStill = this.#options.hold.stoodStill(this.#dueAt)
    this.#dueAt = Infinity
    if (stoodStill) {
      this.#beginAnew()
      return
    }
    this.#forgetUnknown()
    await this.#end(this.#over())
    if (this.#leads) this.#wakeForNext()
  }

  /** None while leases are held: the command that ends silent processes ends whatever else is over. */
  #over(): readonly string[] {
    const { clock, hold } = this.#options
    if (hold.leftMs > 0) return []
    const now = clock.now()
    return [...this.#endsAt].filter(([, endsAt]) => endsAt <= now).map(([id]) => id)
  }

  /** What one command did not end the next one does. */
  async #end(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const { end, logger } = this.#options
    try {
      await end(ids)
      logger.debug('processes are silent, and their names end', { processes: ids.length })
    } catch (error) {
      if (error instanceof NotLeaderError) this.pause()
    }
  }

  /** Nothing is kept by them any more. */
  #forgetUnknown(): void {
    const known = this.#options.leases()
    for (const id of this.#endsAt.keys()) if (!known.has(id)) this.#endsAt.delete(id)
  }

  #wakeForNext(): void {
    let next = Infinity
    for (const endsAt of this.#endsAt.values()) next = Math.min(next, endsAt)
    if (next < Infinity) this.#wakeAt(next)
  }

  #wakeAt(endsAt: number): void {
    const { clock, hold } = this.#options
    const dueAt = Math.max(endsAt, clock.now() + Math.max(PAUSE_MS, hold.leftMs))
    if (dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    // A renewal that waits to be read came before the end of its lease.
    this.#timer = afterInput(clock, ms(dueAt - clock.now()), () => void this.#look())
    hold.watchUntil(dueAt)
  }
}
