/** The object that is tried out, as nodes and model alike know it. */
import type { Json } from '../../lib/json.js'
import type { Logger } from '../../lib/ports.js'
import type { RollcallError } from '../../lib/rpc/errors.js'

/** The name that the object has at the nodes. */
export const SUBJECT = 'subject'

/** How an error that a method has thrown stands in a history. */
export function errorAnswer(error: RollcallError): Json {
  return { threw: error.message }
}

export const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => SILENT,
}
