/**
 * The calls that come in on one channel. They run in turns with those of all other connections, and what can't begin
 * yet is held (`intake.ts`). They are busy while too many of them, or too large ones, are in flight or too much output
 * waits. Those that wait for answers of the other end do not count as running.
 */
import type { Json } from '../../json.js'
import type { Channel } from '../../ports.js'
import type { Work } from '../answering/batch.js'
import { HELD_BYTES_COUNTED } from '../answering/holdings.js'
import { CommandShare } from '../answering/turns.js'
import { OverloadedError } from '../errors.js'
import type { AnswerFrame, CallsUnderWay, ConnectionContext } from '../exposed.js'
import { frameOf, readFrame } from '../messages/frames.js'
import { errorResponse } from '../messages/response.js'
import { withoutStack } from '../../without-stack.js'
import { Intake, type Source, type Taker } from './intake.js'
import type { Served } from './served.js'
import type { Standing } from './standing.js'
import { WaitingResults } from './waiting-results.js'

// More output than this waits for the other end to read before more calls are taken.
const OUTPUT_BYTES_PAUSE = 1024 * 1024
// Of a call that sets nothing in motion which comes later, beside a command: its own time tells what it costs.
const LIGHT_CALL = 1 / 4

/** The connection that they came over. */
export interface Caller extends ConnectionContext, Source {
  readonly isGone: boolean
  /** Its calls are the last: it wants to know when they have ended. */
  readonly isEnding: boolean
  /** How many of its calls run, and can't end before the other end does something. */
  readonly waiting: number
  /** A message, or a frame. */
  answer(what: string | Uint8Array): void
  /** Nothing waits any more, or one less of the last ones. */
  rested(): void
  /** Too much has come that is no call. */
  refuseMore(): void
}

export class IncomingCalls implements Taker, CallsUnderWay {
  readonly #channel: Channel
  readonly #served: Served
  readonly #caller: Caller
  readonly #standing: Standing
  readonly #commands: CommandShare
  readonly #intake: Intake
  readonly #results: WaitingResults
  /** Of a batch, what has not begun; it goes before what is held. */
  #work: Work | undefined
  #inflight = 0
  /** How many have begun to run. */
  #begun = 0
  /** What the last message counts among the calls of a slice. */
  #weight = 1
  /** Of messages without an answer. */
  #inputBytes = 0

  constructor(channel: Channel, served: Served, caller: Caller, standing: Standing) {
    this.#channel = channel
    this.#served = served
    this.#caller = caller
    this.#standing = standing
    this.#commands = new CommandShare(served.turns)
    this.#intake = new Intake(channel, served, this, caller)
    this.#results = new WaitingResults(served.turns, this)
  }

  /** None runs, and none waits. */
  get areDone(): boolean {
    return this.#inflight === 0 && this.#work === undefined && !this.isAnyHeld
  }

  /** Of those that have begun. */
  get running(): number {
    return this.#inflight
  }

  /** There is none but the one that asks. */
  get isOne(): boolean {
    return this.#inflight <= 1 && this.#results.count === 0
  }

  get isAnyHeld(): boolean {
    return this.#intake.held.bytes > 0
  }

  /** Of those that run or are held. */
  get bytes(): number {
    return this.#inputBytes + this.#intake.held.bytes
  }

  /** One message, and what it says, where it was read. */
  take(text: string, json: Json | undefined): void {
    const isFull = this.#inputBytes >= this.#served.limits.inputBytesMax
    const isFirst = this.#work === undefined && this.#intake.held.bytes === 0
    if (isFull || !isFirst || this.isBusy()) this.#intake.hold(text)
    else if (this.#standing.isStillFavoured?.() === true) this.#run(text, json)
    else if (this.#served.turns.admits()) {
      this.#weight = 1
      this.#run(text, json)
      this.#served.turns.ended(this.#weight)
    } else this.#intake.hold(text)
  }

  /** It runs at once: frames are for fellows. Who is one no more has sent nothing that can be taken. */
  takeFrame(frame: Uint8Array, answer: AnswerFrame): void {
    const isFellow = this.#standing.isStillFavoured?.() === true
    const { id, content } = (isFellow ? readFrame(frame) : undefined) ?? {}
    if (id === undefined || content === undefined) {
      if (!this.#standing.heard()) this.#caller.refuseMore()
    } else if (this.isBusy()) this.#caller.answer(errorResponse(tooBusy(), String(id)))
    else this.#runFrame(id, content, answer)
  }

  began(isCommand: boolean): void {
    if (this.#standing.isDoubtful) this.#standing.understood()
    this.#begun += 1
    this.#inflight += 1
    if (isCommand) this.#commands.began()
    else this.#weight = LIGHT_CALL
  }

  ended(wasCommand: boolean): void {
    this.#inflight -= 1
    if (wasCommand) this.#commands.ended()
    if (this.#intake.isPaused) this.#intake.goOn()
    if (this.#caller.isEnding) this.#caller.rested()
  }

  /**
   * Runs `write` now or in this connection's turn: many large results at once would keep
   * the process from hearing anybody.
   */
  result(write: () => number): void {
    if (this.#caller.isGone || this.#standing.isStillFavoured?.() === true) write()
    else if (this.#results.count === 0 && this.#served.turns.admitsResult()) {
      write()
      this.#served.turns.ended(0)
    } else this.#results.add(write)
  }

  /** What comes is held from here on, until something changes. */
  hold(): void {
    this.#intake.pause()
  }

  /** Something has changed that they may have waited for. */
  goOn(): void {
    this.#intake.goOn()
  }

  /** In its turn: one call of what waits here. */
  runNext(): number | undefined {
    if (this.#caller.isGone) return undefined
    if (this.#results.count > 0) return this.#results.writeSome()
    if (this.isBusy()) return undefined
    if (this.#work !== undefined) return this.#continue(this.#work)
    if (this.#inputBytes >= this.#served.limits.inputBytesMax) return undefined
    const text = this.#intake.held.take()
    if (text === undefined) this.#rest()
    else this.#run(text)
    return text?.length
  }

  /** Of the calls that run, and of what they bring. */
  isBusy(): boolean {
    const { inflightCallsMax } = this.#served.limits
    const isFull =
      this.#inflight >= inflightCallsMax && this.#inflight - this.#caller.waiting >= inflightCallsMax
    if (this.#standing.isJudged || this.#commands.isUsedUp || isFull) return true
    return this.#channel.bufferedBytes > OUTPUT_BYTES_PAUSE
  }

  /** Nothing of what is held is begun. */
  forgetHeld(): void {
    this.#intake.held.clear()
  }

  /** Nothing of what waits is begun. */
  forget(): void {
    this.forgetHeld()
    this.#work = undefined
  }

  /** Whose result they are has ended as far as others are concerned. */
  writeAll(): void {
    this.#results.writeAll()
  }

  #runFrame(id: number, content: Uint8Array, answer: AnswerFrame): void {
    const { length } = content
    this.began(false)
    this.#inputBytes += length
    if (length > HELD_BYTES_COUNTED) this.#served.holdings.grown(this.#caller)
    const settle = (written: string | Uint8Array): void => {
      this.#inputBytes -= length
      this.#caller.answer(written)
      this.ended(false)
    }
    answer(content).then(
      (parts) => settle(frameOf(id, parts)),
      (error: unknown) => settle(errorResponse(error, String(id))),
    )
  }

  #run(text: string, json?: Json): void {
    const { length } = text
    this.#inputBytes += length
    if (length > HELD_BYTES_COUNTED) this.#served.holdings.grown(this.#caller)
    const before = this.#begun
    this.#work = this.#served.rpc.answer(
      text,
      this.#caller,
      (answer) => {
        this.#inputBytes -= length
        if (answer !== undefined) this.#caller.answer(answer)
      },
      json,
    )
    if (this.#work !== undefined) this.#begin(this.#work)
    if (this.#begun === before && !this.#standing.heard()) this.#caller.refuseMore()
  }

  /** A batch of one call is a call. */
  #begin(work: Work): void {
    this.#continue(work)
    if (this.#work !== undefined) this.#intake.pause()
  }

  #continue(work: Work): number {
    if (!work.next()) this.#work = undefined
    return work.bytesOfEach
  }

  #rest(): void {
    this.#intake.rest()
    this.#caller.rested()
  }
}

function tooBusy(): OverloadedError {
  const sentence = 'not executed: more calls of this connection run, or more answers wait, than may'
  return withoutStack(() => new OverloadedError(sentence))
}
