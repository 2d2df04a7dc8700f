/** The doors of the name server: what callers send, checked and typed. Everything else in the room trusts its types. */
import { isList, isObject } from '../lib/json.js'
import type { AssignOptions, Fence, ListOptions, LookupOptions, RegisterOptions } from '../lib/names.js'
import { InvalidParamsError, TooLargeError } from '../lib/rpc/errors.js'
import { uri, type Uri } from '../lib/rpc/uri.js'
import { LIMITS } from './limits.js'

const REGISTER_OPTIONS = ['safe', 'metadata', 'ttlMs', 'fence']
/** By the version of the registry for which a registration was written. */
const SHARING_OPTIONS = [...REGISTER_OPTIONS, 'shared', 'lease']
const LOOKUP_OPTIONS = ['record']
const LIST_OPTIONS = ['prefix', 'regex', 'all', 'any']
const ASSIGN_OPTIONS = ['tag']
const FENCE = ['clusterId', 'term']

/** Anything without `@` and control characters, 1 to 255 characters long. */
export function readName(value: unknown): string {
  const name = text('name', value, LIMITS.nameLength)
  if (name === '') throw new InvalidParamsError('name is empty')
  if (/[@\p{Cc}\p{Cs}]/u.test(name)) {
    throw new InvalidParamsError(
      `${JSON.stringify(name)} is not a name: "@" and control characters can't stand in one`,
    )
  }
  return name
}

export function readUri(value: unknown): Uri {
  return uri(text('uri', value, LIMITS.uriLength))
}

/** `knowsSharing`: whether all members of the name server's group do. */
export function readRegisterOptions(value: unknown, knowsSharing = true): RegisterOptions {
  const options = members('options', value, knowsSharing ? SHARING_OPTIONS : REGISTER_OPTIONS)
  const { safe, metadata, ttlMs, fence, shared, lease } = options
  const read: RegisterOptions = {
    ...(safe !== undefined && { safe: readBoolean('safe', safe) }),
    ...(metadata !== undefined && { metadata: readTags('metadata', metadata) }),
    ...(ttlMs !== undefined && { ttlMs: wholeNumber('ttlMs', ttlMs, 1, LIMITS.ttlMs) }),
    ...(fence !== undefined && { fence: readFence(fence) }),
    ...(shared !== undefined && { shared: readBoolean('shared', shared) }),
    ...(lease !== undefined && { lease: readLease(lease) }),
  }
  demandSense(read)
  return read
}

function demandSense({ fence, shared, lease, ttlMs }: RegisterOptions): void {
  if (fence !== undefined && shared === true)
    throw new InvalidParamsError("a name with a fence has one place: it can't be shared")
  if (lease !== undefined && fence !== undefined)
    throw new InvalidParamsError('a name with a fence ends by ttlMs alone: leave lease out')
  if (lease !== undefined && ttlMs === undefined)
    throw new InvalidParamsError('lease needs ttlMs: how long the lease lasts without being renewed')
}

/** What a process keeps its names by. */
export function readLease(value: unknown): string {
  const id = text('lease', value, LIMITS.leaseLength)
  if (id === '') throw new InvalidParamsError('lease is empty')
  return id
}

export function readLookupOptions(value: unknown): LookupOptions {
  const { record } = members('options', value, LOOKUP_OPTIONS)
  return { ...(record !== undefined && { record: readBoolean('record', record) }) }
}

export function readListOptions(value: unknown): ListOptions {
  const { prefix, regex, all, any } = members('options', value, LIST_OPTIONS)
  return {
    ...(prefix !== undefined && { prefix: text('prefix', prefix, LIMITS.nameLength) }),
    ...(regex !== undefined && { regex: text('regex', regex, LIMITS.patternLength) }),
    ...(all !== undefined && { all: readTags('all', all) }),
    ...(any !== undefined && { any: readTags('any', any) }),
  }
}

export function readKey(value: unknown): string {
  return text('key', value, LIMITS.keyLength)
}

export function readAssignOptions(value: unknown): AssignOptions {
  const { tag } = members('options', value, ASSIGN_OPTIONS)
  return { tag: text('options.tag', tag, LIMITS.tagLength) }
}

function readFence(value: unknown): Fence {
  const { clusterId, term } = members('fence', value, FENCE)
  const id = text('fence.clusterId', clusterId, LIMITS.clusterIdLength)
  if (id === '') throw new InvalidParamsError('fence.clusterId is empty')
  return { clusterId: id, term: wholeNumber('fence.term', term, 0, Number.MAX_SAFE_INTEGER) }
}

/** Sorted, each once. */
export function readTags(what: string, value: unknown): readonly string[] {
  if (!isList(value)) throw new InvalidParamsError(`${what} must be a list of strings`)
  if (value.length > LIMITS.tags) {
    throw new TooLargeError(`${what} has ${value.length} tags; ${LIMITS.tags} are allowed`)
  }
  const tags = value.map((tag) => text(`each of ${what}`, tag, LIMITS.tagLength))
  return [...new Set(tags)].sort()
}

/** Null is taken for "not given", as in a call that leaves a parameter out before another. */
function members(what: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (!isObject(value)) {
    throw new InvalidParamsError(`${what} must be an object of ${known.join(', ')}`)
  }
  const stranger = Object.keys(value).find((key) => !known.includes(key))
  if (stranger !== undefined) {
    const shown = JSON.stringify(stranger.slice(0, 50))
    throw new InvalidParamsError(`${what} has an unknown member ${shown}; known are ${known.join(', ')}`)
  }
  return value
}

function text(what: string, value: unknown, lengthMax: number): string {
  if (typeof value !== 'string') throw new InvalidParamsError(`${what} must be a string`)
  if (value.length > lengthMax) {
    throw new TooLargeError(`${what} is ${value.length} characters long; ${lengthMax} are allowed`)
  }
  return value
}

function readBoolean(what: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new InvalidParamsError(`${what} must be true or false`)
  return value
}

function wholeNumber(what: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new InvalidParamsError(`${what} must be a whole number from ${min} to ${max}`)
}
