/**
 * What has come in on a channel and can't begin yet. While something waits the channel is read no further, but for
 * answers that this end waits for, as they come between requests: two ends that wait for each other would wait for
 * ever. The other end hears that somebody is here, as its pings are not read either.
 */
import type { Channel, Holder } from '../../ports.js'
import { HELD_BYTES_COUNTED, type Holdings } from '../answering/holdings.js'
import { Queue } from '../answering/queue.js'
import type { SignsOfLife } from '../answering/signs-of-life.js'
import type { Party, Turns } from '../answering/turns.js'
import type { Limits } from '../limits.js'

/** Whoever takes it from here in its turns. */
export interface Taker extends Party {
  /** It can't begin anything, turn or no turn. */
  isBusy(): boolean
}

/** The connection that it comes over. */
export interface Source extends Holder {
  readonly isGone: boolean
  /** It waits for answers of the other end. */
  awaitsAnswers(): boolean
}

export interface IntakeParts {
  readonly turns: Turns
  readonly signs: SignsOfLife
  readonly holdings: Holdings
  readonly limits: Pick<Limits, 'inputBytesMax'>
}

export class Intake {
  readonly held = new Queue()
  /** What comes is held. */
  isPaused = false
  readonly #channel: Channel
  readonly #parts: IntakeParts
  readonly #taker: Taker
  readonly #source: Source
  /** It is read no further. */
  #isStopped = false
  /** Of what is held, when it was last counted among what all hold. */
  #countedBytes = 0

  constructor(channel: Channel, parts: IntakeParts, taker: Taker, source: Source) {
    this.#channel = channel
    this.#parts = parts
    this.#taker = taker
    this.#source = source
  }

  hold(text: string): void {
    this.held.put(text)
    if (this.held.bytes > this.#countedBytes + HELD_BYTES_COUNTED) this.#count()
    this.pause()
  }

  /** What comes is held from here on, until nothing waits any more. */
  pause(): void {
    this.isPaused = true
    this.#readIfNeeded()
    this.goOn()
  }

  /** What waits here is due in its turn, and when nothing does, more is read. */
  goOn(): void {
    if (!this.isPaused || this.#source.isGone) return
    this.#readIfNeeded()
    if (this.#taker.isBusy()) this.#parts.signs.begin(this.#channel)
    else this.#parts.turns.wait(this.#taker)
  }

  /** Nothing waits. */
  rest(): void {
    this.#countedBytes = 0
    if (!this.isPaused || this.#source.isGone) return
    this.isPaused = false
    this.#parts.signs.end(this.#channel)
    this.#readIfNeeded()
  }

  #count(): void {
    this.#countedBytes = this.held.bytes
    this.#parts.holdings.grown(this.#source)
  }

  #readIfNeeded(): void {
    const isFull = this.held.bytes >= this.#parts.limits.inputBytesMax
    const stops = this.isPaused && (isFull || !this.#source.awaitsAnswers())
    if (stops === this.#isStopped || this.#source.isGone) return
    this.#isStopped = stops
    if (stops) this.#channel.pause()
    else this.#channel.resume()
  }
}
