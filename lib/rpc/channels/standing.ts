/**
 * Who is at the other end of a channel, as far as that is known: whether he has said anything that can be understood,
 * is let in, or is a fellow.
 */
import type { Channel, Clock, Logger } from '../../ports.js'
import { RollcallError, UnauthorizedError } from '../errors.js'
import type { Limits } from '../limits.js'
import { toWire } from '../wire-error.js'
import { Silence } from './silence.js'

// Each costs as much as a call: who sends more of them one after another does not speak this language.
export const UNINTELLIGIBLE_MAX = 1000

export interface StandingParts {
  readonly channel: Channel
  readonly clock: Clock
  readonly limits: Pick<Limits, 'silenceMs'>
  readonly logger: Logger
  /** What it has said waits for its turn. */
  readonly isWaiting: () => boolean
  /** It has shown who it is, or nobody asks. */
  readonly isShown: () => boolean
  /** It has said nothing for too long. */
  readonly over: () => void
  /** It has called for long enough, and not shown who it is. */
  readonly unshown: () => void
}

export class Standing {
  /** It has made a call, or was chosen by this end. */
  #hasSpoken: boolean
  /** It has shown who it is, or nobody asked, when that was last looked at. */
  #wasShown = false
  /** Of how many judgements of whoever is there is waited for. */
  #judgements = 0
  /** Why it is not let in. */
  refusal: RollcallError | undefined
  /** It has said nothing yet that was understood, or the last message was nothing of that kind. */
  isDoubtful = true
  /** Of a fellow: whether it is one still. Undefined: it is none. */
  isStillFavoured: (() => boolean) | undefined
  readonly #parts: StandingParts
  /** Until the first call has come. Undefined: it is known who is there. */
  #silence: Silence | undefined
  /** How many of the last messages were none that could be understood, one after another. */
  #unintelligible = 0

  constructor(hasSpoken: boolean, parts: StandingParts) {
    this.#hasSpoken = hasSpoken
    this.#parts = parts
  }

  /** From now on it has so long to show who it is. */
  begin(): void {
    if (!this.isKnown) this.#silence = this.#awaitFirst()
  }

  /** It has made a call, and shown who it is, where that is asked. */
  get isKnown(): boolean {
    return this.#hasSpoken && (this.#wasShown ||= this.#parts.isShown())
  }

  /** Of a fellow member, which has shown who it is: its messages run at once, and may be long, until it is one no more. */
  favour(isStill: () => boolean): void {
    let isFavoured = true
    this.isStillFavoured = () => (isFavoured &&= isStill())
  }

  get isFavoured(): boolean {
    return this.isStillFavoured?.() === true
  }

  /** Nothing begins before that. Where it rejects, the other end hears why, and the connection ends. */
  async judge(admission: Promise<void>): Promise<void> {
    this.#judgements += 1
    try {
      await admission
    } catch (error) {
      this.refusal = error instanceof RollcallError ? error : new UnauthorizedError(toWire(error).message)
      this.#silence ??= this.#awaitFirst()
    }
    this.#judgements -= 1
  }

  /** Whether it is let in has not been said yet. */
  get isJudged(): boolean {
    return this.#judgements > 0
  }

  /** A message has come that may be no call. False: too many have been none, one after another. */
  heard(): boolean {
    this.isDoubtful = true
    this.#unintelligible += 1
    return this.#unintelligible <= UNINTELLIGIBLE_MAX
  }

  /** The last message was a call. */
  understood(): void {
    this.#hasSpoken = true
    this.isDoubtful = false
    this.#unintelligible = 0
  }

  end(): void {
    this.#silence?.end()
  }

  #awaitFirst(): Silence {
    const { channel, clock, limits, isWaiting, over, unshown } = this.#parts
    return new Silence({
      channel,
      clock,
      silenceMs: limits.silenceMs,
      isKnown: () => this.isKnown,
      isWaiting,
      over: () => {
        const { remote } = channel
        const what = this.#hasSpoken ? 'has not shown who it is' : 'said nothing intelligible'
        this.#parts.logger.debug(`closed a connection that ${what}`, { remote })
        if (this.#hasSpoken) unshown()
        else over()
      },
    })
  }
}
