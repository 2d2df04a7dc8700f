/** Guarded doors from unknown JSON to what the core is made of. Each refuses with INVALID_PARAMS, naming the member. */
import { InvalidParamsError } from '../../rpc/errors.js'

export type Fields = Readonly<Record<string, unknown>>

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidParamsError(`${what} must be an object`)
  }
  return { ...value }
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidParamsError(`${what} must be a list`)
  return value
}

export function whole(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidParamsError(`${what} must be a whole number from 0 up`)
}

export function flag(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidParamsError(`${what} must be true or false`)
}

export function text(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new InvalidParamsError(`${what} must be a text that is not empty`)
}

/** A value that is refused, as the refusal shows it: what came in may be of any size and shape. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX))
  return String(value)
}

const SHOWN_LENGTH_MAX = 100

/** The version of the messages between members. One that is unknown is refused whole. */
export const PROTOCOL_VERSION = 1

export function checkVersion(from: Fields, what: string): void {
  if (from['version'] === PROTOCOL_VERSION) return
  throw new InvalidParamsError(
    `${what} has version ${shown(from['version'])}; this member speaks ${PROTOCOL_VERSION}`,
  )
}
