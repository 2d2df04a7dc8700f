/**
 * One turn that is had: kept up a third of its time after it was last, and given up by its holder after four fifths of
 * its time without an answer, counted from when the last call that was answered was made. Log time may go an eighth
 * faster than the holder's clock; so the holder stops before anybody else can have it.
 */
import { ms, type Clock, type Timer } from '../../ports.js'
import { afterInput } from '../../rpc/deadlines.js'
import { RollcallError } from '../../rpc/errors.js'
import { LeaseLostError } from './lease-lost.js'
import type { CoordinationPorts, Hold } from './ports.js'
import type { TurnCalls } from './turn-calls.js'
import type { Holds } from './holds.js'

const RENEWED_AFTER = 1 / 3
const GIVEN_UP_AFTER = 4 / 5
/** A renewal that failed is made again after such a part of the time. */
const RETRIED_AFTER = 1 / 20

export interface HeldTurnOptions {
  readonly ports: CoordinationPorts
  readonly calls: Pick<TurnCalls, 'what' | 'renew' | 'release'>
  readonly id: string
  readonly token: number
  readonly ttlMs: number
  /** On the clock: when the call was made whose answer brought it. */
  readonly askedAt: number
  /** All that its client holds: it is one of them until it is over. */
  readonly holds: Holds
}

export class HeldTurn implements Hold {
  readonly token: number
  readonly #options: HeldTurnOptions
  readonly #controller = new AbortController()
  #validUntil: number
  #renewal: Timer | undefined
  #end: Timer | undefined
  #isOver = false
  #released: Promise<void> | undefined

  constructor(options: HeldTurnOptions) {
    this.#options = options
    this.token = options.token
    this.#validUntil = this.#validFrom(options.askedAt)
    this.#keepUp(options.askedAt)
    options.holds.add(this)
  }

  /** Gone off already, where the answer took so long that the lease may be over. */
  get signal(): AbortSignal {
    if (this.#now >= this.#validUntil) this.#loseSilent()
    return this.#controller.signal
  }

  release(): Promise<void> {
    this.#stop()
    return (this.#released ??= this.#giveBack())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  /** `why` completes "… was lost: ". Nothing when it is held no longer anyway. */
  lose(why: string, cause?: unknown): void {
    if (this.#isOver) return
    this.#stop()
    const what = `${this.#options.calls.what} (token ${this.token})`
    this.#controller.abort(new LeaseLostError(`${what} was lost: ${why}`, { cause }))
  }

  #loseSilent(): void {
    this.lose(`nobody has answered for ${Math.round(this.#options.ttlMs * GIVEN_UP_AFTER)} ms`)
  }

  async #giveBack(): Promise<void> {
    const { calls, id } = this.#options
    await calls.release(id).catch(() => undefined)
  }

  #stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#renewal?.cancel()
    this.#end?.cancel()
    this.#options.holds.ended(this)
  }

  #validFrom(askedAt: number): number {
    return askedAt + this.#options.ttlMs * GIVEN_UP_AFTER
  }

  /** An answer has come to a call that was made then. */
  #keepUp(askedAt: number): void {
    const { ttlMs } = this.#options
    this.#validUntil = Math.max(this.#validUntil, this.#validFrom(askedAt))
    this.#end?.cancel()
    this.#end = this.#after(this.#validUntil - this.#now, () => this.#loseSilent())
    this.#renewal = this.#after(askedAt + ttlMs * RENEWED_AFTER - this.#now, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { calls, id, ttlMs } = this.#options
    const askedAt = this.#now
    try {
      const turn = await calls.renew(id, { timeoutMs: Math.max(this.#validUntil - askedAt, 1) })
      if (this.#isOver) return
      if (turn?.token === this.token) this.#keepUp(askedAt)
      else this.lose('its lease was over')
    } catch (error) {
      if (this.#isOver) return
      if (isFinal(error)) this.lose(error.message, error)
      else this.#renewal = this.#after(ttlMs * RETRIED_AFTER, () => void this.#renew())
    }
  }

  #after(delay: number, task: () => void): Timer {
    return afterInput(this.#options.ports.clock, ms(Math.max(0, delay)), task)
  }

  get #now(): number {
    return this.#options.ports.clock.now()
  }
}

/**
 * Whether the answer to a call that was made at `askedAt` has taken so long that what it brought may be another one's
 * by now.
 */
export function isLate(clock: Clock, askedAt: number, ttlMs: number): boolean {
  return clock.now() >= askedAt + ttlMs * GIVEN_UP_AFTER
}

/** It would be answered the same another time. */
export function isFinal(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.retry === 'never' && error.outcome !== 'unknown'
}
