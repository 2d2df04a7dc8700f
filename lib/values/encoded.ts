/**
 * Values as JSON with tags. On a message an object that is met twice may become two, as in JSON; one that holds itself
 * is refused. What can't be written is refused with its path, and nothing is ever altered.
 */
import { isIterable, isJsonNumber, isList, type Json } from '../json.js'
import { bytesContent } from './bytes.js'
import { isJson, isPlain } from './carried.js'
import { errorContent } from './error-values.js'
import { adviceOn, shortened, shownKind, step } from './words.js'
import { registeredTypeOf, type Registered } from './registered.js'
import { BIGINT_DIGITS_MAX, REGEXP_LENGTH_MAX, VALUE_DEPTH_MAX } from './tags.js'
import type { Tag, Pointers } from './tags.js'
import { UnsuitableValueError } from './unsuitable.js'

export interface Encoded {
  readonly json: Json
  /** Whether it must be read by `decoded`: if not, it is the value itself. */
  readonly isTagged: boolean
}

/** What was written with tags before: it stands so wherever it is met on the way of a message. */
export class WrittenBefore {
  constructor(readonly json: Json) {}
}

/** Where values are written to: how objects may be met there, and what is said of what can't be written. */
export interface Way {
  /** Before its parts are looked at. @throws UnsuitableValueError */
  enter(value: object, path: string): void
  /** After its parts. */
  leave(value: object): void
  /** What to do instead completes the sentence. Empty: nothing comes to mind. */
  advice(value: unknown): string
  readonly pointers?: Pointers | undefined
}

/**
 * `path` names the value in messages; `depth`: so many levels stand around it where it is sent. Default 0.
 * @throws UnsuitableValueError with the path of the first part that can't travel
 */
export function encoded(value: unknown, path: string, pointers?: Pointers, depth = 0): Encoded {
  if (isJson(value, depth)) return { json: value, isTagged: false }
  try {
    return { json: written(value, path, new Message(pointers, depth)), isTagged: true }
  } catch (error) {
    // Tags need more of the stack than lists do, and whoever asks may stand deep in it.
    throw error instanceof RangeError ? unsuitable(path, 'nested too deep') : error
  }
}

/** The way of a message. */
class Message implements Way {
  /** From the whole down to what is looked at. */
  readonly #above = new Map<object, string>()

  constructor(
    readonly pointers: Pointers | undefined,
    private readonly depth: number,
  ) {}

  enter(value: object, path: string): void {
    const before = this.#above.get(value)
    if (before !== undefined) throw unsuitable(path, `${shortened(before)} again, which would have no end`)
    if (this.depth + this.#above.size >= VALUE_DEPTH_MAX)
      throw unsuitable(path, `nested deeper than ${VALUE_DEPTH_MAX} levels`)
    this.#above.set(value, path)
  }

  leave(value: object): void {
    this.#above.delete(value)
  }

  advice(value: unknown): string {
    return adviceOn(value)
  }
}

function unsuitable(path: string, what: string): UnsuitableValueError {
  return new UnsuitableValueError(`${shortened(path)} is ${what}`)
}

/** Always with tags. @throws UnsuitableValueError */
export function written(value: unknown, path: string, way: Way): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return isJsonNumber(value) ? value : { $: 'number', of: Object.is(value, -0) ? '-0' : String(value) }
    case 'undefined':
      return { $: 'undefined' }
    case 'bigint':
      return { $: 'bigint', of: digits(value, path) }
    case 'object':
      return value === null ? null : writtenObject(value, path, way)
    case 'function':
      return pointedAt(value, path, way)
    case 'symbol':
      throw refused(value, path, way)
  }
}

function pointedAt(value: object, path: string, way: Way): Tag {
  const tag = way.pointers?.refer(value)
  if (tag === undefined) throw refused(value, path, way)
  return tag
}

function refused(value: unknown, path: string, way: Way): UnsuitableValueError {
  return unsuitable(path, shownKind(value) + way.advice(value))
}

const BIGINT_MAX = 10n ** BigInt(BIGINT_DIGITS_MAX) - 1n

function digits(value: bigint, path: string): string {
  if (value <= BIGINT_MAX && value >= -BIGINT_MAX) return String(value)
  throw unsuitable(path, `a bigint of more than ${BIGINT_DIGITS_MAX} digits: send its bytes`)
}

function writtenObject(value: object, path: string, way: Way): Json {
  way.enter(value, path)
  const json = isList(value) ? writtenList(value, path, way) : writtenThing(value, path, way)
  way.leave(value)
  return json
}

/** A hole is undefined like any other. */
function writtenList(list: readonly unknown[], path: string, way: Way): Json {
  const json: Json[] = []
  for (let at = 0; at < list.length; at += 1) {
    const part = list[at]
    json.push(isShort(part) ? part : written(part, `${path}[${at}]`, way))
  }
  return json
}

/** What stands as it is, and needs no path. */
function isShort(value: unknown): value is string | boolean | null {
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}

function writtenThing(value: object, path: string, way: Way): Json {
  if (Object.getPrototypeOf(value) === null && !isIterable(value))
    return { $: 'bare', of: members(value, path, way) }
  if (isPlain(value)) {
    const tag = way.pointers?.refer(value)
    if (tag !== undefined) return tag
    const inner = members(value, path, way)
    return Object.hasOwn(value, '$') ? { $: 'object', of: inner } : Object.fromEntries(inner)
  }
  if (value instanceof WrittenBefore) return value.json
  const type = registeredTypeOf(value)
  if (type !== undefined) return { $: 'type', of: typed(type, value, path, way) }
  return tagOf(value, path, way)
}

function members(value: object, path: string, way: Way): [string, Json][] {
  const json: [string, Json][] = []
  for (const [name, part] of Object.entries(value) as [string, unknown][])
    json.push([name, isShort(part) ? part : written(part, path + step(name), way)])
  return json
}

function typed(type: Registered, value: object, path: string, way: Way): Json {
  let held: unknown
  try {
    held = type.encode(value)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UnsuitableValueError(`${shortened(path)} is a ${type.name} that can't be written: ${why}`, {
      cause,
    })
  }
  return [type.name, written(held, `${path} (as ${type.name}.encode wrote it)`, way)]
}

/** Of what the language brings, and of what can be pointed at. */
function tagOf(value: object, path: string, way: Way): Tag {
  const bytes = bytesContent(value)
  if (bytes !== undefined) return { $: 'bytes', of: bytes }
  if (value instanceof Error) {
    const of = errorContent(value, (part, name) => written(part, path + step(name), way))
    return { $: 'error', of }
  }
  const tag = contentOf(value, path, way)
  if (tag === undefined) return pointedAt(value, path, way)
  const [own] = Object.keys(value)
  if (own === undefined) return tag
  throw unsuitable(path, `a ${tag.$} with a member ${shortened(own)} of its own, which would be lost`)
}

function contentOf(value: object, path: string, way: Way): Tag | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (value instanceof Map && prototype === Map.prototype && isReal(() => value.size))
    return { $: 'map', of: pairs(value, path, way) }
  if (value instanceof Set && prototype === Set.prototype && isReal(() => value.size))
    return { $: 'set', of: inSet(value, path, way) }
  if (value instanceof Date && prototype === Date.prototype && isReal(() => value.getTime()))
    return { $: 'date', of: dateText(value) }
  if (value instanceof RegExp && prototype === RegExp.prototype && isReal(() => value.source))
    return { $: 'regexp', of: pattern(value, path) }
  if (value instanceof URL && prototype === URL.prototype && isReal(() => value.href))
    return { $: 'url', of: value.href }
  return undefined
}

/** What has the prototype alone, and a proxy of a real one, throws when it is asked for what the real one holds. */
function isReal(ask: () => unknown): boolean {
  try {
    ask()
    return true
  } catch {
    return false
  }
}

function pairs(map: ReadonlyMap<unknown, unknown>, path: string, way: Way): Json {
  const json: Json[] = []
  for (const [key, value] of map) json.push(writtenPair(key, value, path, way))
  return json
}

export function writtenPair(key: unknown, value: unknown, path: string, way: Way): [Json, Json] {
  const name = typeof key === 'string' ? shortened(key) : typeof key === 'number' ? String(key) : '…'
  return [written(key, `a key of ${path}`, way), written(value, `${path}.get(${name})`, way)]
}

function inSet(set: ReadonlySet<unknown>, path: string, way: Way): Json {
  const json: Json[] = []
  for (const each of set) json.push(written(each, `a member of ${path}`, way))
  return json
}

function dateText(date: Date): Json {
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function pattern({ source, flags, lastIndex }: RegExp, path: string): Json {
  if (source.length > REGEXP_LENGTH_MAX)
    throw unsuitable(path, `a regular expression of more than ${REGEXP_LENGTH_MAX} characters`)
  return lastIndex === 0 ? [source, flags] : [source, flags, lastIndex]
}
