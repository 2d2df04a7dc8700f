/**
 * jayson's core behind a small typed face. jayson decides what a valid call, a notification and an error are; around it
 * stand the parts that it leaves open or gets wrong:
 * - a result comes in as JSON text, made once by whoever ran the method, and goes into the response as it is;
 * - a request with `"id": null` is answered (JSON-RPC 2.0, section 4.1: only one without an id is a notification);
 * - each element of a batch that is no request, an array too, is answered by its own error (section 6);
 * - it never sees an Error, nor a handler that throws, nor one that calls back twice.
 */
import jayson from 'jayson'
import { isList, isObject, membersOf, parseJson, type Json } from '../json.js'
import { ParseError, TooLargeError, toWire } from './errors.js'
import type { WireError } from './errors.js'
import type { AnswerMeta } from './host.js'
import { holdsTooMuch, VALUES_MAX } from './message-size.js'

/** A call that jayson has found valid. `params` and `meta` are as they came. */
export interface IncomingCall {
  readonly method: string
  readonly params: Json | undefined
  readonly meta: Json | undefined
  /** The length of the message that it came in; of a batch, its share. */
  readonly bytes: number
}

/** What became of a call: its result as JSON text, or its error. */
export type CallOutcome = Success | { readonly error: WireError }

interface Success {
  readonly result: string
  readonly meta?: AnswerMeta
}

/** Runs a call: never throws, and tells its outcome once. */
export type RunCall<C> = (call: IncomingCall, context: C, settle: (outcome: CallOutcome) => void) => void

type Reply = (text: string | undefined) => void

interface Attempt {
  readonly run: (settle: (outcome: CallOutcome) => void) => void
}

// `"id": null` reaches jayson as this number: JSON can't carry it in, and writes it as null.
const NULL_ID = NaN

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

export class JsonRpc<C> {
  readonly #run: RunCall<C>
  readonly #batchMax: number

  /** `batchMax`: the largest number of calls in a batch; one above it is refused as TOO_LARGE. */
  constructor(run: RunCall<C>, batchMax: number) {
    this.#run = run
    this.#batchMax = batchMax
  }

  /** Answers one message, now or later; `reply` is called once, with undefined when there is nothing to say. */
  answer(text: string, context: C, reply: Reply): void {
    if (text.length > VALUES_MAX && holdsTooMuch(text)) {
      const sentence = `a message holds at most ${VALUES_MAX} values: send them in several, or as one string`
      reply(errorResponse(new TooLargeError(sentence)))
      return
    }
    const message = parse(text)
    if (message === undefined) reply(errorResponse(new ParseError('what came in is not JSON')))
    else if (isList(message.json) && message.json.length > 0)
      this.#answerBatch(message.json, text.length, context, reply)
    else this.#answerOne(message.json, text.length, context, reply)
  }

  #answerBatch(batch: readonly Json[], bytes: number, context: C, reply: Reply): void {
    if (batch.length > this.#batchMax) {
      const sentence = `a batch of ${batch.length} calls is above the limit of ${this.#batchMax}: send smaller ones`
      reply(errorResponse(new TooLargeError(sentence)))
      return
    }
    const answers: (string | undefined)[] = new Array<undefined>(batch.length)
    let missing = batch.length
    batch.forEach((element, index) => {
      this.#answerOne(
        isList(element) ? null : element,
        Math.ceil(bytes / batch.length),
        context,
        (answer) => {
          answers[index] = answer
          missing -= 1
          if (missing === 0) reply(joined(answers))
        },
      )
    })
  }

  #answerOne(request: Json, bytes: number, context: C, reply: Reply): void {
    const members = membersOf(request)
    const { id, method, params, meta } = members
    // jayson asks for attempts of requests whose method is a text, and of no others.
    const call = { method: typeof method === 'string' ? method : '', params, meta, bytes }
    const attempt: Attempt = { run: (settle) => this.#run(call, context, settle) }
    const answerable = id === null ? { ...members, id: NULL_ID } : request
    server.call(answerable, attempt, (error, response) => reply(encode(error ?? response)))
  }
}

/** A response that answers no call in particular: what came in could not be read. */
export function errorResponse(error: unknown): string {
  return `{"jsonrpc":"2.0","id":null,"error":${JSON.stringify(toWire(error))}}`
}

function parse(text: string): { readonly json: Json } | undefined {
  try {
    return { json: parseJson(text) }
  } catch {
    return undefined
  }
}

/** jayson's response as text. Undefined for undefined, which is its answer to a notification. */
function encode(response: unknown): string | undefined {
  if (!isObject(response)) return undefined
  const id = JSON.stringify(response['id'])
  if ('error' in response) return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(response['error'])}}`
  const { result, meta } = membersOf(response['result'])
  const tail = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`
  return `{"jsonrpc":"2.0","id":${id},"result":${String(result)}${tail}}`
}

function joined(answers: readonly (string | undefined)[]): string | undefined {
  const given = answers.filter((answer) => answer !== undefined)
  return given.length === 0 ? undefined : `[${given.join(',')}]`
}
