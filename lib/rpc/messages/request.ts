/**
 * A request of JSON-RPC 2.0, and the member `meta` that ours have: as the side that calls writes them, and as the side
 * that serves reads them.
 */
import { isList, isObject, membersOf, quoted, shortJson, type Json } from '../../json.js'
import { isCarried, isJson, whyNotCarried } from '../../values/carried.js'
import { encoded } from '../../values/encoded.js'
import type { Pointers } from '../../values/tags.js'
import { UnsuitableValueError } from '../../values/unsuitable.js'
import { FIELD_LENGTH_MAX } from './envelope.js'
import { InvalidParamsError, InvalidRequestError, TooLargeError } from '../errors.js'
import type { CallMeta, InOrder } from '../exposed.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { fitsFrame, holdsTooMuch, surelyFits, VALUES_MAX } from './message-size.js'
import type { Rule, Rules } from '../options.js'

/** Most params are far shorter than this, and need not be looked at. */
const SURELY_FITS = surelyFits(DEFAULT_LIMITS.frameBytesMax)

/**
 * The params of a call as the text that all its attempts send: what the caller does to
 * them later is not in it. JSON of a list, without line breaks.
 */
export type ParamsText = string & { readonly __text: 'params' }

export type Params = readonly Json[] | ParamsText

export interface WrittenParams {
  readonly text: ParamsText
  /** What the text was made of. */
  readonly json: Json
  /** Why they have tags: the first place that JSON has no word for. Undefined: they have none. */
  readonly whyTagged: string | undefined
  /** The same for who reads JSON alone, where that differs in prototypes only. */
  readonly withoutTags?: ParamsText | undefined
}

/** Undefined: they are no JSON, or no list, or too long. */
export function plainText(params: unknown): ParamsText | undefined {
  if (!isList(params)) return undefined
  try {
    const short = shortJson(params)
    if (short !== undefined) return short as ParamsText
    return isJson(params) ? (JSON.stringify(params) as ParamsText) : undefined
  } catch {
    return undefined
  }
}

/**
 * `name`, of the method, is for messages.
 * @throws InvalidParamsError for what can't travel, with its path
 */
export function writtenParams(name: string, params: readonly unknown[], pointers?: Pointers): WrittenParams {
  if (!isList(params)) throw new InvalidParamsError(`${name}: its params are a list; the call was not sent`)
  try {
    const { json, isTagged } = encoded(params, 'args', pointers)
    const text = JSON.stringify(json) as ParamsText
    return isTagged ? { text, json, ...withoutTags(params) } : { text, json, whyTagged: undefined }
  } catch (cause) {
    if (!(cause instanceof UnsuitableValueError)) throw unsendable(name, cause)
    throw new InvalidParamsError(`${name}: ${cause.message}; the call was not sent`, { cause })
  }
}

/** An object without a prototype is the one thing that JSON carries, and gives a prototype to. */
function withoutTags(
  params: readonly unknown[],
): Omit<WrittenParams, 'text' | 'json'> & { readonly whyTagged: string } {
  const at = params.findIndex((param) => !isCarried(param))
  if (at >= 0) return { whyTagged: whyNotCarried(params[at], `args[${at}]`) }
  const whyTagged = 'an object has no prototype'
  return { whyTagged, withoutTags: JSON.stringify(params) as ParamsText }
}

/** Arguments without the undefined ones at the end, so that the method's defaults apply. */
export function trimmed<T>(params: readonly T[]): readonly T[] {
  let given = params.length
  while (given > 0 && params[given - 1] === undefined) given -= 1
  return given === params.length ? params : params.slice(0, given)
}

/** The members of a request after its id, and the closing brace. @throws InvalidParamsError, TooLargeError */
export function requestText(method: string, params: Params, meta: CallMeta | undefined): string {
  let rest: string
  try {
    // Params that this program has made itself are not looked at.
    const text = typeof params === 'string' ? params : JSON.stringify(params)
    const tail = meta === undefined ? '' : `,"meta":${shortJson(meta) ?? JSON.stringify(meta)}`
    rest = `"method":${quoted(method)},"params":${text}${tail}}`
  } catch (cause) {
    throw unsendable(method, cause)
  }
  const { frameBytesMax } = DEFAULT_LIMITS
  if (rest.length > SURELY_FITS && !fitsFrame(rest, frameBytesMax))
    throw new TooLargeError(`${method}: its params are longer than a message of ${frameBytesMax} bytes`)
  if (rest.length > VALUES_MAX && holdsTooMuch(rest))
    throw new TooLargeError(`${method}: its params hold more than the ${VALUES_MAX} values of a message`)
  return rest
}

function unsendable(name: string, cause: unknown): InvalidParamsError {
  return new InvalidParamsError(`${name}: its params can not be sent as JSON; the call was not sent`, {
    cause,
  })
}

/** Undefined: it is a request. */
export function whyInvalid(request: Json): string | undefined {
  if (!isObject(request)) return `a request is an object, not ${kindOf(request)}`
  const { jsonrpc, id, method, params } = membersOf(request)
  if (jsonrpc !== '2.0') return `"jsonrpc" is "2.0"${jsonrpc === undefined ? ', and is missing' : ''}`
  if (typeof method !== 'string') return `"method" is a string, not ${kindOf(method)}`
  if (method.length > FIELD_LENGTH_MAX) return `"method" has at most ${FIELD_LENGTH_MAX} characters`
  if (params !== undefined && typeof params !== 'object') return `"params" is an array, not ${kindOf(params)}`
  return id === undefined || typeof id === 'number' || isId(id) ? undefined : whyNoId(id)
}

/**
 * The id under which an invalid request is answered, as JSON text: its own, if it is one of version 2.0 and has one.
 */
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

const CONSISTENCIES: readonly unknown[] = ['linearizable', 'follower', 'stale']

function text(lengthMax: number): Rule {
  return {
    holds: (value) => typeof value === 'string' && value.length <= lengthMax,
    wanted: `a string of at most ${lengthMax} characters`,
  }
}

const COUNT: Rule = {
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  wanted: 'a whole number from 1 on',
}
const DURATION: Rule = {
  holds: (value) => typeof value === 'number' && value >= 0 && value < Infinity,
  wanted: 'a number of milliseconds, 0 or more',
}
export const CONSISTENCY: Rule = {
  holds: (value) => CONSISTENCIES.includes(value),
  wanted: '"linearizable", "follower" or "stale"',
}

/** Of JSON. */
const ANNOTATIONS_LENGTH_MAX = 8192
const ANNOTATIONS: Rule = {
  holds: (value) =>
    isObject(value) &&
    !isList(value) &&
    isJson(value) &&
    JSON.stringify(value).length <= ANNOTATIONS_LENGTH_MAX,
  wanted: `an object of JSON, at most ${ANNOTATIONS_LENGTH_MAX} characters of it`,
}

/** What a user may write beside the params. */
export const META_RULES: Rules<Omit<CallMeta, 'tags' | 'inOrder' | 'followers' | 'progress' | 'via'>> = {
  session: text(1024),
  seq: COUNT,
  firstOutstanding: COUNT,
  timeoutMs: DURATION,
  consistency: CONSISTENCY,
  traceparent: text(1024),
  correlationId: text(1024),
  annotations: ANNOTATIONS,
  token: { ...text(16 * 1024), isSecret: true },
}
const TAGS: Rule = { holds: (value) => value === 0 || value === 1, wanted: '0 or 1' }
const ONE: Rule = { holds: (value) => value === 1, wanted: '1' }
const ORDER: Rule = { holds: isOrder, wanted: '"begun" or "ended"' }
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...META_RULES,
    tags: TAGS,
    inOrder: ORDER,
    followers: COUNT,
    progress: ONE,
    via: ONE,
  } satisfies Rules<CallMeta>),
)

function isOrder(value: unknown): value is InOrder {
  return value === 'begun' || value === 'ended'
}

/** What a request of a batch says of its place; what is none is refused where all of `meta` is read. */
export function orderIn(meta: Json | undefined): InOrder | undefined {
  const { inOrder } = membersOf(meta)
  return isOrder(inOrder) ? inOrder : undefined
}

/**
 * The door to a call's `meta`: known members of the right type come in, anything else is refused. Members that the
 * contract does not know are left out, so that newer callers are understood, and so is the place in a batch
 * ({@link orderIn}), which is nothing to a method.
 * @throws InvalidRequestError
 */
export function readMeta(meta: unknown): CallMeta {
  if (!isObject(meta)) throw new InvalidRequestError('meta is an object')
  const known: Record<string, unknown> = {}
  for (const name in meta) {
    const rule = RULES.get(name)
    if (rule === undefined || !Object.hasOwn(meta, name)) continue
    const value = meta[name]
    if (!rule.holds(value)) throw new InvalidRequestError(`meta.${name} is ${rule.wanted}`)
    if (name !== 'inOrder') known[name] = value
  }
  return known
}
