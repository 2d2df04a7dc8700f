/**
 * Requests that this end of a channel has sent: each has a number of its own, by which its answer finds it, and a time
 * until which it waits. Both ends of a channel count for themselves.
 */
import { jsonIn, type Json } from '../../json.js'
import type { Channel, Clock, Ms } from '../../ports.js'
import { decoded } from '../../values/decoded.js'
import { AbandonedCalls } from './abandoned-calls.js'
import { Gathering, type BatchToSend } from './gathering.js'
import { afterTheEnd, answeredInBytes, lost, notSent, unanswered, type End } from './no-answer.js'
import { Deadlines } from '../deadlines.js'
import { envelopeOf } from '../messages/envelope.js'
import { InternalError, resultTooLarge } from '../errors.js'
import type { NoAnswer, RollcallError } from '../errors.js'
import type { AnswerMeta } from '../exposed.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { holdsTooMuch, VALUES_MAX } from '../messages/message-size.js'
import type { Parcel } from '../handing/parcel.js'
import { frameOf, readFrame } from '../messages/frames.js'
import { readResponse } from '../messages/response.js'
import { isSurelyReport, readReport } from './reports.js'
import type { Response } from '../messages/response.js'
import { fromWire, isRefusal, toWire } from '../wire-error.js'

/** A call whose request is written up to its id. */
export interface OutgoingCall {
  readonly method: string
  /** On `clock.now()`. */
  readonly deadline: Ms
  readonly resolve: (result: Json) => void
  /** In place of `resolve`, for a result with tags. Absent: who calls reads none. */
  readonly resolveValue?: ((value: unknown) => void) | undefined
  readonly reject: (error: RollcallError) => void
  /** The members of the request after its id, and the closing brace. */
  readonly rest: string
  /** In place of `rest`: it goes as a frame, over a channel that carries them. */
  readonly content?: readonly Uint8Array[]
  /** In place of `resolve`: it is answered by a frame. */
  readonly resolveContent?: (content: Uint8Array) => void
  /** Its request says that this end reads tags. */
  readonly tellsTags?: boolean
  /**
   * It goes in one message with the calls that follow it in this turn and are of the same
   * batch. Absent: in one of its own.
   */
  readonly batch?: BatchToSend | undefined
  /** Nobody waits for its answer: it is a notification, and resolves, with null, when it is sent. Default false. */
  readonly isOneway?: boolean
  /** Told its id once it is sent. */
  readonly onSent?: ((id: number) => void) | undefined
  /** Told before `resolve` when the answer has a member `meta`. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /** Told how far it has come, as long as it is waited for. */
  readonly onProgress?: ((value: unknown) => void) | undefined
  /** Told when it is not sent, or answered as not executed, though nobody waits for that any more. */
  readonly onRefused?: (() => void) | undefined
}

/** What a message is that may be an answer. Taken: it was one, and has found its call. */
export type Reading = 'taken' | 'unasked' | NoResponse

/** A request, or what is nothing; and what it says, if that was read. */
export interface NoResponse {
  readonly json?: Json | undefined
}

export interface OutgoingOptions {
  readonly channel: Pick<Channel, 'send' | 'sendFrame' | 'bufferedBytes'>
  readonly clock: Clock
  /** The other end, for messages. */
  readonly name: string
  /** For what a result with tags points at. */
  readonly parcel: () => Pick<Parcel, 'meet' | 'refer' | 'decline'>
  /** How many may wait for their answers at a time. Default: as many as anybody likes. */
  readonly callsMax?: number
}

const UNREAD: NoResponse = {}
/** As this program writes them. What is not written so is read. */
const SURELY_REQUEST = /^\{"jsonrpc":"2\.0",(?:"id":[0-9]+,)?"method":/
/** As most programs write them. */
const RESPONSE = /^\{[^{[]{0,100}"(?:result|error)"\s*:/
const OUTPUT_BYTES_MAX = DEFAULT_LIMITS.outputBytesMax

export class Outgoing {
  /** How many calls have been sent. */
  count = 0
  /** The other end knows that this one reads tags: a call that said so has run there. */
  hasToldTags = false
  /** Calls have been sent that nobody answers, so that nobody knows whether they have left. */
  hasNotified = false
  /** Told when another call waits for its answer, or one less. */
  changed: (() => void) | undefined
  readonly #channel: OutgoingOptions['channel']
  readonly #name: string
  readonly #parcel: OutgoingOptions['parcel']
  readonly #callsMax: number
  readonly #pending: Deadlines<OutgoingCall>
  readonly #abandoned = new AbandonedCalls()
  #end: End | undefined
  readonly #gathering: Gathering

  constructor({ channel, clock, name, parcel, callsMax = Infinity }: OutgoingOptions) {
    this.#channel = channel
    this.#parcel = parcel
    this.#name = name
    this.#callsMax = callsMax
    this.#gathering = new Gathering(channel)
    this.#pending = new Deadlines(clock, (call, id) => this.#expire(call, id))
  }

  /** Calls that wait for their answers. */
  get size(): number {
    return this.#pending.size
  }

  /**
   * The call's id; undefined, and the call rejects: it was not sent. OVERLOADED while the
   * other end leaves too much unread.
   */
  call(call: OutgoingCall): number | undefined {
    const { bufferedBytes } = this.#channel
    const hasMost = this.#callsMax < Infinity && this.#pending.size >= this.#callsMax
    if (hasMost || bufferedBytes > OUTPUT_BYTES_MAX || this.#end !== undefined) {
      call.onRefused?.()
      call.reject(this.#notSent(call.method))
      return undefined
    }
    if (call.batch?.isOneway === true || call.isOneway === true) return this.#notifyOf(call)
    const id = ++this.count
    this.#pending.put(id, call)
    if (call.content === undefined) this.#request(id, call)
    else {
      if (this.#gathering.hasAny) this.#gathering.send()
      this.#channel.sendFrame?.(frameOf(id, call.content))
    }
    call.onSent?.(id)
    this.changed?.()
    return id
  }

  #request(id: number, call: OutgoingCall): void {
    const request = `{"jsonrpc":"2.0","id":${id},${call.rest}`
    if (call.batch !== undefined) this.#gathering.add(call.batch, request)
    else {
      // Behind what is gathered.
      if (this.#gathering.hasAny) this.#gathering.send()
      this.#channel.send(request)
    }
  }

  #notifyOf({ batch, rest, resolve }: OutgoingCall): number {
    this.hasNotified = true
    if (batch === undefined) this.notify(rest)
    else this.#gathering.add(batch, `{"jsonrpc":"2.0",${rest}`)
    resolve(null)
    return 0
  }

  notify(rest: string): void {
    if (this.#end !== undefined) return
    if (this.#gathering.hasAny) this.#gathering.send()
    this.#channel.send(`{"jsonrpc":"2.0",${rest}`)
  }

  /** False: nobody has asked for that answer. */
  answered(response: Response): boolean {
    const call = response.id === undefined ? undefined : this.#pending.take(response.id)
    if (call === undefined) return this.#wasAbandoned(response)
    if ('error' in response) {
      const error = fromWire(response.error)
      if (error.outcome === 'not-executed') call.onRefused?.()
      call.reject(error)
    } else {
      if (call.tellsTags === true) this.hasToldTags = true
      if (response.meta !== undefined) call.onAnswerMeta?.(response.meta)
      if (response.isTagged === undefined) call.resolve(response.result)
      else this.#resolveTagged(call, response.result)
    }
    this.changed?.()
    return true
  }

  /** What answers no call, or one in JSON, is passed over. */
  answeredByFrame(frame: Uint8Array): void {
    const { id, content } = readFrame(frame) ?? {}
    if (id === undefined || content === undefined) return
    const call = this.#pending.take(id)
    if (call === undefined) {
      if (id <= this.count) this.#abandoned.take(id)
      return
    }
    if (call.resolveContent === undefined) call.reject(answeredInBytes(`${call.method} at ${this.#name}`))
    else call.resolveContent(content)
    this.changed?.()
  }

  #resolveTagged({ method, resolveValue, reject }: OutgoingCall, result: Json): void {
    let value: unknown
    const parcel = this.#parcel()
    try {
      if (resolveValue === undefined) throw new TypeError('it has tags, for which nobody has asked')
      value = decoded(result, parcel, 'the result')
    } catch (cause) {
      parcel.decline(result)
      const sentence = `${method} at ${this.#name} has run, and its result can't be read: ${toWire(cause).message}`
      return reject(new InternalError(sentence, { cause }))
    }
    resolveValue(value)
  }

  /** A request that may tell how far a call has come. Undefined: it tells something else. */
  reported(json: Json | undefined): 'taken' | 'unasked' | undefined {
    const report = readReport(json)
    if (report === undefined) return undefined
    const told = this.#pending.get(report.id)?.onProgress
    // Of a call that was given up the other end tells until it hears of that.
    if (told === undefined) return report.id >= 1 && report.id <= this.count ? 'taken' : 'unasked'
    // Whatever it throws is nothing to the connection.
    void Promise.resolve().then(() => told(report.value))
    return 'taken'
  }

  /** A message that may be an answer, or tell of one. */
  read(text: string): Reading {
    if (isSurelyReport(text)) return this.reported(jsonIn(text)) ?? 'unasked'
    if (SURELY_REQUEST.test(text)) return UNREAD
    if (text.length > VALUES_MAX && holdsTooMuch(text)) return this.readTooLong(text)
    const json = jsonIn(text)
    const response = readResponse(text, json)
    if (response === undefined || response === 'request') return { json }
    return this.answered(response) ? 'taken' : 'unasked'
  }

  /** The same of one that is too long to be read, of which only the ends need be known. */
  readTooLong(ends: string): Reading {
    const { id, method } = envelopeOf(ends)
    if (method !== undefined || !RESPONSE.test(ends)) return UNREAD
    const error = toWire(resultTooLarge(`a message holds at most ${VALUES_MAX} values, and has a limit`))
    return this.answered({ id: id === undefined ? undefined : Number(id), error }) ? 'taken' : 'unasked'
  }

  /** The call is waited for no longer, if it still is: it may run, and its answer come. */
  abandon(id: number): OutgoingCall | undefined {
    const call = this.#pending.take(id)
    if (call === undefined) return undefined
    this.#abandoned.add(id, call)
    this.changed?.()
    return call
  }

  /**
   * There is no way to the other end any more: calls without an answer are rejected as
   * unknown, and later ones as not sent.
   */
  end(why: string, cause: Error | undefined, noAnswer: NoAnswer): void {
    if (this.#end !== undefined) return
    this.#end = { why, cause }
    this.#gathering.forget()
    for (const call of this.#pending.takeAll())
      call.reject(lost(`${call.method} at ${this.#name}`, this.#end, noAnswer))
  }

  /** Nobody has a use for what it brings. */
  #wasAbandoned(response: Response): boolean {
    const { id } = response
    if (id === undefined || !(id <= this.count)) return false
    const abandoned = this.#abandoned.take(id)
    if (abandoned === undefined) return false
    if ('error' in response) {
      if (isRefusal(response.error)) abandoned.onRefused?.()
    } else if (response.isTagged === true) this.#parcel().decline(response.result)
    return true
  }

  #notSent(method: string): RollcallError {
    const at = `${method} at ${this.#name}`
    if (this.#end !== undefined) return afterTheEnd(at, this.#end)
    const isUnread = this.#channel.bufferedBytes > OUTPUT_BYTES_MAX
    return notSent(at, isUnread ? { bytes: OUTPUT_BYTES_MAX } : { calls: this.#callsMax })
  }

  #expire(call: OutgoingCall, id: number): void {
    this.#abandoned.add(id, call)
    call.reject(unanswered(`${call.method} at ${this.#name}`))
    this.changed?.()
  }
}
