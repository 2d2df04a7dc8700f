/** What can be had by turns, as whoever uses it sees it. What it takes to get one is loaded when one is asked for. */
import { InternalError } from '../../rpc/errors.js'
import { checkOptions, type Rule, type Rules } from '../../rpc/options.js'
import { CALL_RULES } from '../../rpc/proxies/call-options.js'
import type { AcquireOptions, CoordinationPorts, Held, Hold, LeaseOptions } from './ports.js'
import { TurnCalls, type TurnObject } from './turn-calls.js'

export const HELD_FOR_MS = 10_000

const LEASE: Rule = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 86_400_000,
  wanted: 'a whole number of milliseconds from 100 to 86,400,000',
}
export const LEASE_RULES: Rules<LeaseOptions> = { ttlMs: LEASE }
export const ACQUIRE_RULES: Rules<AcquireOptions> = { signal: CALL_RULES.signal }

/** What ends with the client. `why` completes a sentence that begins with what it is. */
interface Losable {
  lose(why: string): void
}

const CLOSED = 'the client was closed'

/** All that a client holds, and those who work for it. */
export class Holds {
  readonly #held = new Set<Losable>()
  #isOver = false

  add(held: Losable): void {
    this.#held.add(held)
    if (this.#isOver) held.lose(CLOSED)
  }

  readonly ended = (held: Losable): void => void this.#held.delete(held)

  /** The client is closed. */
  lose(): void {
    this.#isOver = true
    for (const held of this.#held) held.lose(CLOSED)
  }
}

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
    const held = await seeker.seek(this.holds.ended)
    if (held !== null) this.holds.add(held)
    return held
  }
}
