/** The door for what a server sends: a response of JSON-RPC 2.0, or not. */
import { membersOf, parseJson, type Json } from '../json.js'
import type { WireError } from './errors.js'
import type { AnswerMeta } from './host.js'

export type Response =
  | { readonly id: number | undefined; readonly result: Json; readonly meta?: AnswerMeta }
  | { readonly id: number | undefined; readonly error: WireError }

/** Undefined: malformed. An id that is no number belongs to no call of ours and is read as undefined. */
export function readResponse(text: string): Response | undefined {
  const { jsonrpc, id, result, error, meta } = membersOf(parse(text))
  if (jsonrpc !== '2.0' || (result === undefined) === (error === undefined)) return undefined
  const ours = typeof id === 'number' ? id : undefined
  if (result !== undefined)
    return meta === undefined ? { id: ours, result } : { id: ours, result, ...readMeta(meta) }
  const wire = readWireError(error)
  return wire === undefined ? undefined : { id: ours, error: wire }
}

/** Undefined for what is no error of JSON-RPC. */
export function readWireError(error: Json | undefined): WireError | undefined {
  const { code, message, data } = membersOf(error)
  if (typeof code !== 'number' || !Number.isInteger(code) || typeof message !== 'string') return undefined
  return data === undefined ? { code, message } : { code, message, data }
}

/** What is not understood of it is left out: the result stands without it. */
function readMeta(json: Json): { readonly meta?: AnswerMeta } {
  const { appliedIndex, ageMs } = membersOf(json)
  if (typeof appliedIndex !== 'number' || (typeof ageMs !== 'number' && ageMs !== null)) return {}
  return { meta: { appliedIndex, ageMs } }
}

function parse(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
