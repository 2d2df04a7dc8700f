/**
 * What JSON can carry, the questions to a value that came from outside and may be anything, and the guarded doors from
 * there to what the code is made of.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Of a value that JSON.parse has made the parts are JSON, too; of any other they are unknown. */
export function isList(value: Json | undefined): value is readonly Json[]
export function isList(value: unknown): value is readonly unknown[]
export function isList(value: unknown): boolean {
  return Array.isArray(value)
}

/** With members that have names: no list. */
export function isObject(value: Json | undefined): value is JsonObject
export function isObject(value: unknown): value is Readonly<Record<string, unknown>>
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What it brings when it is read stands in none of its members, unless it is a list. */
export function isIterable(value: object): boolean {
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

/** One that JSON has a word for: it has none for NaN and the infinities, and writes -0 as 0. */
export function isJsonNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
}

/** A whole number from 0 up that a double holds exactly. */
export function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The members that there are: JSON has no word for what is undefined. */
export function withoutUndefined(from: Readonly<Record<string, Json | undefined>>): JsonObject {
  const given = Object.entries(from).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return Object.fromEntries(given)
}

/** What is no object has no members. */
export function membersOf(value: Json | undefined): JsonObject
export function membersOf(value: unknown): Readonly<Record<string, unknown>>
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

/** What is no list has no texts. */
export function textsIn(value: unknown): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Shares no object with `json`; made for a sixth of what a copy by way of its text costs. */
export function copyOf(json: Json): Json {
  if (typeof json !== 'object' || json === null) return json
  if (isList(json)) return json.map(copyOf)
  const copy: Record<string, Json> = { ...json }
  for (const name of Object.keys(copy)) copy[name] = copyOf(copy[name] ?? null)
  return copy
}

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  return JSON.parse(text) as Json
}

/** Undefined: the text is no JSON. */
export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** JSON.stringify with its true type: undefined for what has no JSON text, such as undefined or a function. */
export function jsonText(value: unknown): string | undefined {
  return JSON.stringify(value)
}

/** A value with few parts is written sooner than JSON.stringify has made room for it, and little is thrown away. */
const FEW_PARTS = 8
/** A longer text is looked through sooner by JSON.stringify. */
const SHORT_LENGTH = 100
/** Of an object, whose other parts are written sooner, too. */
const SHORT_PART_LENGTH = 1000

/**
 * The JSON, as JSON.stringify writes it, of a text, a number that JSON has, true, false and null, and of a short list or
 * plain object of these. Undefined: it is something else, or longer.
 */
export function shortJson(value: unknown): string | undefined {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return wordOf(value)
  if (isList(value)) return shortList(value)
  if (Object.getPrototypeOf(value) !== Object.prototype || isIterable(value)) return undefined
  return isObject(value) ? shortObject(value) : undefined
}

function shortList(list: readonly unknown[]): string | undefined {
  if (list.length > FEW_PARTS) return undefined
  let text = '['
  for (let at = 0; at < list.length; at += 1) {
    const part = list[at]
    const written = typeof part === 'string' ? quoted(part) : wordOf(part)
    if (written === undefined) return undefined
    text += at === 0 ? written : `,${written}`
  }
  return `${text}]`
}

/** Joined so that few pieces are left for those who keep it. */
function shortObject(object: Readonly<Record<string, unknown>>): string | undefined {
  let text = ''
  let between = '{'
  let left = FEW_PARTS
  for (const name in object) {
    const part = object[name]
    if (left-- === 0 || hasEscaped(name) || !Object.hasOwn(object, name)) return undefined
    if (typeof part === 'string') {
      if (part.length > SHORT_PART_LENGTH || hasEscaped(part)) return undefined
      text += `${between}"${name}":"` + part
      between = '",'
    } else {
      const word = wordOf(part)
      if (word === undefined) return undefined
      text += `${between}"${name}":${word}`
      between = ','
    }
  }
  if (text === '') return '{}'
  return text + (between === ',' ? '}' : '"}')
}

function wordOf(value: unknown): string | undefined {
  return value === null || typeof value === 'boolean' || isJsonNumber(value) ? String(value) : undefined
}

/** The text of a string, as JSON.stringify writes it, which is slower where it is short and nothing has to be escaped. */
export function quoted(text: string): string {
  return text.length > SHORT_LENGTH || hasEscaped(text) ? JSON.stringify(text) : `"${text}"`
}

/** Whether JSON.stringify escapes any of it, or may do so: of surrogates those alone that stand alone. */
export function hasEscaped(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit & 0xf800) === 0xd800) return true
  }
  return false
}

export type Fields = Readonly<Record<string, unknown>>

type Refuse = (what: string, wanted: string) => Error

type Read<T> = (value: unknown, what: string) => T

export interface JsonReaders {
  readonly fields: Read<Fields>
  readonly list: Read<readonly unknown[]>
  readonly whole: Read<number>
  readonly number: Read<number>
  readonly flag: Read<boolean>
  readonly text: Read<string>
}

/**
 * The guarded doors of a room: each gives the value with its type, or refuses it in the room's own way.
 * `refuse(what, wanted)`: `voters`, `a list`.
 */
export function jsonReaders(refuse: Refuse): JsonReaders {
  return {
    fields: (value, what) => {
      if (isObject(value)) return value
      throw refuse(what, 'an object')
    },
    list: (value, what) => {
      if (isList(value)) return value
      throw refuse(what, 'a list')
    },
    whole: (value, what) => {
      if (isWhole(value)) return value
      throw refuse(what, 'a whole number from 0 up')
    },
    number: (value, what) => {
      if (typeof value === 'number') return value
      throw refuse(what, 'a number')
    },
    flag: (value, what) => {
      if (typeof value === 'boolean') return value
      throw refuse(what, 'true or false')
    },
    text: (value, what) => {
      if (typeof value === 'string' && value !== '') return value
      throw refuse(what, 'a text that is not empty')
    },
  }
}
