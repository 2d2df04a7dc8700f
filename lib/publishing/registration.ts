/**
 * One name kept registered: registered now, then renewed long before its lease ends, for as long as it is wanted.
 * What the name server answers decides about the next attempt and about nothing else: consensus never waits for it.
 */
import type { Fence, RegisterOptions } from '../names.js'
import { ms, type Clock, type Logger, type Random, type Timer } from '../ports.js'
import { Backoff } from '../rpc/channels/backoff.js'
import { NameTakenError, RollcallError, StaleTermError } from '../rpc/errors.js'

/** How long a record outlives the process that renews it. */
export const LEASE_MS = 30_000
const RENEWAL_MS = LEASE_MS / 3
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 5_000

export interface Entry {
  readonly name: string
  readonly uri: string
  readonly options: RegisterOptions
  /**
   * Asked for at each attempt, where there is only one who may have the name: a fence that is too low then is not too
   * late, but too early. Undefined: none yet, and until there is one anybody could take the name. Left out: that of
   * `options`, or none.
   */
  readonly fence?: () => Fence | undefined
}

export type Register = (name: string, uri: string, options: RegisterOptions) => Promise<unknown>

export interface RegistrationPorts {
  readonly register: Register
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class Registration {
  readonly #ports: RegistrationPorts
  readonly #entry: Entry
  readonly #backoff: Backoff
  #timer: Timer | undefined
  #isStopped = false
  #hasWarned = false

  /** Makes the first attempt at once. */
  constructor(entry: Entry, ports: RegistrationPorts) {
    this.#entry = entry
    this.#ports = ports
    this.#backoff = new Backoff(ports.random, RETRY_FIRST_MS, RETRY_MAX_MS)
    void this.#attempt()
  }

  /** No attempt begins after this. The record stays until its lease ends or somebody else takes the name. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #attempt(): Promise<void> {
    const { name, uri, options } = this.#entry
    const fence = this.#entry.fence?.()
    try {
      await this.#ports.register(name, uri, { ...options, ...(fence && { fence }), ttlMs: LEASE_MS })
      if (fence === undefined && this.#entry.fence !== undefined) this.#again(this.#backoff.next())
      else this.#succeeded()
    } catch (error) {
      this.#failed(error, fence)
    }
  }

  #succeeded(): void {
    this.#backoff.reset()
    this.#hasWarned = false
    this.#again(RENEWAL_MS)
  }

  #failed(error: unknown, fence: Fence | undefined): void {
    if (this.#isStopped) return
    const { name, uri } = this.#entry
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof StaleTermError && this.#entry.fence === undefined) {
      // Another leader has been there since: whatever comes, this term's claim is over.
      this.#ports.logger.debug(`the name ${name} is a later leader's`, { reason })
      this.stop()
    } else if (isRefusal(error) && !this.#isEarly(error, fence)) {
      if (!this.#hasWarned) this.#ports.logger.warn(`the name server refuses ${name} for ${uri}`, { reason })
      this.#hasWarned = true
      this.#again(RENEWAL_MS)
    } else {
      this.#again(this.#backoff.next())
    }
  }

  /**
   * It has moved, or did not know its cluster when it claimed the name, and what it will be told soon lets it have it.
   */
  #isEarly(error: unknown, fence: Fence | undefined): boolean {
    if (this.#entry.fence === undefined) return false
    return error instanceof StaleTermError || (error instanceof NameTakenError && fence === undefined)
  }

  #again(delay: number): void {
    if (this.#isStopped) return
    this.#timer = this.#ports.clock.after(ms(delay), () => void this.#attempt())
  }
}

/** The name server has answered, and would answer the same if it were asked again soon, as would any other. */
function isRefusal(error: unknown): boolean {
  return error instanceof RollcallError && error.outcome === 'not-executed' && error.retry !== 'elsewhere'
}
