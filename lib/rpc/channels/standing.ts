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
  /** It has said nothing for too long. */
  readonly over: () => void
}

export class Standing {
  /** It has made a call, or was chosen by this end. */
  isKnown: boolean
  /** Whether it is let in has not been said yet. */
  isJudged = false
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

  constructor(isKnown: boolean, parts: StandingParts) {
    this.isKnown = isKnown
    this.#parts = parts
    if (!isKnown) this.#silence = this.#awaitFirst()
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
    this.isJudged = true
    try {
      await admission
    } catch (error) {
      this.refusal = error instanceof RollcallError ? error : new UnauthorizedError(toWire(error).message)
      this.#silence ??= this.#awaitFirst()
    }
    this.isJudged = false
  }

  /** A message has come that may be no call. False: too many have been none, one after another. */
  heard(): boolean {
    this.isDoubtful = true
    this.#unintelligible += 1
    return this.#unintelligible <= UNINTELLIGIBLE_MAX
  }

  /** The last message was a call. */
  understood(): void {
    this.isKnown = true
    this.isDoubtful = false
    this.#unintelligible = 0
  }

  end(): void {
    this.#silence?.end()
  }

  #awaitFirst(): Silence {
    const { channel, clock, limits, isWaiting, over } = this.#parts
    return new Silence({
      channel,
      clock,
      silenceMs: limits.silenceMs,
      isKnown: () => this.isKnown,
      isWaiting,
      over: () => {
        this.#parts.logger.debug('closed a connection that said nothing intelligible', {
          remote: channel.remote,
        })
        over()
      },
    })
  }
}
