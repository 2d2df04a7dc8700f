/**
 * jayson's core behind a small typed face. jayson decides what a valid call, a notification and an error are; around it
 * stand the parts that it leaves open or gets wrong:
 * - a result comes in as JSON text, made once by whoever ran the method, and goes into the response as it is;
 * - a request with `"id": null` is answered (JSON-RPC 2.0, section 4.1: only one without an id is a notification);
 * - an id is answered as it was written, a number that no double holds too, and that of an invalid request as well;
 * - `"params": null` is no params, as several clients write it;
 * - what is invalid about a request is said;
 * - params with a number that would be read as another one are refused;
 * - it never sees an Error, nor a handler that throws, nor one that calls back twice.
 *
 * A long message is refused by its length before it is parsed, and a batch is handed back to be run call by call.
 */
import jayson from 'jayson'
import { isList, jsonIn, membersOf, type Json, type JsonObject } from '../../json.js'
import type { Clock, Ms } from '../../ports.js'
import { Batch } from './batch.js'
import type { BatchOptions, Guard, Work } from './batch.js'
import type { CallOutcome } from './call-outcome.js'
import { envelopeOf, idTextsOf } from '../messages/envelope.js'
import { InvalidRequestError, ParseError, TooLargeError, UnreachableError } from '../errors.js'
import type { ConnectionContext } from '../exposed.js'
import { alteredNumbers, mayHaveAltered } from '../messages/kept-numbers.js'
import { holdsTooMuch, VALUES_MAX } from '../messages/message-size.js'
import { idTextOf, orderIn, whyInvalid } from '../messages/request.js'
import { errorResponse, responseText } from '../messages/response.js'
import { toWire } from '../wire-error.js'
import { withoutStack } from '../../without-stack.js'

/** A call that jayson has found valid. `params` and `meta` are as they came. */
export interface IncomingCall {
  /** Undefined: it is a notification. */
  readonly id?: Json | undefined
  readonly method: string
  readonly params: Json | undefined
  readonly meta: Json | undefined
  /** The length of the message that it came in; of a batch, its share. */
  readonly bytes: number
  /** What would be altered of its params. Undefined: nothing. */
  readonly altered?: (() => string | undefined) | undefined
  /** On `clock.now()`, of one that may have waited for others. Undefined: it is run when it comes. */
  readonly receivedAt?: Ms | undefined
}

/** Runs a call: never throws, and tells its outcome once. */
export type RunCall = (call: IncomingCall, connection: ConnectionContext, settle: Settle) => void

type Settle = (outcome: CallOutcome) => void

export type Reply = (text: string | undefined) => void

export interface JsonRpcOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly run: RunCall
  /** The largest number of calls in a batch; one above it is refused as TOO_LARGE. */
  readonly batchMax: number
  /** The longest answer, that of a batch included. Bytes. */
  readonly frameBytesMax: number
  /** How long a message may be that calls `method`, or that does not say so at its beginning. Bytes. */
  readonly bytesMax: (connection: ConnectionContext, method: string | undefined) => number
}

/** A message: of what its calls have in common. */
interface Message {
  readonly text: string
  /** The ids of its calls as they are written, once somebody has asked. */
  ids?: readonly string[]
}

interface Request {
  readonly json: Json
  readonly bytes: number
  readonly message: Message
  /** Which of the message's calls it is. */
  readonly at: number
  readonly altered: IncomingCall['altered']
}

/** Of a call that may wait for others of its batch, which came at that time. */
interface Batched {
  readonly run: RunCall
  readonly receivedAt: Ms
}

/** What jayson hands on to the one method that it knows. */
interface ValidCall {
  readonly call: IncomingCall
  readonly connection: ConnectionContext
  readonly run: JsonRpcOptions['run']
}

/** Answers of a batch are kept until all are there, and then put together in one go. Bytes. */
const BATCH_ANSWER_BYTES_MAX = 4 * 1024 * 1024
// `"id": null` reaches jayson as this number: JSON can't carry it in, and writes it as null.
const NULL_ID = NaN
/** No method's limit is lower: what is not longer need not be asked about. */
const SURELY_ALLOWED_BYTES = 64 * 1024
const BYTE_ORDER_MARK = 0xfeff

const NOBODY_LEFT: CallOutcome = {
  error: toWire(new UnreachableError('not executed: its connection has ended')),
}

const anyMethod = new jayson.Method<ValidCall>(
  (_params, { call, connection, run }, callback) => {
    run(call, connection, (outcome) => {
      if ('error' in outcome) callback(outcome.error)
      else callback(null, outcome)
    })
  },
  { useContext: true },
)
const server = new jayson.Server<ValidCall>({}, { router: () => anyMethod, useContext: true })
const NOT_JSON = errorResponse(new ParseError('what came in is not JSON in UTF-8'))

export class JsonRpc {
  readonly #options: JsonRpcOptions

  constructor(options: JsonRpcOptions) {
    this.#options = options
  }

  /**
   * Answers one message; `reply` is called once, now or later, with undefined when there is nothing to say. What is
   * returned is left to be done, call by call, by whoever asked. `read`: what the text says, where that is known.
   */
  answer(text: string, connection: ConnectionContext, reply: Reply, read?: Json): Work | undefined {
    const refusal = text.length > SURELY_ALLOWED_BYTES ? this.#refusal(text, connection) : undefined
    // A byte order mark is no part of the text, as RFC 8259 leaves it to the reader.
    const json = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
    const message = refusal === undefined ? (read ?? jsonIn(json)) : undefined
    if (message === undefined) reply(refusal ?? NOT_JSON)
    else if (isList(message)) return this.#batch(message, text, connection, reply)
    else {
      const isAltered = mayHaveAltered(text, membersOf(message)['params']) && connection.isFavoured !== true
      const altered = isAltered ? (): string | undefined => alteredNumbers(text, 'params').get(0) : undefined
      this.#answerOne(
        { json: message, bytes: text.length, message: { text }, at: 0, altered },
        connection,
        reply,
      )
    }
    return undefined
  }

  /** How long a message may be that begins with `head`. Bytes. */
  longest(head: string, connection: ConnectionContext): number {
    return this.#options.bytesMax(connection, envelopeOf(head).method)
  }

  /** The answer to a message that is too long, of which only the ends need be known. */
  refusalOfLong(ends: string, connection: ConnectionContext): string {
    const { id, method } = envelopeOf(ends)
    const what = method === undefined ? 'a message' : `a call of ${JSON.stringify(method)}`
    const bytesMax = this.#options.bytesMax(connection, method)
    const limits = `at most ${bytesMax} bytes, and ${VALUES_MAX} values in them`
    return errorResponse(
      withoutStack(() => new TooLargeError(`${what} has ${limits}: it was not executed`)),
      id,
    )
  }

  #refusal(text: string, connection: ConnectionContext): string | undefined {
    const bytesMax = this.longest(text, connection)
    const isTooLong = text.length > bytesMax
    const looked = isTooLong ? text.slice(0, bytesMax) : text
    if (text.length > VALUES_MAX && holdsTooMuch(looked)) {
      const sentence = `a message holds at most ${VALUES_MAX} values: send them in several, or as one string`
      return errorResponse(
        withoutStack(() => new TooLargeError(sentence)),
        envelopeOf(text).id,
      )
    }
    return isTooLong ? this.refusalOfLong(text, connection) : undefined
  }

  #batch(
    requests: readonly Json[],
    text: string,
    connection: ConnectionContext,
    reply: Reply,
  ): Work | undefined {
    const { batchMax, frameBytesMax } = this.#options
    const { length } = requests
    if (length === 0 || length > batchMax) {
      const sentence = `a batch of ${length} calls is above the limit of ${batchMax}: send smaller ones`
      const error =
        length === 0 ? new InvalidRequestError('a batch is not empty') : new TooLargeError(sentence)
      reply(errorResponse(error))
      return undefined
    }
    const bytesOfEach = Math.ceil(text.length / length)
    const message = { text }
    let altered: ReadonlyMap<number, string> | undefined
    const isDoubtful = connection.isFavoured !== true && mayHaveAltered(text, requests)
    const { run, clock } = this.#options
    const receivedAt = clock.now()
    let batched: Batched | undefined
    const answer: BatchOptions['answer'] = (index, guard, replyOne) => {
      const request = {
        json: requests[index] ?? null,
        bytes: bytesOfEach,
        message,
        at: index,
        altered: isDoubtful ? () => (altered ??= alteredNumbers(text, 'params')).get(index) : undefined,
      }
      batched ??= { run: guarded(run, guard), receivedAt }
      this.#answerOne(request, connection, replyOne, batched)
    }
    const answerBytesMax = Math.min(frameBytesMax, BATCH_ANSWER_BYTES_MAX)
    return new Batch({ length, bytesOfEach, answerBytesMax, answer, reply })
  }

  #answerOne(asked: Request, connection: ConnectionContext, reply: Reply, batched?: Batched): void {
    const { json, bytes, message, at, altered } = asked
    const invalid = whyInvalid(json)
    const { id, method, params, meta } = membersOf(json)
    const written =
      typeof id === 'number' && !Number.isSafeInteger(id)
        ? (message.ids ??= idTextsOf(message.text))[at]
        : undefined
    if (invalid !== undefined) {
      reply(
        errorResponse(
          withoutStack(() => new InvalidRequestError(invalid)),
          written ?? idTextOf(json),
        ),
      )
      return
    }
    // jayson asks for calls of requests whose method is a text, and of no others.
    const call = {
      id,
      method: typeof method === 'string' ? method : '',
      params: params ?? undefined,
      meta,
      bytes,
      altered,
      receivedAt: batched?.receivedAt,
    }
    const valid = { call, connection, run: batched?.run ?? this.#options.run }
    const request = id === null || params === null ? forJayson(membersOf(json)) : json
    server.call(request, valid, (error, response) => reply(responseText(error ?? response, written)))
  }
}

/** Those who waited for others in their batch may have lost their caller meanwhile. */
function guarded(run: RunCall, guard: Guard): RunCall {
  return (call, connection, settle) => {
    const begin = (settled: Settle): void => {
      if (connection.isGone === true) settled(NOBODY_LEFT)
      else run(call, connection, settled)
    }
    guard(begin, settle, orderIn(call.meta))
  }
}

/** What jayson would refuse or take for a notification, in a form that it understands. */
function forJayson(request: JsonObject): JsonObject {
  const { params, id, ...rest } = request
  return {
    ...rest,
    ...(params !== undefined && params !== null && { params }),
    ...(id !== undefined && { id: id ?? NULL_ID }),
  }
}
