/** How a channel comes to its end, and who is told of it. */
import type { Channel, EndHearer } from '../../ports.js'
import type { SignsOfLife } from '../answering/signs-of-life.js'

export class Ending {
  /** The other end sends no more, and may still read. */
  isFinished = false
  /** It is to end with the calls that run, of which no more come. */
  isPlanned = false
  /** Nobody is there any more. */
  isOver = false
  readonly #channel: Channel
  readonly #signs: SignsOfLife
  #hearers: EndHearer[] = []
  /** Somebody has asked whether calls are given up, as they are with the end. */
  #isAsked = false

  constructor(channel: Channel, signs: SignsOfLife) {
    this.#channel = channel
    this.#signs = signs
  }

  hear(hearer: EndHearer): void {
    if (this.isOver) return hearer.gone()
    this.#hearers.push(hearer)
    if (this.isFinished) hearer.finished?.()
    this.watch()
  }

  /** Nobody who hears of it has anything to keep until then. */
  get isAtRest(): boolean {
    return this.#hearers.every((hearer) => hearer.isAtRest?.() === true)
  }

  isAwaited(): void {
    this.#isAsked = true
    this.watch()
  }

  tellFinished(): void {
    for (const hearer of this.#hearers) hearer.finished?.()
    this.watch()
  }

  over(): void {
    this.isOver = true
    this.#signs.end(this.#channel)
  }

  tell(): void {
    const hearers = this.#hearers
    this.#hearers = []
    for (const hearer of hearers) hearer.gone()
  }

  /**
   * Whether anybody still reads there shows only when something is sent: who wants to know
   * of the end would wait for ever.
   */
  watch(): void {
    if (!this.isFinished || this.isOver) return
    if (this.#isAsked || this.#hearers.length > 0) this.#signs.begin(this.#channel)
  }
}
