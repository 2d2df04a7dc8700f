/** Guarded doors from unknown JSON to what the core is made of. Each refuses with INVALID_PARAMS, naming the member. */
import { isList, jsonReaders } from '../../json.js'
import { InvalidParamsError } from '../../rpc/errors.js'

export const { fields, list, whole, flag, text } = jsonReaders(
  (what, wanted) => new InvalidParamsError(`${what} must be ${wanted}`),
)

/** Of ids and names between members: whoever keeps one, or passes it on, must not carry megabytes. UTF-16 units. */
const NAME_LENGTH_MAX = 255

export function shortText(value: unknown, what: string): string {
  const short = text(value, what)
  if (short.length <= NAME_LENGTH_MAX) return short
  throw new InvalidParamsError(`${what} must be a text of at most ${NAME_LENGTH_MAX} characters`)
}

/** A value that is refused, as the refusal shows it: what came in may be of any size and shape. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return isList(value) ? 'a list' : 'an object'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX))
  return String(value)
}

const SHOWN_LENGTH_MAX = 100

/** The version of the messages between members. */
export const PROTOCOL_VERSION = 1
