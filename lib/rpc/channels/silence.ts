/**
 * Whoever has come in says what it wants, or is shown the door: a connection costs this process as much as one that is
 * of use. Whose first message takes its time is not silent, nor is one who waits for a turn.
 */
import { ms } from '../../ports.js'
import type { Channel, Clock, Timer } from '../../ports.js'
import { afterInput } from '../deadlines.js'

// Of a first message that takes longer than silence is allowed, so much must come in as long a time.
const FIRST_MESSAGE_BYTES_MIN = 10 * 1024

export interface SilenceOptions {
  readonly channel: Pick<Channel, 'unfinishedBytes'>
  readonly clock: Clock
  readonly silenceMs: number
  /** It has said something that was understood, and shown who it is. */
  readonly isKnown: () => boolean
  /** What it has said waits for its turn. */
  readonly isWaiting: () => boolean
  readonly over: () => void
}

export class Silence {
  readonly #options: SilenceOptions
  #timer: Timer
  /** Of a first message that has begun, when it was last looked at. */
  #unfinishedBytes = 0

  constructor(options: SilenceOptions) {
    this.#options = options
    this.#timer = this.#wait()
  }

  end(): void {
    this.#timer.cancel()
  }

  #wait(): Timer {
    const { clock, silenceMs } = this.#options
    return afterInput(clock, ms(silenceMs), () => this.#look())
  }

  #look(): void {
    const { channel, isKnown, isWaiting, over } = this.#options
    if (isKnown()) return
    const { unfinishedBytes } = channel
    const isComing = unfinishedBytes - this.#unfinishedBytes >= FIRST_MESSAGE_BYTES_MIN
    this.#unfinishedBytes = unfinishedBytes
    if (isComing || isWaiting()) this.#timer = this.#wait()
    else over()
  }
}
