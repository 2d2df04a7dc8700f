/**
 * jayson's core behind a small typed face. jayson decides what a valid call, a notification and an error are; around it
 * stand the parts that it leaves open or gets wrong:
 * - a result comes in as JSON text, made once by whoever ran the method, and goes into the response as it is;
 * - a request with `"id": null` is answered (JSON-RPC 2.0, section 4.1: only one without an id is a notification);
 * - an id is answered as it was written, a number that no double holds too, and that of an invalid request as well;
 * - `"params": null` is no params, as several clients write it;
 * - what is invalid about a request is said;
 * - it never sees an Error, nor a handler that throws, nor one that calls back twice.
 *
 * A long message is refused by its length before it is parsed, and a batch is handed back to be run call by call.
 */
import jayson from 'jayson'
import { isList, membersOf, parseJson, type Json, type JsonObject } from '../json.js'
import { Batch } from './batch.js'
import type { BatchOptions, Guard, Work } from './batch.js'
import type { CallOutcome } from './call-outcome.js'
import { envelopeOf, idTextsOf } from './envelope.js'
import { InvalidRequestError, ParseError, TooLargeError } from './errors.js'
import { holdsTooMuch, VALUES_MAX } from './message-size.js'
import { errorResponse, responseText } from './response-text.js'
import { idTextOf, whyInvalid } from './why-invalid.js'

/** A call that jayson has found valid. `params` and `meta` are as they came. */
export interface IncomingCall {
  readonly method: string
  readonly params: Json | undefined
  readonly meta: Json | undefined
  /** The length of the message that it came in; of a batch, its share. */
  readonly bytes: number
}

/** Runs a call: never throws, and tells its outcome once. */
export type RunCall<C> = (call: IncomingCall, context: C, settle: (outcome: CallOutcome) => void) => void

export type Reply = (text: string | undefined) => void

export interface JsonRpcOptions<C> {
  readonly run: RunCall<C>
  /** The largest number of calls in a batch; one above it is refused as TOO_LARGE. */
  readonly batchMax: number
  /** The longest answer, that of a batch included. Bytes. */
  readonly frameBytesMax: number
  /** How long a message may be that calls `method`, or that does not say so at its beginning. Bytes. */
  readonly bytesMax: (context: C, method: string | undefined) => number
}

interface Request {
  readonly json: Json
  readonly bytes: number
  /** Its id as it is written, if that is a number. */
  readonly idText: () => string | undefined
}

interface Attempt {
  readonly run: (settle: (outcome: CallOutcome) => void) => void
}

/** Answers of a batch are kept until all are there, and then put together in one go. Bytes. */
const BATCH_ANSWER_BYTES_MAX = 4 * 1024 * 1024
// `"id": null` reaches jayson as this number: JSON can't carry it in, and writes it as null.
const NULL_ID = NaN
/** No method's limit is lower: what is not longer need not be asked about. */
export const SURELY_ALLOWED_BYTES = 64 * 1024
const BYTE_ORDER_MARK = 0xfeff

const attemptMethod = new jayson.Method<Attempt>(
  (_params, attempt, callback) => {
    attempt.run((outcome) => {
      if ('error' in outcome) callback(outcome.error)
      else callback(null, outcome)
    })
  },
  { useContext: true },
)
const server = new jayson.Server<Attempt>({}, { router: () => attemptMethod, useContext: true })
const NOT_JSON = errorResponse(new ParseError('what came in is not JSON'))

export class JsonRpc<C> {
  readonly #options: JsonRpcOptions<C>

  constructor(options: JsonRpcOptions<C>) {
    this.#options = options
  }

  /**
   * Answers one message; `reply` is called once, now or later, with undefined when there is nothing to say. What is
   * returned is left to be done, call by call, by whoever asked.
   */
  answer(text: string, context: C, reply: Reply): Work | undefined {
    const refusal = text.length > SURELY_ALLOWED_BYTES ? this.#refusal(text, context) : undefined
    const message = refusal === undefined ? parse(text) : undefined
    if (message === undefined) reply(refusal ?? NOT_JSON)
    else if (isList(message.json)) return this.#batch(message.json, text, context, reply)
    else {
      const request = { json: message.json, bytes: text.length, idText: () => idTextsOf(text)[0] }
      this.#answerOne(request, context, reply)
    }
    return undefined
  }

  /** How long a message may be that begins with `head`. Bytes. */
  longest(head: string, context: C): number {
    return this.#options.bytesMax(context, envelopeOf(head).method)
  }

  /** The answer to a message that is too long, of which only the ends need be known. */
  refusalOfLong(ends: string, context: C): string {
    const { id, method } = envelopeOf(ends)
    const what = method === undefined ? 'a message' : `a call of ${JSON.stringify(method)}`
    const bytesMax = this.#options.bytesMax(context, method)
    const limits = `at most ${bytesMax} bytes, and ${VALUES_MAX} values in them`
    return errorResponse(new TooLargeError(`${what} has ${limits}: it was not executed`), id)
  }

  #refusal(text: string, context: C): string | undefined {
    const bytesMax = this.longest(text, context)
    const isTooLong = text.length > bytesMax
    const looked = isTooLong ? text.slice(0, bytesMax) : text
    if (text.length > VALUES_MAX && holdsTooMuch(looked)) {
      const sentence = `a message holds at most ${VALUES_MAX} values: send them in several, or as one string`
      return errorResponse(new TooLargeError(sentence), envelopeOf(text).id)
    }
    return isTooLong ? this.refusalOfLong(text, context) : undefined
  }

  #batch(requests: readonly Json[], text: string, context: C, reply: Reply): Work | undefined {
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
    let ids: readonly string[] | undefined
    const answer: BatchOptions['answer'] = (index, guard, replyOne) => {
      const request = { json: requests[index] ?? null, bytes: bytesOfEach }
      this.#answerOne(
        { ...request, idText: () => (ids ??= idTextsOf(text))[index] },
        context,
        replyOne,
        guard,
      )
    }
    const answerBytesMax = Math.min(frameBytesMax, BATCH_ANSWER_BYTES_MAX)
    return new Batch({ length, bytesOfEach, answerBytesMax, answer, reply })
  }

  #answerOne({ json, bytes, idText }: Request, context: C, reply: Reply, guard: Guard = unguarded): void {
    const { id, method, params, meta } = membersOf(json)
    const written = typeof id === 'number' && !Number.isSafeInteger(id) ? idText() : undefined
    const invalid = whyInvalid(json)
    if (invalid !== undefined) {
      reply(errorResponse(new InvalidRequestError(invalid), written ?? idTextOf(json)))
      return
    }
    // jayson asks for attempts of requests whose method is a text, and of no others.
    const call = {
      method: typeof method === 'string' ? method : '',
      params: params ?? undefined,
      meta,
      bytes,
    }
    const attempt: Attempt = {
      run: (settle) => guard((settled) => this.#options.run(call, context, settled), settle),
    }
    server.call(forJayson(membersOf(json)), attempt, (error, response) =>
      reply(responseText(error ?? response, written)),
    )
  }
}

const unguarded: Guard = (run, settle) => run(settle)

/** What jayson would refuse or take for a notification, in a form that it understands. */
function forJayson(request: JsonObject): JsonObject {
  if (request['params'] !== null && request['id'] !== null) return request
  const { params, id, ...rest } = request
  return {
    ...rest,
    ...(params !== undefined && params !== null && { params }),
    ...(id !== undefined && { id: id ?? NULL_ID }),
  }
}

/** A byte order mark at the beginning is no part of the text, as RFC 8259 leaves it to the reader. */
function parse(text: string): { readonly json: Json } | undefined {
  const from = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
  try {
    return { json: parseJson(from) }
  } catch {
    return undefined
  }
}
