/**
 * A batch on its way: its calls are begun one by one, by whoever has others to serve in between, and its answers gather
 * until all are there. Together they are no longer than a message may be. Once they are, calls that have not begun are
 * refused, and of one that has run it is said that its result did not fit.
 *
 * Calls run side by side, unless they say in which order they want to be among those before them. One that is in order
 * never runs before one that must be sent again: it is refused with it.
 */
import type { CallOutcome } from './call-outcome.js'
import { NotLeaderError, resultTooLarge, TooLargeError } from '../errors.js'
import type { InOrder } from '../exposed.js'
import { bytesAtMost } from '../messages/message-size.js'
import { cut, errorText } from '../messages/response.js'
import { toWire } from '../wire-error.js'
import type { WireError } from '../wire-error.js'

/** What is left to be done of a message. */
export interface Work {
  /** Of one call, about. */
  readonly bytesOfEach: number
  /** Begins one more call. False: that was the last one. */
  next(): boolean
}

type Settle = (outcome: CallOutcome) => void

/**
 * Begins a call, or refuses to, and sees to what becomes of its outcome. `inOrder`:
 * undefined of one that waits for nobody.
 */
export type Guard = (run: (settle: Settle) => void, settle: Settle, inOrder: InOrder | undefined) => void

interface BatchedCall {
  readonly run: (settle: Settle) => void
  readonly settle: Settle
  readonly inOrder: InOrder
}

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

/** OUTCOME_UNKNOWN: its caller sends the command again, which may have run. */
const UNKNOWN = -32002
/** NOT_LEADER, NO_QUORUM, OVERLOADED: the call has not run, and its caller sends it again. */
const SENT_AGAIN: ReadonlySet<number> = new Set([UNKNOWN, -32001, -32003, -32010])

export class Batch implements Work {
  readonly bytesOfEach: number
  readonly #options: BatchOptions
  readonly #answers: (string | undefined)[]
  #begun = 0
  #missing: number
  #room: number
  #isFull = false
  #running = 0
  /** In order, and for those before them. */
  readonly #waiting: BatchedCall[] = []
  #isBeginning = false
  /** Of a call that is sent again: those behind it that are in order are, too. */
  #sentAgain: WireError | undefined

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

  readonly #guard: Guard = (run, settle, inOrder) => {
    if (inOrder === undefined) return this.#begin(run, settle)
    this.#waiting.push({ run, settle, inOrder })
    this.#beginWaiting()
  }

  #beginWaiting(): void {
    // One that is over at once comes here again.
    if (this.#isBeginning) return
    this.#isBeginning = true
    for (let call = this.#waiting[0]; call !== undefined && this.#isDue(call); call = this.#waiting[0]) {
      this.#waiting.shift()
      this.#begin(call.run, call.settle, call.inOrder)
    }
    this.#isBeginning = false
  }

  #isDue({ inOrder }: BatchedCall): boolean {
    return inOrder === 'begun' || this.#running === 0
  }

  #begin(run: BatchedCall['run'], settle: Settle, inOrder?: InOrder): void {
    if (this.#isFull) return settle({ error: toWire(this.#notBegun()) })
    if (this.#sentAgain !== undefined && inOrder !== undefined)
      return settle({ error: behind(this.#sentAgain) })
    this.#running += 1
    run((outcome) => {
      this.#running -= 1
      if ('error' in outcome && SENT_AGAIN.has(outcome.error.code)) this.#sentAgain ??= outcome.error
      settle(this.#fitted(outcome))
      if (this.#waiting.length > 0) this.#beginWaiting()
    })
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

function behind(before: WireError): WireError {
  const message = `not executed, as one before it in its batch is to be sent again: ${before.message}`
  // What is unknown of that one is known of this one.
  return before.code === UNKNOWN ? toWire(new NotLeaderError(NOBODY, message)) : { ...before, message }
}

const NOBODY = { leader: null, term: 0, members: [] }

/** Many MiB are put together where they are written: while others are, that is in another turn than the last call's. */
function listText(answers: readonly string[]): string {
  return `[${answers.reduce((list, answer) => `${list},${answer}`)}]`
}
