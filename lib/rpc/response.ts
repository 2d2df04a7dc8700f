/** The door for what a server sends: a response of JSON-RPC 2.0, or not. */
import type { Json } from '../json.js'
import type { WireError } from './errors.js'

export type Response =
  | { readonly id: number | undefined; readonly result: Json }
  | { readonly id: number | undefined; readonly error: WireError }

/** Undefined: malformed. An id that is no number belongs to no call of ours and is read as undefined. */
export function readResponse(text: string): Response | undefined {
  const message = parse(text)
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined
  const { jsonrpc, id, result, error } = message as Readonly<Record<string, Json | undefined>>
  if (jsonrpc !== '2.0' || (result === undefined) === (error === undefined)) return undefined
  const ours = typeof id === 'number' ? id : undefined
  if (result !== undefined) return { id: ours, result }
  const wire = readError(error)
  return wire === undefined ? undefined : { id: ours, error: wire }
}

function readError(error: Json | undefined): WireError | undefined {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return undefined
  const { code, message, data } = error as Readonly<Record<string, Json | undefined>>
  if (typeof code !== 'number' || !Number.isInteger(code) || typeof message !== 'string') return undefined
  return data === undefined ? { code, message } : { code, message, data }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
