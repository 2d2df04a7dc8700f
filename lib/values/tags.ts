/**
 * What JSON has no word for is written as a tag: an object with the member `$`, which names its kind, and `of`.
 *
 *     {"$":"undefined"}
 *     {"$":"number","of":"NaN"}                        "NaN", "Infinity", "-Infinity", "-0"
 *     {"$":"bigint","of":"-12"}                        decimal
 *     {"$":"date","of":"2026-01-31T12:00:00.000Z"}     null for an invalid one
 *     {"$":"map","of":[[key,value],…]}
 *     {"$":"set","of":[value,…]}
 *     {"$":"bytes","of":"AAEC"}                        a Uint8Array, in base64
 *     {"$":"bytes","of":["Float64Array","AAEC…"]}      any other view, or an ArrayBuffer; little-endian
 *     {"$":"regexp","of":[source,flags]}               and lastIndex, where it is not 0
 *     {"$":"url","of":"https://example.org/"}
 *     {"$":"error","of":{…}}                           see error-values.ts
 *     {"$":"object","of":[[name,value],…]}             a plain object that has a member `$` of its own
 *     {"$":"bare","of":[[name,value],…]}               an object without a prototype
 *     {"$":"type","of":["Name",value]}                 an instance of a registered class, as its `encode` wrote it
 *
 * On a connection there are also `ref`, `export` and `back`, which point at what stays where it is ({@link Pointers}).
 */
import { isObject, type Json, type JsonObject } from '../json.js'

export interface Tag extends JsonObject {
  readonly $: string
}

/** How what can't be written down is pointed at instead, on one connection. */
export interface Pointers {
  /**
   * How the other end gets at a function, or at an object that is more than data; undefined: it can't be pointed at.
   */
  refer(value: object): Tag | undefined
  /** What such a tag stands for here. @throws UnreadableValueError for one that stands for nothing: what it is */
  meet(mark: string, of: Json): unknown
}

/** The marks of what {@link Pointers} know. */
export const POINTER_MARKS: ReadonlySet<string> = new Set(['ref', 'export', 'back'])

/** No honest value is nested deeper; one that holds itself is. */
export const VALUE_DEPTH_MAX = 1_000

/** Longer ones take long to read: their time grows with the square of their length. */
export const BIGINT_DIGITS_MAX = 10_000

/** Characters of the sources of all regular expressions of a message: those of a stranger may take long to read. */
export const REGEXP_LENGTH_MAX = 10_000

export function isTag(json: Json): json is Tag {
  return isObject(json) && Object.hasOwn(json, '$')
}
