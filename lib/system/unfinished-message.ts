/**
 * The message that is coming in on a channel and is not complete: how long it may become, for how long it may stand
 * still, what it counts in meanwhile, and that its sender hears that it arrives.
 */
import { ms } from '../ports.js'
import type { Clock, Refusal, Timer } from '../ports.js'
import { afterInput } from '../rpc/deadlines.js'
import type { FrameSplitter } from '../rpc/messages/frames.js'
import type { Sender, UnfinishedInput } from './unfinished-input.js'

/**
 * Between two signs of life to whoever sends a message that takes long to come in. He hears that it arrives, and goes
 * on. Milliseconds.
 */
const SIGN_EVERY_MS = 1_000
/** A message that is longer is asked about. */
const LONG_BYTES = 64 * 1024

/** What becomes of it is up to its channel. */
export interface Recipient {
  /** Whether nothing is read for now. */
  readonly isPaused: () => boolean
  /** A sign of life goes out. */
  readonly sign: () => void
  /** How long a message that begins so may be, in bytes. Undefined: nobody says. */
  readonly longest: (head: string) => number | undefined
  readonly refuse: (reason: Refusal) => void
  readonly fail: (error: Error) => void
}

export interface UnfinishedOptions {
  /** As in LinesOptions. */
  readonly stallMs: number
  /** What it counts in, on the side that listens. Left out: whoever sends it is trusted. */
  readonly input: UnfinishedInput | undefined
}

export class UnfinishedMessage implements Sender {
  /** The last read ended amid a message. */
  isBegun = false
  readonly #clock: Clock
  readonly #splitter: FrameSplitter
  readonly #options: UnfinishedOptions
  readonly #recipient: Recipient
  #bytesMax: number | undefined
  /** When it began, or the last sign of life went out. */
  #signedAt = 0
  #stall: Timer | undefined
  #reads = 0
  /** How many reads there had been at the last look whether it goes on. Undefined: none may come. */
  #readsSeen: number | undefined

  /** `splitter`: keeps what has come of it. */
  constructor(clock: Clock, splitter: FrameSplitter, options: UnfinishedOptions, recipient: Recipient) {
    this.#clock = clock
    this.#splitter = splitter
    this.#options = options
    this.#recipient = recipient
  }

  /** Some of it has been read, or its rest. */
  read(): void {
    const { input } = this.#options
    const { keptBytes } = this.#splitter
    this.#reads += 1
    if (input !== undefined && keptBytes > 0) this.#showLife()
    if (input !== undefined && keptBytes > LONG_BYTES) this.#judgeLength(keptBytes)
    this.isBegun = keptBytes > 0
    input?.holds(this, this.#splitter.keptBytes)
    this.#watch()
  }

  /** It is complete. */
  told(): void {
    this.#bytesMax = undefined
  }

  /** Nothing more is read for now. */
  paused(): void {
    this.#readsSeen = undefined
  }

  refuse(): void {
    this.#recipient.refuse('overloaded')
  }

  /** The rest of it is not wanted. */
  forget(): void {
    this.#options.input?.holds(this, 0)
  }

  end(): void {
    this.forget()
    this.#stall?.cancel()
  }

  /** While bytes of one message keep coming, and for no longer. */
  #showLife(): void {
    const now = this.#clock.now()
    if (this.isBegun && now - this.#signedAt < SIGN_EVERY_MS) return
    if (this.isBegun) this.#recipient.sign()
    this.#signedAt = now
  }

  /** What would be refused for its length when it is there is not kept until then. */
  #judgeLength(bytes: number): void {
    this.#bytesMax ??= this.#recipient.longest(this.#splitter.head) ?? Infinity
    if (bytes > this.#bytesMax) this.#splitter.abridge()
  }

  /** Looks from time to time whether it goes on. */
  #watch(): void {
    const { stallMs } = this.#options
    if (this.#stall !== undefined || stallMs === 0 || this.#splitter.keptBytes === 0) return
    this.#readsSeen = this.#recipient.isPaused() ? undefined : this.#reads
    this.#stall = afterInput(this.#clock, ms(stallMs), () => this.#look())
  }

  #look(): void {
    this.#stall = undefined
    if (this.#splitter.keptBytes > 0 && this.#reads === this.#readsSeen)
      this.#recipient.fail(new Error('the other end stopped in the middle of a message'))
    else this.#watch()
  }
}
