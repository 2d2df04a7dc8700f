/** Results as JSON, for whoever has asked for nothing else. */
import { parseJson, type Json } from '../json.js'
import { InternalError } from '../rpc/errors.js'
import { isCarried, isJson, whyNotCarried } from '../values/carried.js'

/** @throws InternalError for a value that JSON has no word for: an object's proxy brings those */
export function jsonOf(result: unknown, method: string): Json {
  if (isJson(result)) return result
  if (isCarried(result, 'left out')) return parseJson(JSON.stringify(result))
  const why = whyNotCarried(result, 'its result', 'left out')
  throw new InternalError(`${method} has run, and ${why}; call it by object() to have it as it is`)
}
