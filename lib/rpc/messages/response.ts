/**
 * A response of JSON-RPC 2.0: as the side that serves writes it, and as the side that calls reads it. Nothing here
 * throws: what can't be written becomes an error that says so, and what can't be read is undefined.
 */
import { isList, isObject, jsonIn, jsonText, membersOf, type Json } from '../../json.js'
import { RemoteError, resultTooLarge } from '../errors.js'
import type { AnswerMeta } from '../exposed.js'
import { alteredNumbers, mayHaveAltered } from './kept-numbers.js'
import { toWire } from '../wire-error.js'
import type { WireError } from '../wire-error.js'

/** An error of the wire, whose data has not been looked at. */
interface Written {
  readonly code: number
  readonly message: string
  readonly data?: unknown
  readonly thrown?: unknown
}

/** An error's text beyond this is cut: its sentence is, and its data left out. UTF-16 units. */
const ERROR_LENGTH_MAX = 1024 * 1024
const CUT_LENGTH = 1000

/** `id`: as JSON text. Default null: what came in could not be read, or it answers no request in particular. */
export function errorResponse(error: unknown, id = 'null'): string {
  return withError(toWire(error), id)
}

/**
 * jayson's response as text; `id`: as JSON text, where it is not the response's own. Undefined for undefined, which is
 * its answer to a notification.
 */
export function responseText(response: unknown, id?: string): string | undefined {
  if (!isObject(response)) return undefined
  const own = response['id']
  // JSON has no word for some numbers, and takes them for null.
  const written = id ?? (Number.isSafeInteger(own) ? String(own) : JSON.stringify(own ?? null))
  const { error } = response
  if (error !== undefined) return withError(wireOf(error), written)
  const { result, meta } = membersOf(response['result'])
  const tail = meta === undefined ? '' : `,"meta":${jsonText(meta) ?? 'null'}`
  try {
    return `{"jsonrpc":"2.0","id":${written},"result":${String(result)}${tail}}`
  } catch {
    return errorResponse(resultTooLarge('it is longer than any message'), written)
  }
}

function withError(error: Written, id: string): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${errorText(error)}}`
}

/** Cut, where it is longer than anybody reads. */
export function errorText(error: Written): string {
  try {
    const text = JSON.stringify(error)
    if (text.length <= ERROR_LENGTH_MAX) return text
  } catch {
    // Longer than any string can be, or data that JSON can't carry.
  }
  return JSON.stringify(cut(error))
}

/** The same error in few words. */
export function cut({ code, message }: Written, lengthMax = CUT_LENGTH): WireError {
  const isLong = message.length > lengthMax
  return { code, message: isLong ? `${message.slice(0, lengthMax)}…` : message }
}

function wireOf(error: unknown): Written {
  const { code, message, data, thrown } = membersOf(error)
  return {
    code: Number(code),
    message: String(message),
    ...(data !== undefined && { data }),
    ...(thrown !== undefined && { thrown }),
  }
}

export type Response =
  | {
      readonly id: number | undefined
      readonly result: Json
      readonly meta?: AnswerMeta
      /** Whether the result has tags. */
      readonly isTagged?: true
    }
  | { readonly id: number | undefined; readonly error: WireError }

/**
 * What came in as the answer to a batch: the answers to its calls. Undefined: it is no
 * list, an empty one, or holds what is no answer.
 */
export function readResponses(text: string): readonly Response[] | undefined {
  const list = jsonIn(text)
  if (!isList(list) || list.length === 0) return undefined
  const read = list.flatMap((each, at) => {
    const response = readResponse(text, each, at)
    return response === undefined || response === 'request' ? [] : [response]
  })
  return read.length === list.length ? read : undefined
}

/**
 * `request`: what names a method is none, whatever else it holds. Undefined: malformed. An id that is no number belongs
 * to no call of ours and is read as undefined. `json`: what is read of the message, at that place in it. Default: all.
 */
export function readResponse(text: string, json = jsonIn(text), at = 0): Response | 'request' | undefined {
  const { jsonrpc, id, method, result, error, meta } = membersOf(json)
  if (method !== undefined) return 'request'
  if (jsonrpc !== '2.0' || (result === undefined) === (error === undefined)) return undefined
  const ours = typeof id === 'number' ? id : undefined
  const altered =
    result !== undefined && mayHaveAltered(text, result) ? alteredNumbers(text, 'result').get(at) : undefined
  if (altered !== undefined) return { id: ours, error: notKept(altered) }
  if (result !== undefined)
    return meta === undefined ? { id: ours, result } : { id: ours, result, ...readMeta(meta) }
  const wire = readWireError(error)
  return wire === undefined ? undefined : { id: ours, error: wire }
}

function notKept(why: string): WireError {
  const message = `this call has run, and its result can't be read as it was sent: ${why}`
  return toWire(new RemoteError({ name: 'ResultNotKept', message }))
}

/** Undefined for what is no error of JSON-RPC. */
export function readWireError(error: Json | undefined): WireError | undefined {
  const { code, message, data, thrown } = membersOf(error)
  if (typeof code !== 'number' || !Number.isInteger(code) || typeof message !== 'string') return undefined
  return { code, message, ...(data !== undefined && { data }), ...(thrown !== undefined && { thrown }) }
}

/** What is not understood of it is left out: the result stands without it. */
function readMeta(json: Json): { readonly meta?: AnswerMeta; readonly isTagged?: true } {
  const { appliedIndex, ageMs, tags } = membersOf(json)
  const isTagged = tags === 1 && { isTagged: true as const }
  if (typeof appliedIndex !== 'number' || (typeof ageMs !== 'number' && ageMs !== null))
    return { ...isTagged }
  return { ...isTagged, meta: { appliedIndex, ageMs } }
}
