/**
 * The text of a URI taken apart, without a word about errors: `objectId@host:port`, `objectId@[ipv6]:port` or
 * `objectId@unix:/path`. The doors that refuse with an error stand in `uri.ts`.
 */
import type { Address } from '../ports.js'

/** A URI that has passed the grammar: `objectId@host:port`. */
export type Uri = string & { readonly __text: 'uri' }

/** The part before the `@`: names one object within a daemon. */
export type ObjectId = string & { readonly __text: 'objectId' }

export interface UriParts {
  readonly objectId: ObjectId
  readonly address: Address
}

/** What a text is, or what is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string }

// No white space, no `@`, no control character; dots are allowed, since a method is split at the last one.
const OBJECT_ID = /^[^\s@\p{Cc}]{1,255}$/u
const HOST_NAME =
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?$/
/** Of a name, by RFC 1035. Either pattern takes a text that is much longer for minutes. */
const HOST_LENGTH_MAX = 253
const SHOWN_LENGTH_MAX = 200
const DIGITS = /^[0-9]{1,5}$/

export function readUri(text: string): Parsed<UriParts> {
  const at = text.lastIndexOf('@unix:') >= 0 ? text.indexOf('@unix:') : text.indexOf('@')
  if (at < 0) return { problem: 'it has no "@"' }
  const objectId = readObjectId(text.slice(0, at))
  if ('problem' in objectId) return objectId
  const address = readAddress(text.slice(at + 1))
  if ('problem' in address) return address
  return { value: { objectId: objectId.value, address: address.value } }
}

export function readObjectId(text: string): Parsed<ObjectId> {
  if (text === '') return { problem: 'the object before the "@" is missing' }
  if (!OBJECT_ID.test(text)) {
    return {
      problem:
        'the object is longer than 255 characters, or has white space, "@" or a control character in it',
    }
  }
  return { value: text as ObjectId }
}

export function readAddress(text: string, defaultPort?: number): Parsed<Address> {
  return text.startsWith('unix:') ? readPath(text.slice('unix:'.length)) : readHostPort(text, defaultPort)
}

function readPath(path: string): Parsed<Address> {
  if (!path.startsWith('/')) return { problem: 'the path after "unix:" does not begin with "/"' }
  if (/\p{Cc}/u.test(path)) return { problem: 'the path has a control character in it' }
  return { value: { kind: 'unix', path } }
}

function readHostPort(text: string, defaultPort: number | undefined): Parsed<Address> {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text)
  const plain = bracketed ?? /^([^:[\]]*)(?::([^:]*))?$/.exec(text)
  if (plain === null) return { problem: 'the host has a ":" in it (an IPv6 address stands in brackets)' }
  const host = plain[1] ?? ''
  if (host === '') return { problem: 'the host is missing' }
  const valid = host.length <= HOST_LENGTH_MAX && (bracketed === null ? HOST_NAME : IPV6).test(host)
  if (!valid) return { problem: `${shown(host)} is not a host` }
  const port = readPort(plain[2], defaultPort)
  return 'problem' in port ? port : { value: { kind: 'tcp', host, port: port.value } }
}

function readPort(text: string | undefined, defaultPort: number | undefined): Parsed<number> {
  if (text === undefined)
    return defaultPort === undefined ? { problem: 'the port is missing' } : { value: defaultPort }
  const port = DIGITS.test(text) ? Number(text) : NaN
  return port <= 65535 ? { value: port } : { problem: `${shown(text)} is not a port from 0 to 65535` }
}

/** Whoever wrote it may have written megabytes; the sentence goes into logs and answers. */
function shown(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `"${text.slice(0, SHOWN_LENGTH_MAX)}…"` : `"${text}"`
}

/** `host:port`, `[ipv6]:port` or `unix:/path`. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** The text as a URI, if it is one. */
export function asUri(text: unknown): Uri | undefined {
  return typeof text === 'string' && 'value' in readUri(text) ? (text as Uri) : undefined
}
