/** A request of JSON-RPC 2.0: as the side that calls writes it, and what is wrong with one that has come in. */
import { isList, isObject, membersOf, type Json } from '../json.js'
import { isCarried, whyNotCarried } from './carried.js'
import { FIELD_LENGTH_MAX } from './envelope.js'
import { InvalidParamsError, TooLargeError } from './errors.js'
import type { CallMeta } from './host.js'
import { DEFAULT_LIMITS } from './limits.js'
import { fitsFrame, holdsTooMuch, surelyFits, VALUES_MAX } from './message-size.js'

/** Most params are far shorter than this, and need not be looked at. */
const SURELY_FITS = surelyFits(DEFAULT_LIMITS.frameBytesMax)

/**
 * The params of a call as the text that all its attempts send: what the caller does to them later is not in it. JSON of a
 * list, without line breaks.
 */
export type ParamsText = string & { readonly __text: 'params' }

export type Params = readonly Json[] | ParamsText

/**
 * `name`, of the method, is for messages.
 * @throws InvalidParamsError for anything that would arrive as something else, with its path
 */
export function paramsText(name: string, params: readonly unknown[]): ParamsText {
  if (!isList(params)) throw new InvalidParamsError(`${name}: its params are a list; the call was not sent`)
  for (let at = 0; at < params.length; at += 1) {
    if (isCarried(params[at])) continue
    const why = whyNotCarried(params[at], `argument ${at + 1}`)
    throw new InvalidParamsError(`${name}: ${why}; the call was not sent`)
  }
  return textOf(name, params)
}

/** Of what was made by this program, and is not looked at. @throws InvalidParamsError */
function textOf(name: string, params: readonly unknown[]): ParamsText {
  try {
    return JSON.stringify(params) as ParamsText
  } catch (cause) {
    throw new InvalidParamsError(`${name}: its params can not be sent as JSON; the call was not sent`, {
      cause,
    })
  }
}

/** Arguments without the undefined ones at the end, so that the method's defaults apply. */
export function trimmed<T>(params: readonly T[]): readonly T[] {
  const last = params.findLastIndex((param) => param !== undefined)
  return last + 1 === params.length ? params : params.slice(0, last + 1)
}

/** The members of a request after its id, and the closing brace. @throws InvalidParamsError, TooLargeError */
export function requestText(method: string, params: Params, meta: CallMeta | undefined): string {
  const rest = serialise(method, params, meta)
  const { frameBytesMax } = DEFAULT_LIMITS
  if (rest.length > SURELY_FITS && !fitsFrame(rest, frameBytesMax))
    throw new TooLargeError(`${method}: its params are longer than a message of ${frameBytesMax} bytes`)
  if (rest.length > VALUES_MAX && holdsTooMuch(rest))
    throw new TooLargeError(`${method}: its params hold more than the ${VALUES_MAX} values of a message`)
  return rest
}

function serialise(method: string, params: Params, meta: CallMeta | undefined): string {
  const text = typeof params === 'string' ? params : textOf(method, params)
  const tail = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`
  return `"method":${JSON.stringify(method)},"params":${text}${tail}}`
}

/** Undefined: it is a request. */
export function whyInvalid(request: Json): string | undefined {
  if (!isObject(request)) return `a request is an object, not ${kindOf(request)}`
  const { jsonrpc, id, method, params } = membersOf(request)
  if (jsonrpc !== '2.0') return `"jsonrpc" is "2.0"${jsonrpc === undefined ? ', and is missing' : ''}`
  if (typeof method !== 'string') return `"method" is a string, not ${kindOf(method)}`
  if (method.length > FIELD_LENGTH_MAX) return `"method" has at most ${FIELD_LENGTH_MAX} characters`
  if (params !== undefined && typeof params !== 'object') return `"params" is an array, not ${kindOf(params)}`
  return id === undefined || isId(id) ? undefined : whyNoId(id)
}

/** The id under which an invalid request is answered, as JSON text: its own, if it is one of version 2.0 and has one. */
export function idTextOf(request: Json): string {
  const { jsonrpc, id } = membersOf(request)
  return jsonrpc === '2.0' && id !== undefined && isId(id) ? JSON.stringify(id) : 'null'
}

function isId(id: Json): boolean {
  if (typeof id === 'string') return id.length <= FIELD_LENGTH_MAX
  return typeof id === 'number' || id === null
}

function whyNoId(id: Json): string {
  if (typeof id === 'string') return `"id" has at most ${FIELD_LENGTH_MAX} characters`
  return `"id" is a string, a number or null, not ${kindOf(id)}`
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (isList(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
