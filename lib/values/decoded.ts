/**
 * Values again of JSON with tags. What a stranger may have written: anything. A tag that stands for no value, or for
 * another one than it says, is refused with its path.
 */
import { isList, type Json } from '../json.js'
import { bytesOfContent } from './bytes.js'
import { errorOfContent } from './error-values.js'
import { registeredTypeNamed, type Registered } from './registered.js'
import { BIGINT_DIGITS_MAX, isTag, POINTER_MARKS, REGEXP_LENGTH_MAX, VALUE_DEPTH_MAX } from './tags.js'
import type { Tag, Pointers } from './tags.js'
import { UnreadableValueError } from './unsuitable.js'
import { shortened, step } from './words.js'

export interface Reading {
  readonly pointers?: Pointers | undefined
  /** Of values within values. */
  readonly depthMax: number
  /** Characters of all regular expressions so far: some take long to read. Absent: they may have any number. */
  readonly patterns?: { length: number }
}

/**
 * Makes anew what `encoded` wrote with tags; `path` names it in messages.
 * @throws UnreadableValueError, and what {@link Pointers.meet} throws
 */
export function decoded(json: Json, pointers?: Pointers, path = 'the value'): unknown {
  try {
    return read(json, path, { pointers, depthMax: VALUE_DEPTH_MAX, patterns: { length: 0 } })
  } catch (error) {
    // Tags need more of the stack than lists do, and whoever asks may stand deep in it.
    throw error instanceof RangeError ? unreadable(path, 'nested too deep') : error
  }
}

export function read(json: Json, path: string, how: Reading, depth = 0): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (depth >= how.depthMax) throw unreadable(path, `nested deeper than ${how.depthMax} levels`)
  if (isList(json)) return json.map((part, at) => readPart(part, path, `[${at}]`, how, depth + 1))
  if (isTag(json)) return readTag(json, path, how, depth + 1)
  return objectOf(Object.entries(json), path, how, depth + 1)
}

/** Makes a path for those alone that have parts of their own. */
function readPart(json: Json, path: string, last: string, how: Reading, depth: number): unknown {
  return typeof json === 'object' && json !== null ? read(json, path + last, how, depth) : json
}

function unreadable(path: string, what: string, cause?: unknown): UnreadableValueError {
  return new UnreadableValueError(`${shortened(path)} is ${what}`, { cause })
}

/** A member `__proto__` is one like any other. */
function objectOf(
  pairs: Iterable<readonly [string, Json]>,
  path: string,
  how: Reading,
  depth: number,
): object {
  const members: [string, unknown][] = []
  for (const [name, json] of pairs) members.push([name, readPart(json, path, step(name), how, depth)])
  return Object.fromEntries(members)
}

function readTag(tag: Tag, path: string, how: Reading, depth: number): unknown {
  const { $: mark, of } = tag
  const value = Object.keys(tag).every((name) => name === '$' || name === 'of')
    ? valueOf(mark, of, path, how, depth)
    : NOTHING
  if (value === NOTHING) throw unreadable(path, `a tag ${shownMark(mark)} that stands for no value here`)
  return value
}

function shownMark(mark: Json): string {
  return typeof mark === 'string' ? JSON.stringify(shortened(mark)) : 'without a name'
}

/** That a tag stands for no value. */
const NOTHING = Symbol('nothing')

function valueOf(mark: Json, of: Json | undefined, path: string, how: Reading, depth: number): unknown {
  switch (mark) {
    case 'undefined':
      return of === undefined ? undefined : NOTHING
    case 'number':
      return (typeof of === 'string' ? NUMBERS.get(of) : undefined) ?? NOTHING
    case 'bigint':
      return typeof of === 'string' && BIGINT.test(of) ? BigInt(of) : NOTHING
    case 'date':
      return dateOf(of) ?? NOTHING
    case 'map':
      return mapOf(of, path, how, depth) ?? NOTHING
    case 'set':
      return setOf(of, path, how, depth) ?? NOTHING
    case 'bytes':
      return bytesOfContent(of) ?? NOTHING
    case 'error':
      return errorOfContent(of, (part, name) => readPart(part, path, step(name), how, depth)) ?? NOTHING
    case 'regexp':
      return patternOf(of, how) ?? NOTHING
    case 'url':
      return addressOf(of) ?? NOTHING
    case 'object':
      return namedOf(of, path, how, depth) ?? NOTHING
    case 'bare':
      return bareOf(of, path, how, depth) ?? NOTHING
    case 'type':
      return instanceOf(of, path, how, depth)
    default:
      return pointedAt(mark, of, path, how)
  }
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
])

const BIGINT = new RegExp(`^(?:0|-?[1-9]\\d{0,${BIGINT_DIGITS_MAX - 1}})$`)

function dateOf(of: Json | undefined): Date | undefined {
  if (of === null) return new Date(NaN)
  if (typeof of !== 'string') return undefined
  const date = new Date(of)
  return !Number.isNaN(date.getTime()) && date.toISOString() === of ? date : undefined
}

function mapOf(of: Json | undefined, path: string, how: Reading, depth: number): object | undefined {
  if (!isList(of)) return undefined
  const map = new Map<unknown, unknown>()
  for (const pair of of) {
    const [key, value, ...more] = isList(pair) ? pair : []
    if (key === undefined || value === undefined || more.length > 0) return undefined
    map.set(readPart(key, path, ' (a key)', how, depth), readPart(value, path, ' (a value)', how, depth))
  }
  return map.size === of.length ? map : undefined
}

function setOf(of: Json | undefined, path: string, how: Reading, depth: number): object | undefined {
  if (!isList(of)) return undefined
  const set = new Set(of.map((each) => readPart(each, path, ' (a member)', how, depth)))
  return set.size === of.length ? set : undefined
}

function patternOf(of: Json | undefined, how: Reading): RegExp | undefined {
  const [source, flags, lastIndex = 0, ...more] = isList(of) ? of : []
  if (typeof source !== 'string' || typeof flags !== 'string' || typeof lastIndex !== 'number')
    return undefined
  if (source.length > REGEXP_LENGTH_MAX || more.length > 0) return undefined
  if (how.patterns !== undefined && (how.patterns.length += source.length) > REGEXP_LENGTH_MAX)
    return undefined
  try {
    const pattern = new RegExp(source, flags)
    pattern.lastIndex = lastIndex
    return pattern.source === source && pattern.flags === flags ? pattern : undefined
  } catch {
    return undefined
  }
}

function addressOf(of: Json | undefined): object | undefined {
  try {
    const address = typeof of === 'string' ? new URL(of) : undefined
    return address?.href === of ? address : undefined
  } catch {
    return undefined
  }
}

function namedOf(of: Json | undefined, path: string, how: Reading, depth: number): object | undefined {
  const pairs = isList(of) ? of.map(namedPair) : [undefined]
  const known = pairs.filter((pair) => pair !== undefined)
  if (known.length < pairs.length) return undefined
  const object = objectOf(known, path, how, depth)
  return Object.keys(object).length === known.length ? object : undefined
}

function namedPair(pair: Json): readonly [string, Json] | undefined {
  const [name, value, ...more] = isList(pair) ? pair : []
  return typeof name === 'string' && value !== undefined && more.length === 0 ? [name, value] : undefined
}

function bareOf(of: Json | undefined, path: string, how: Reading, depth: number): object | undefined {
  const object = namedOf(of, path, how, depth)
  if (object !== undefined) Object.setPrototypeOf(object, null)
  return object
}

function instanceOf(of: Json | undefined, path: string, how: Reading, depth: number): unknown {
  const [name, written, ...more] = isList(of) ? of : []
  if (typeof name !== 'string' || written === undefined || more.length > 0) return NOTHING
  const type = registeredTypeNamed(name)
  if (type === undefined)
    throw unreadable(
      path,
      `a ${JSON.stringify(shortened(name))}, which is not registered here: registerType makes it known`,
    )
  return made(type, readPart(written, path, '', how, depth), path)
}

function made(type: Registered, held: unknown, path: string): object {
  let instance: unknown
  try {
    instance = type.decode(held)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw unreadable(path, `no ${type.name}: its decode said: ${shortened(why)}`, cause)
  }
  if (instance instanceof type.owner) return instance
  throw unreadable(path, `no ${type.name}: its decode made something else`)
}

function pointedAt(mark: Json, of: Json | undefined, path: string, { pointers }: Reading): unknown {
  if (pointers === undefined || typeof mark !== 'string' || !POINTER_MARKS.has(mark) || of === undefined)
    return NOTHING
  try {
    return pointers.meet(mark, of)
  } catch (error) {
    throw error instanceof UnreadableValueError ? unreadable(path, error.message) : error
  }
}
