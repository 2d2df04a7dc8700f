/**
 * Whether the other end is still the right one to wait for: a host that has vanished says nothing, and what was asked
 * of it may be had elsewhere long before its silence proves anything. Whoever waits for an answer and hears nothing
 * asks for a sign of life. When none comes, those who know better are asked, and the other end is left once somebody
 * else is in its place.
 */
import { ms } from '../../ports.js'
import type { Clock, Timer } from '../../ports.js'
import { afterInput } from '../deadlines.js'

/** Two of them pass before anybody is asked: by then a cluster with the default timeouts may have another leader. */
const LOOK_MS = 100
/** One that answers, however long its calls take, is looked at ever more rarely. */
const LOOK_MAX_MS = 2_000
/** While nobody is in its place, those who know better are asked ever more rarely. */
const ASK_AGAIN = 1.5

export interface DoubtsOptions {
  readonly clock: Clock
  /** Whether anybody waits for the other end. */
  readonly isAwaited: () => boolean
  /** Asks it for a sign of life. */
  readonly ping: () => void
  /** Whether somebody else is in its place by now. Never rejects. */
  readonly isReplaced: () => Promise<boolean>
  /** So it is. */
  readonly replaced: () => void
}

export class Doubts {
  readonly #options: DoubtsOptions
  #timer: Timer | undefined
  /** From one sign of life to the next look. */
  #calmMs = LOOK_MS
  /** From asking to the next time. */
  #askedMs = LOOK_MS
  #wasHeard = false
  #wasCalled = false
  #isPinged = false
  #isAsking = false
  #isEnded = false

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** Somebody waits for the other end from now on. */
  called(): void {
    this.#wasCalled = true
    if (this.#timer !== undefined || this.#isEnded) return
    this.#wasHeard = false
    this.#calmDown()
  }

  heard(): void {
    this.#wasHeard = true
  }

  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  #calmDown(): void {
    this.#calmMs = this.#wasCalled ? LOOK_MS : Math.min(2 * this.#calmMs, LOOK_MAX_MS)
    this.#wasCalled = false
    this.#wasHeard = false
    this.#isPinged = false
    this.#askedMs = LOOK_MS
    this.#wait(this.#calmMs)
  }

  #wait(delayMs: number): void {
    this.#timer = afterInput(this.#options.clock, ms(delayMs), () => this.#look())
  }

  #look(): void {
    this.#timer = undefined
    if (!this.#options.isAwaited()) return
    if (this.#wasHeard) this.#calmDown()
    else if (this.#isPinged) void this.#ask()
    else this.#ping()
  }

  #ping(): void {
    this.#isPinged = true
    this.#wait(LOOK_MS)
    this.#options.ping()
  }

  async #ask(): Promise<void> {
    this.#wait(this.#askedMs)
    this.#askedMs = Math.min(this.#askedMs * ASK_AGAIN, LOOK_MAX_MS)
    if (this.#isAsking) return
    this.#isAsking = true
    const isReplaced = await this.#options.isReplaced()
    this.#isAsking = false
    // It may have spoken meanwhile.
    if (isReplaced && this.#isSilent) this.#options.replaced()
  }

  get #isSilent(): boolean {
    return !this.#isEnded && this.#isPinged && !this.#wasHeard && this.#options.isAwaited()
  }
}
