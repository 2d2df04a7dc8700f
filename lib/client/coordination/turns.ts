/** What can be had by turns, as whoever uses it sees it. What it takes to get one is loaded when one is asked for. */
import { InternalError } from '../../rpc/errors.js'
import { checkOptions, type Rules } from '../../rpc/options.js'
import { CALL_RULES } from '../../rpc/proxies/call-options.js'
import type { Holds } from './holds.js'
import type { AcquireOptions, CoordinationPorts, Held, Hold, LeaseOptions } from './ports.js'
import { wholeIn } from './rules.js'
import { TurnCalls, type TurnObject } from './turn-calls.js'

export const HELD_FOR_MS = 10_000

export const LEASE_RULES: Rules<LeaseOptions> = {
  ttlMs: wholeIn(100, 86_400_000, 'a whole number of milliseconds'),
}
export const ACQUIRE_RULES: Rules<AcquireOptions> = { signal: CALL_RULES.signal }

export class TurnsOf {
  constructor(
    private readonly ports: CoordinationPorts,
    private readonly holds: Holds,
    private readonly lease: LeaseOptions,
  ) {}

  /** Resolves once it is held. */
  async one(turn: TurnObject, options: AcquireOptions): Promise<Hold> {
    checkOptions('acquire', options, ACQUIRE_RULES)
    const held = await this.#sought(turn, { wait: true, signal: options.signal })
    if (held === null)
      throw new InternalError(`${turn.object}.${turn.methods.ask} answered, but not as a member does`)
    return held
  }

  /** Null: it is another one's now. */
  oneNow(turn: TurnObject): Promise<Hold | null> {
    return this.#sought(turn, { wait: false })
  }

  /** Runs the task while it is held. */
  async during<T>(
    turn: TurnObject,
    task: (held: Held) => T | Promise<T>,
    options: AcquireOptions,
  ): Promise<T> {
    const held = await this.one(turn, options)
    try {
      return await task({ token: held.token, signal: held.signal })
    } finally {
      await held.release()
    }
  }

  async #sought(turn: TurnObject, asked: AcquireOptions & { readonly wait: boolean }): Promise<Hold | null> {
    const { TurnSeeker } = await import('./turn.js')
    const ttlMs = this.lease.ttlMs ?? HELD_FOR_MS
    const seeker = new TurnSeeker(this.ports, new TurnCalls(this.ports, turn), { ...asked, ttlMs })
    return seeker.seek(this.holds)
  }
}
