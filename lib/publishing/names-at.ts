/**
 * The names of one process at one name server, kept by one lease: registered, then renewed together by one small call,
 * and registered again when the name server keeps another number of them than it should (it was away, its folder was
 * deleted, somebody has removed one).
 */
import type { Json } from '../json.js'
import { ms, type Clock, type Random, type Timer } from '../ports.js'
import { Backoff } from '../rpc/channels/backoff.js'
import { NameTakenError, RollcallError } from '../rpc/errors.js'

export interface OwnName {
  readonly name: string
  readonly uri: string
  /** Beside other processes that share the name. Default false: nobody else may have it. */
  readonly isShared?: boolean
  /** Tags to find it by. Default none. */
  readonly metadata?: readonly string[]
}

/** How a name stands after the name server has answered. */
export type Standing =
  | { readonly kind: 'held' }
  /** Somebody else has it, whose lease may be about to end. */
  | { readonly kind: 'awaited'; readonly error: RollcallError }
  /**
   * It was awaited for longer than a lease, or can't be registered at all. It is asked for now and then all the same.
   */
  | { readonly kind: 'refused'; readonly error: RollcallError }

export interface NamesAtOptions {
  /** Of the name server. */
  readonly call: (method: string, params: readonly Json[], timeoutMs: number) => Promise<Json>
  readonly clock: Clock
  readonly random: Random
  readonly told: (own: OwnName, standing: Standing) => void
  /** It has not answered, with the reason, or has. */
  readonly answered: (error: RollcallError | undefined) => void
}

/** How long the names of a process outlive it. */
export const OWN_LEASE_MS = 4_000
/** Three times within a lease, so that two may be lost. */
const RENEWAL_MS = 1_300
/** Whoever has died within a lease has been forgotten by then. */
const AWAITED_MS = OWN_LEASE_MS + 1_000
const AWAIT_PAUSE_MS = 500
const REFUSED_PAUSE_MS = 5_000
const RENEWED_WITHIN_MS = 1_000
const REGISTERED_WITHIN_MS = 3_000
const UNREGISTERED_WITHIN_MS = 1_000
const RETRY_FIRST_MS = 50
/** Below what one connection may have under way. */
const AT_ONCE = 500

interface Kept {
  readonly own: OwnName
  isHeld: boolean
  /** When it is asked for, on the clock, while it is not held. */
  dueAt: number
  refusedSince: number | undefined
}

export class NamesAt {
  readonly #options: NamesAtOptions
  readonly #lease: string
  readonly #backoff: Backoff
  readonly #names = new Map<string, Kept>()
  #timer: Timer | undefined
  #isRunning = false
  #isHurried = false
  #wasAway = false
  #isClosed = false

  constructor(options: NamesAtOptions) {
    this.#options = options
    this.#lease = options.random.identifier()
    this.#backoff = new Backoff(options.random, RETRY_FIRST_MS, RENEWAL_MS)
  }

  keep(names: readonly OwnName[]): void {
    const dueAt = this.#options.clock.now()
    for (const own of names) this.#names.set(own.name, { own, isHeld: false, dueAt, refusedSince: undefined })
    this.#hurry()
  }

  /** Takes back what it holds of them. Never rejects: what can't be taken back ends with the lease. */
  async drop(names: readonly string[]): Promise<void> {
    const dropped = names.flatMap((name) => this.#names.get(name) ?? [])
    for (const { own } of dropped) this.#names.delete(own.name)
    const held = dropped.filter(({ isHeld }) => isHeld)
    await inBatches(held, ({ own }) => this.#unregister(own))
  }

  /** As {@link drop} of all, for good. */
  async close(): Promise<void> {
    await this.leave()
    await this.drop([...this.#names.keys()])
  }

  /** Keeps nothing there any more, and takes nothing back. */
  leave(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    return Promise.resolve()
  }

  #hurry(): void {
    this.#isHurried = true
    if (this.#isRunning || this.#isClosed) return
    this.#timer?.cancel()
    void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#isHurried = false
    const pauseMs = await this.#round()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => (this.#isRunning = false))
    if (!this.#isClosed) this.#next(pauseMs)
  }

  /** At once, if somebody asked for it meanwhile. */
  #next(pauseMs: number): void {
    const delayMs = this.#isHurried ? 0 : pauseMs
    this.#timer = this.#options.clock.after(ms(delayMs), () => void this.#run())
  }

  /** How long the next one may wait, in milliseconds. */
  async #round(): Promise<number> {
    await this.#renew()
    await inBatches(this.#due(), (kept) => this.#register(kept))
    this.#wasAway = false
    this.#options.answered(undefined)
    this.#backoff.reset()
    return this.#pauseMs()
  }

  #failed(error: unknown): number {
    if (!(error instanceof RollcallError)) throw error
    this.#wasAway = true
    this.#options.answered(error)
    return this.#backoff.next()
  }

  /** One that could not grant anything is asked so as well before it is asked for all names. */
  async #renew(): Promise<void> {
    const held = [...this.#names.values()].filter(({ isHeld }) => isHeld)
    if (held.length === 0 && !this.#wasAway) return
    const kept = await this.#options.call('renew', [this.#lease], RENEWED_WITHIN_MS)
    if (kept === held.length) return
    for (const each of held) {
      each.isHeld = false
      each.dueAt = this.#options.clock.now()
    }
  }

  #due(): readonly Kept[] {
    const now = this.#options.clock.now()
    return [...this.#names.values()].filter(({ isHeld, dueAt }) => !isHeld && dueAt <= now)
  }

  #pauseMs(): number {
    const now = this.#options.clock.now()
    const waiting = [...this.#names.values()].filter(({ isHeld }) => !isHeld)
    const pauses = waiting.map(({ dueAt }) => Math.max(dueAt - now, 0))
    return Math.min(RENEWAL_MS, ...pauses)
  }

  /** @throws RollcallError when the name server does not answer */
  async #register(kept: Kept): Promise<void> {
    const { name, uri, isShared = false, metadata = [] } = kept.own
    const how = isShared ? { shared: true } : { safe: true }
    const options = { ...how, metadata: [...metadata], ttlMs: OWN_LEASE_MS, lease: this.#lease }
    try {
      await this.#options.call('register', [name, uri, options], REGISTERED_WITHIN_MS)
    } catch (error) {
      if (!(error instanceof RollcallError) || isAway(error)) throw error
      if (this.#isKept(kept)) this.#refused(kept, error)
      return
    }
    if (this.#isKept(kept)) this.#granted(kept)
    else await this.#unregister(kept.own)
  }

  /** It may have been dropped meanwhile. */
  #isKept(kept: Kept): boolean {
    return this.#names.get(kept.own.name) === kept
  }

  #granted(kept: Kept): void {
    kept.isHeld = true
    kept.refusedSince = undefined
    this.#options.told(kept.own, { kind: 'held' })
  }

  #refused(kept: Kept, error: RollcallError): void {
    const now = this.#options.clock.now()
    kept.refusedSince ??= now
    const isAwaited = error instanceof NameTakenError && now - kept.refusedSince < AWAITED_MS
    kept.dueAt = now + (isAwaited ? AWAIT_PAUSE_MS : REFUSED_PAUSE_MS)
    this.#options.told(kept.own, { kind: isAwaited ? 'awaited' : 'refused', error })
  }

  async #unregister({ name, uri }: OwnName): Promise<void> {
    await this.#options.call('unregister', [name, uri], UNREGISTERED_WITHIN_MS).catch(() => undefined)
  }
}

/** It has not answered, or can't grant anything now. */
function isAway(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.retry === 'elsewhere'
}

/** Rejects as the first of them that does. */
async function inBatches<T>(all: readonly T[], task: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(task))
}
