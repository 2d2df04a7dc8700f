/**
 * A batch on its way: its calls are begun one by one, by whoever has others to serve in between, and its answers gather
 * until all are there. Together they are no longer than a message may be. Once they are, calls that have not begun are
 * refused, and of one that has run it is said that its result did not fit.
 */
import type { CallOutcome } from './call-outcome.js'
import { resultTooLarge, TooLargeError } from './errors.js'
import { bytesAtMost } from './message-size.js'
import { cut, errorText } from './response.js'
import { toWire } from './wire-error.js'

/** What is left to be done of a message. */
export interface Work {
  /** Of one call, about. */
  readonly bytesOfEach: number
  /** Begins one more call. False: that was the last one. */
  next(): boolean
}

type Settle = (outcome: CallOutcome) => void

/** Begins a call, or refuses to, and sees to what becomes of its outcome. */
export type Guard = (run: (settle: Settle) => void, settle: Settle) => void

export interface BatchOptions {
  readonly length: number
  readonly bytesOfEach: number
  /** The longest answer of all together. Bytes. */
  readonly answerBytesMax: number
  /** Answers the request at `index`: undefined, if there is nothing to say. */
  readonly answer: (index: number, guard: Guard, reply: (text: string | undefined) => void) => void
  /** Told once, when all are answered. */
  readonly reply: (text: string | undefined) => void
}

/** What each answer may have whatever the others hold: the members around a result, or an error in few words. */
const ANSWER_BYTES_MIN = 400
const FEW_WORDS_LENGTH = 150

export class Batch implements Work {
  readonly bytesOfEach: number
  readonly #options: BatchOptions
  readonly #answers: (string | undefined)[]
  #begun = 0
  #missing: number
  #room: number
  #isFull = false

  constructor(options: BatchOptions) {
    this.#options = options
    this.bytesOfEach = options.bytesOfEach
    this.#answers = new Array<undefined>(options.length)
    this.#missing = options.length
    this.#room = options.answerBytesMax - ANSWER_BYTES_MIN * options.length
  }

  next(): boolean {
    const index = this.#begun++
    this.#options.answer(index, this.#guard, (text) => this.#answered(index, text))
    return this.#begun < this.#options.length
  }

  readonly #guard: Guard = (run, settle) => {
    if (this.#isFull) settle({ error: toWire(this.#notBegun()) })
    else run((outcome) => settle(this.#fitted(outcome)))
  }

  #fitted(outcome: CallOutcome): CallOutcome {
    const bytes = bytesAtMost('error' in outcome ? errorText(outcome.error) : outcome.result)
    if (bytes <= this.#room) {
      this.#room -= bytes
      return outcome
    }
    this.#isFull = true
    if ('result' in outcome) outcome.onDropped?.()
    return {
      error: 'error' in outcome ? cut(outcome.error, FEW_WORDS_LENGTH) : toWire(resultTooLarge(this.#full())),
    }
  }

  #answered(index: number, text: string | undefined): void {
    this.#answers[index] = text
    this.#missing -= 1
    if (this.#missing > 0) return
    const given = this.#answers.filter((answer) => answer !== undefined)
    this.#options.reply(given.length === 0 ? undefined : listText(given))
  }

  #notBegun(): TooLargeError {
    return new TooLargeError(`${this.#full()}: this call was not executed; send it in another batch`)
  }

  #full(): string {
    return `the answers of a batch have at most ${this.#options.answerBytesMax} bytes together`
  }
}

/** Put together at once: a text made of large parts is copied again when it is looked at. */
function listText([first = '', ...rest]: readonly string[]): string {
  const last = rest.pop()
  return last === undefined ? `[${first}]` : [`[${first}`, ...rest, `${last}]`].join(',')
}
