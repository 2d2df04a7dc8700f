/**
 * For connections that are read no further while their calls run. Their pings are not read either: whoever is at the
 * other end hears from time to time that this process is there, and goes on waiting.
 */
import type { Channel, Clock, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import { Slices } from '../slices.js'

/** Well below the heartbeat of whoever listens. Milliseconds. */
const SIGN_EVERY_MS = 1_000
const SLICE_MS = 1

export class SignsOfLife {
  readonly #clock: Clock
  readonly #slices: Slices
  /** When each is due, the next first. */
  readonly #dueAt = new Map<Channel, number>()
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#slices = new Slices(clock, SLICE_MS, () => this.#signSome())
  }

  /** Harmless when it has begun. */
  begin(channel: Channel): void {
    if (this.#dueAt.has(channel)) return
    this.#dueAt.set(channel, this.#clock.now() + SIGN_EVERY_MS)
    this.#timer ??= this.#clock.after(ms(SIGN_EVERY_MS), () => this.#slices.plan())
  }

  end(channel: Channel): void {
    this.#dueAt.delete(channel)
    if (this.#dueAt.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #signSome(): boolean {
    for (const [channel, dueAt] of this.#dueAt) {
      const now = this.#clock.now()
      if (dueAt > now) {
        this.#timer = this.#clock.after(ms(dueAt - now), () => this.#slices.plan())
        return false
      }
      if (!this.#slices.hasRoom(now)) return true
      this.#dueAt.delete(channel)
      this.#dueAt.set(channel, now + SIGN_EVERY_MS)
      channel.sign()
    }
    return false
  }
}
