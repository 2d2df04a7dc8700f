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

/** Something that must hold does not. */
export class BrokenRule extends Error {
  constructor(
    message: string,
    /** What was called, where one call alone is to blame. */
    readonly call?: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

/** As a message shows it. */
export function contentOf(copy: object): string {
  try {
    const text = JSON.stringify(copy, (_key, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    )
    return text.length > 300 ? `${text.slice(0, 300)}…` : text
  } catch (error) {
    return `(not shown: ${String(error)})`
  }
}
