/** What is wrong with a request of JSON-RPC 2.0, section 4, in words for whoever wrote it. */
import { isList, isObject, membersOf, type Json } from '../json.js'
import { FIELD_LENGTH_MAX } from './envelope.js'

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
