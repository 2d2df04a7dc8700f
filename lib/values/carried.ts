/**
 * What JSON carries to the other end unchanged: texts, finite numbers other than -0, booleans, null, and lists and
 * plain objects of these. All else JSON.stringify drops or turns into something else without a word, so it is refused
 * with its path. Ordinary values are walked through once, and nothing is made on the way.
 */
import { isIterable, isJsonNumber, isList, isObject, type Json } from '../json.js'
import { VALUE_DEPTH_MAX } from './tags.js'
import { className, shortened, step, withArticle } from './words.js'

/**
 * Of members of objects that are undefined. A method's result may have them: whoever reads it finds undefined there
 * anyway, and the method has run. What is given must be written down by who knows whether it was meant.
 */
export type UndefinedMembers = 'refused' | 'left out'

/** Whether JSON has the value exactly: an object without a prototype is carried, and arrives with one. */
export function isJson(value: unknown, depth = 0): value is Json {
  return isCarried(value, 'exact', depth)
}

export function isCarried(
  value: unknown,
  demand: UndefinedMembers | 'exact' = 'refused',
  depth = 0,
): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return isJsonNumber(value)
    case 'object':
      return (
        value === null ||
        (depth < VALUE_DEPTH_MAX &&
          isPlain(value, demand !== 'exact') &&
          partsAreCarried(value, demand, depth + 1))
      )
    default:
      return false
  }
}

function partsAreCarried(value: object, demand: UndefinedMembers | 'exact', depth: number): boolean {
  if (isList(value)) {
    // A hole is undefined like any other, and `every` would pass over it.
    for (let at = 0; at < value.length; at += 1) if (!isCarried(value[at], demand, depth)) return false
  } else if (isObject(value)) {
    for (const name in value) {
      const part = value[name]
      if (part === undefined && demand === 'left out') continue
      if (!isCarried(part, demand, depth) && Object.hasOwn(value, name)) return false
    }
  }
  return true
}

/**
 * A list, or an object without a class whose members are all that it holds. Each realm has an `Object.prototype` of its
 * own, with nothing above it.
 */
export function isPlain(value: object, isBarePlain = true): boolean {
  if (isList(value)) return true
  if (isIterable(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return true
  if (prototype === null) return isBarePlain
  return typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null
}

/**
 * Where in `value` the first part is that {@link isCarried} refuses, what it is, and what to send instead:
 * `argument 2 .rows[3].when is a Date: send its toISOString()`. `path` names the value itself.
 */
export function whyNotCarried(
  value: unknown,
  path: string,
  undefinedMembers: UndefinedMembers = 'refused',
): string {
  let part = value
  let at = ''
  for (let depth = 0; depth < VALUE_DEPTH_MAX; depth += 1) {
    const next = firstRefused(part, undefinedMembers, depth + 1)
    if (next === undefined) return `${placed(path, at)} is ${described(part)}`
    at += next.step
    part = next.part
  }
  return `${path} is nested deeper than ${VALUE_DEPTH_MAX} levels, or holds itself, at ${shortened(at)}`
}

/** From words the steps stand apart: `argument 2 .rows`, `args[1].rows`. */
function placed(path: string, steps: string): string {
  return path + (steps === '' || path.endsWith(']') ? '' : ' ') + shortened(steps)
}

interface Refused {
  readonly step: string
  readonly part: unknown
}

/** The first part of a list or a plain object that is refused; undefined for what is refused itself. */
function firstRefused(
  value: unknown,
  undefinedMembers: UndefinedMembers,
  depth: number,
): Refused | undefined {
  if (typeof value !== 'object' || value === null || !isPlain(value)) return undefined
  if (isList(value)) {
    const at = Array.from(value).findIndex((part) => !isCarried(part, undefinedMembers, depth))
    return at < 0 ? undefined : { step: `[${at}]`, part: value[at] }
  }
  const mayBeLeftOut = (part: unknown) => part === undefined && undefinedMembers === 'left out'
  const found = Object.entries(value).find(
    ([, part]) => !mayBeLeftOut(part) && !isCarried(part, undefinedMembers, depth),
  )
  return found && { step: step(found[0]), part: found[1] }
}

function described(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0)
        ? '-0, which JSON writes as 0: add 0 to it'
        : `${value}, which JSON has no word for`
    case 'undefined':
      return 'undefined, which JSON has no word for: leave it out, or send null'
    case 'bigint':
      return 'a bigint, which JSON has no word for: send it as a text'
    case 'object':
      return value === null ? 'null' : describedObject(value)
    default:
      return `a ${typeof value}, which JSON has no word for`
  }
}

/** By what Object.prototype.toString calls it. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['Date', 'send its toISOString()'],
  ['Map', 'send the list of its pairs, [...map], or Object.fromEntries(map)'],
  ['Set', 'send the list of its values, [...set]'],
  ['RegExp', 'send its source'],
  ['Error', 'send its message'],
  ['Promise', 'wait for it first'],
])

function describedObject(value: object): string {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `${withArticle(className(value))}: send its bytes as a text, in base64 for instance`
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  const instead = INSTEAD.get(tag)
  if (instead !== undefined) return `${withArticle(tag)}: ${instead}`
  if (tag === 'Object' && isIterable(value)) return 'an iterable: send the list of what it brings'
  if (tag.startsWith('Remote ')) return `${shortened(tag)}, which stands for another object: send its name`
  return `an instance of ${className(value)}: send a plain object of what it holds`
}
