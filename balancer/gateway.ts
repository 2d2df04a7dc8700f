/**
 * Calls as plain HTTP: `GET /OBJECT/METHOD?…` for queries, `POST /OBJECT/METHOD` with a JSON array for any method. A
 * GET must not change anything (browsers, caches and crawlers repeat it), so commands are refused there.
 */
import { isList, parseJson, type Json } from '../lib/json.js'
import type { WebAnswer, WebRequest } from '../lib/ports.js'
import { alteredNumbers, mayHaveAltered } from '../lib/rpc/messages/kept-numbers.js'
import { InvalidParamsError, MethodNotFoundError, ParseError, TooLargeError } from '../lib/rpc/errors.js'
import type { MethodSaid } from '../lib/rpc/exposed.js'
import type { CallContext } from '../lib/rpc/exposed.js'
import { holdsTooMuch, VALUES_MAX } from '../lib/rpc/messages/message-size.js'
import { jsonOrText } from '../lib/command-line/arguments.js'
import type { Admit } from './doorman.js'
import { errorAnswer } from './http-status.js'

export interface GatewayOptions {
  readonly call: (
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ) => Promise<Json>
  /** The kinds of the object's methods, by their names. Rejects as a call does. */
  readonly kinds: (
    object: string,
    context: CallContext,
  ) => Promise<ReadonlyMap<string, Pick<MethodSaid, 'kind'>>>
  /** Judges who calls. Default: everybody may. */
  readonly admit?: Admit | undefined
}

export class Gateway {
  readonly #options: GatewayOptions

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** Never rejects. The body is the result, or `{"error": …}`. */
  readonly answer = async (request: WebRequest): Promise<WebAnswer> => {
    try {
      const { object, method } = target(request.path)
      const context = contextOf(request)
      // What there is, and of what kind, is not for everybody either.
      await this.#options.admit?.('daemon.describe', [object], context)
      if (request.method === 'GET') {
        const params = paramsOfQuery(request.query)
        const refusal = await this.#refusalOfGet(object, method, context)
        return refusal ?? (await this.#call(object, method, params, context))
      }
      return await this.#call(object, method, paramsOfPost(request), context)
    } catch (error) {
      return errorAnswer(error)
    }
  }

  async #call(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Promise<WebAnswer> {
    const result = await this.#options.call(object, method, params, context)
    return { status: 200, body: JSON.stringify(result) }
  }

  /** Undefined: it is a query. @throws MethodNotFoundError */
  async #refusalOfGet(object: string, method: string, context: CallContext): Promise<WebAnswer | undefined> {
    const kind = (await this.#options.kinds(object, context)).get(method)?.kind
    if (kind === undefined) throw new MethodNotFoundError(`${object} has no method ${JSON.stringify(method)}`)
    if (kind === 'query') return undefined
    const sentence = `${object}.${method} is no query and may change something: POST it`
    const { body } = errorAnswer(new MethodNotFoundError(sentence))
    return { status: 405, body, headers: { allow: 'POST' } }
  }
}

/** `/kv/get`, with escapes: the object's name may hold dots and signs. @throws MethodNotFoundError */
export function target(path: string): { readonly object: string; readonly method: string } {
  const [, object, method, ...more] = path.split('/').map(unescaped)
  if (object !== undefined && object !== '' && method !== undefined && method !== '' && more.length === 0)
    return { object, method }
  throw new MethodNotFoundError('there is no such page; calls are GET or POST /OBJECT/METHOD')
}

/**
 * The values in the order in which they stand, whatever they are called; each is JSON, or else plain text. Or `args`
 * alone, a JSON array of them all. @throws InvalidParamsError
 */
export function paramsOfQuery(query: string): readonly Json[] {
  const pairs = pairsOf(query)
  const all = pairs.find(([name]) => name === 'args')
  if (all === undefined) return pairs.map(([, value]) => jsonOrText(value))
  const params = jsonOrText(all[1])
  if (pairs.length === 1 && isList(params)) return params
  throw new InvalidParamsError(
    'args is a JSON array of all params, such as ?args=["a",1], stands alone, and has no number that prints back ' +
      'as another, such as 1.10: write that as a string',
  )
}

/** Some of them, one after another: a character may need several. */
const ESCAPES = /(?:%[0-9a-f]{2})+/gi

/** @throws InvalidParamsError for what would be read as U+FFFD */
function pairsOf(query: string): readonly (readonly [name: string, value: string])[] {
  try {
    query.replace(ESCAPES, decodeURIComponent)
  } catch (cause) {
    throw new InvalidParamsError('the query is not UTF-8: é, for example, is written %C3%A9', { cause })
  }
  return [...new URLSearchParams(query)]
}

/** Those of a GET would be passed over here without a word. @throws InvalidParamsError, and as {@link paramsOfBody} does */
function paramsOfPost({ query, body }: WebRequest): readonly Json[] {
  if (query === '') return paramsOfBody(body)
  throw new InvalidParamsError('a POST has its params in its body, as a JSON array, and none after the "?"')
}

/** No part of the text: RFC 8259 leaves it to the reader. */
const BYTE_ORDER_MARK = '\ufeff'

/** @throws ParseError, InvalidParamsError, TooLargeError */
export function paramsOfBody(given: string): readonly Json[] {
  const body = given.startsWith(BYTE_ORDER_MARK) ? given.slice(1) : given
  if (holdsTooMuch(body)) throw new TooLargeError(`a body holds at most ${VALUES_MAX} values`)
  const params = parse(body)
  const altered = mayHaveAltered(body, params)
    ? alteredNumbers(`{"params":${body}}`, 'params').get(0)
    : undefined
  if (altered !== undefined) throw new InvalidParamsError(`${altered}: send it as a string`)
  if (isList(params)) return params
  throw new InvalidParamsError('the body is a JSON array of the params, such as ["a",1], or [] for none')
}

/** An HTTP exchange is a connection of its own. */
function contextOf({ remote, peerCertificate, bearer, traceparent, onEnd }: WebRequest): CallContext {
  const meta = traceparent === undefined ? {} : { traceparent }
  const connection = { kind: 'http', remote, peerCertificate, bearer, ...(onEnd && { onEnd }) } as const
  return { connection, meta, deadline: undefined }
}

function parse(text: string): Json {
  if (text === '') throw new ParseError('the body is empty: it is a JSON array of the params, [] for none')
  try {
    return parseJson(text)
  } catch (cause) {
    throw new ParseError('the body is not JSON in UTF-8', { cause })
  }
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (cause) {
    throw new MethodNotFoundError('the path has an escape that is none', { cause })
  }
}
