/**
 * What the values of flags mean. Each reader throws a {@link UsageError} that names the flag, the value and the right
 * form.
 */
import type { RangeMs } from '../member-settings.js'
import { HOST, HOST_ALONE, IDENTIFIER, IDENTIFIER_PARTS, ORIGIN } from '../patterns.js'
import { SOCKET_PATH } from '../rpc/options.js'
import { UsageError } from './report.js'

/** A whole number from `min` to `max`, in decimal digits. */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, not "${text}"`)
}

const LAST_PORT = 65_535

/** 0 lets the system choose a port. */
export const port = (flag: string, text: string): number => wholeNumber(flag, text, 0, LAST_PORT)

/** Of the file system, from its root on. */
export function socketPath(flag: string, text: string): string {
  if (SOCKET_PATH.holds(text)) return text
  throw new UsageError(`${flag} must be ${SOCKET_PATH.wanted}, not "${text}"`)
}

/** A file's name, or whatever else is not looked at here. An empty one is what is left of a variable that is not set. */
export function someText(flag: string, text: string): string {
  if (text !== '') return text
  throw new UsageError(`${flag} must not be empty`)
}

/** `150-300`: the range that election timeouts are drawn from, in milliseconds. */
export function rangeMs(flag: string, text: string): RangeMs {
  const [, min, max] = /^(\d{1,7})-(\d{1,7})$/.exec(text) ?? []
  const range = { min: Number(min), max: Number(max) }
  if (range.min >= 1 && range.min < range.max) return range
  throw new UsageError(
    `${flag} must be two numbers of milliseconds, the lower first, such as 150-300, not "${text}"`,
  )
}

/** Comma-separated, without empty parts and blanks around them. At least one. */
export function list(flag: string, text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => part !== '')) return parts
  throw new UsageError(`${flag} must be a list such as a,b,c without empty parts, not "${text}"`)
}

/** `ID@HOST:PORT,…`. The URIs come back as they were written; each id may stand there once. */
export function members(flag: string, text: string): readonly string[] {
  const uris = list(flag, text)
  const ids = new Set<string>()
  for (const uri of uris) {
    const [, id, digits] = /^([^@\s]+)@(?:\[[^\]\s]+\]|[^:\s]+):(\d{1,5})$/.exec(uri) ?? []
    if (id === undefined || !isPort(digits))
      throw new UsageError(
        `${flag} must be members such as node1@localhost:9101,node2@localhost:9102; "${uri}" is none`,
      )
    if (ids.has(id)) throw new UsageError(`${flag} names ${id} twice`)
    ids.add(id)
  }
  return uris
}

const isPort = (digits: string | undefined): boolean => Number(digits) <= LAST_PORT

/** `HOST:PORT`; the port may be left out. */
export function hostPort(flag: string, text: string): string {
  const [only, ...more] = hostPorts(flag, text)
  if (only === undefined || more.length > 0)
    throw new UsageError(`${flag} takes one HOST:PORT, not "${text}"`)
  return only
}

/** `HOST:PORT,…`; the ports may be left out. */
export function hostPorts(flag: string, text: string): readonly string[] {
  const parts = list(flag, text)
  for (const part of parts) {
    const [matched, digits = '0'] = /^(?:\[[^\]\s]+\]|[^@:\s]+)(?::(\d{1,5}))?$/.exec(part) ?? []
    if (matched === undefined || !isPort(digits))
      throw new UsageError(`${flag} must be HOST:PORT such as localhost:9090, not "${part}"`)
  }
  return parts
}

/** `https://app.example,http://localhost:3000`. A star, which would let in every page there is, is refused. */
export function origins(flag: string, text: string): readonly string[] {
  const parts = list(flag, text)
  for (const part of parts)
    if (!ORIGIN.test(part))
      throw new UsageError(
        `${flag} must be origins such as https://app.example, in lower case, not "${part}"`,
      )
  return parts
}

/** What to listen on. */
export function hostAlone(flag: string, text: string): string {
  if (HOST_ALONE.test(someText(flag, text))) return text
  throw new UsageError(
    `${flag} must be a host or an address alone, such as 10.0.0.1 or ::1, not "${text}": the port is a flag of its own`,
  )
}

/** `node1.example,proxy.example:8443`. */
export function hosts(flag: string, text: string): readonly string[] {
  const parts = list(flag, text)
  for (const part of parts)
    if (!HOST.test(part))
      throw new UsageError(`${flag} must be hosts such as node1.example or node1.example:9101, not "${part}"`)
  return parts
}

/** What is left when a name, a cluster or an id has none of the characters that URIs and names are built with. */
export function identifier(flag: string, text: string): string {
  if (IDENTIFIER.test(text)) return text
  throw new UsageError(`${flag} must be made of ${IDENTIFIER_PARTS}, not "${text}"`)
}

/** One of a few words. */
export function choice<T extends string>(flag: string, choices: readonly T[], text: string): T {
  const found = choices.find((known) => known === text)
  if (found !== undefined) return found
  throw new UsageError(`${flag} must be one of ${choices.join(', ')}, not "${text}"`)
}
