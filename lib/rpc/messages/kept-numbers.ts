/**
 * Numbers that JSON.parse would alter without a word: whole numbers that no double holds, such as 12345678901234567890,
 * those beyond any double, such as 1e400, and those with more digits than tell doubles apart.
 * Fractions of up to 17 digits stand for the double that is nearest, as everywhere. Most
 * messages have no such number, and are not looked through.
 */
import { isList, jsonIn, type Json } from '../../json.js'
import { shortened, step } from '../../values/words.js'
import { BRACE, BRACE_END, BRACKET, BRACKET_END, COMMA, endOfString, QUOTE } from './message-size.js'

/** So many digits tell any double from all others. */
const DIGITS_MAX = 17
/** No number that is written in fewer characters is altered, unless it is too large or too small for a double. */
const RUN_LENGTH = 16
/** Of a path that is as long as a stranger likes. */
const STEPS_SHOWN = 50
/** `\\u0061` */
const ESCAPED_LENGTH = 6
/** What is nested deeper is looked through as a text. */
const LOOKED_DEPTH = 200
/** What is nearer to zero is held with fewer digits (IEEE 754-2019, section 3.3). */
const LEAST_NORMAL = 2 ** -1022
/** Without one, no number with fewer digits than a long run has is too large or too small for a double. */
const LONG_EXPONENT = /[eE][+-]?[0-9]{3}/
/** Where strings, lists and objects, their parts, and numbers begin or end. */
const TOKEN = /["[\]{},0-9-]/g
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WHOLE = /^-?[0-9]+$/
const DOT = 0x2e
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39

/** Whether `text`, of which `value` was read, need be looked through: false is certain. */
export function mayHaveAltered(text: string, value: Json | undefined): boolean {
  // Of so many digits and points one stands at a multiple of their number.
  for (let at = RUN_LENGTH - 1; at < text.length; at += RUN_LENGTH) {
    const code = text.charCodeAt(at)
    if (code >= DOT && code <= NINE && runLength(text, at) >= RUN_LENGTH) return true
  }
  return value !== undefined && isDoubtful(value, 0) && LONG_EXPONENT.test(text)
}

/**
 * What the member `root` of each request or response in `text`, valid JSON of one or of a list of them, has of such
 * numbers: by position, the first with its path and what it would become.
 */
export function alteredNumbers(text: string, root: 'params' | 'result'): ReadonlyMap<number, string> {
  return new Scan(text, root).altered
}

/** Of digits and points. */
function runLength(text: string, at: number): number {
  let first = at
  let last = at
  while (first > 0 && at - first < RUN_LENGTH && isOfNumber(text.charCodeAt(first - 1))) first -= 1
  while (last - first < RUN_LENGTH && isOfNumber(text.charCodeAt(last + 1))) last += 1
  return last - first + 1
}

function isOfNumber(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === DOT
}

/** Zero, too, may have been written as something else, and what is nearly zero has fewer digits than others. */
function isDoubtful(value: Json, depth: number): boolean {
  if (typeof value === 'number') return Math.abs(value) < LEAST_NORMAL || !Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return false
  if (depth > LOOKED_DEPTH) return true
  if (isList(value)) {
    for (const part of value) if (isDoubtful(part, depth + 1)) return true
    return false
  }
  for (const name in value) if (isDoubtful(value[name] ?? null, depth + 1)) return true
  return false
}

function isKept(written: string): boolean {
  const value = Number(written)
  if (!Number.isFinite(value)) return false
  if (WHOLE.test(written)) return Number.isSafeInteger(value) || String(value) === written
  const digits = significantDigits(written)
  if (Math.abs(value) < LEAST_NORMAL) return digits === 0 || String(value) === written
  return digits <= DIGITS_MAX
}

/**
 * From the first that is not zero to the last that is not, up to an exponent. Linear: a
 * stranger chooses how many there are.
 */
function significantDigits(written: string): number {
  let digits = 0
  let zeros = 0
  for (let at = 0; at < written.length; at += 1) {
    const code = written.charCodeAt(at)
    if (code === DOT || code === MINUS) continue
    if (code < ZERO || code > NINE) break
    if (code !== ZERO) {
      digits += zeros + 1
      zeros = 0
    } else if (digits > 0) zeros += 1
  }
  return digits
}

/** Where in the text a value stands: of a list its position, of an object where its name stands. */
interface Place {
  readonly isList: boolean
  position: number
  nameAt: number
}

/** One pass, and each name is read at most once, except on the way to the first such number of a request. */
class Scan {
  readonly altered = new Map<number, string>()
  readonly #places: Place[] = []
  /** How many places a request stands in. */
  readonly #outside: number
  /** In the member that is looked through. */
  #isInRoot = false

  constructor(
    private readonly text: string,
    private readonly root: string,
  ) {
    this.#outside = /^\uFEFF?\s*\[/.test(text) ? 1 : 0
    for (TOKEN.lastIndex = 0; TOKEN.test(text);) TOKEN.lastIndex = this.#take(TOKEN.lastIndex - 1)
  }

  /** Where it goes on. */
  #take(at: number): number {
    const code = this.text.charCodeAt(at)
    const place = this.#places.at(-1)
    if (code === QUOTE) return this.#string(at, place)
    if (code === BRACE || code === BRACKET)
      this.#places.push({ isList: code === BRACKET, position: 0, nameAt: -1 })
    else if (code === BRACE_END || code === BRACKET_END) this.#places.pop()
    else if (code === COMMA && place !== undefined) next(place)
    else if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number(at)
    return at + 1
  }

  #string(at: number, place: Place | undefined): number {
    const end = endOfString(this.text, at) + 1
    if (place !== undefined && !place.isList && place.nameAt < 0) {
      place.nameAt = at
      if (this.#places.length === this.#outside + 1) this.#isInRoot = this.#isRoot(at, end)
    }
    return end
  }

  /** Each of its characters may have been escaped. */
  #isRoot(at: number, end: number): boolean {
    return end - at <= ESCAPED_LENGTH * this.root.length + 2 && this.#name(at) === this.root
  }

  #number(at: number): number {
    NUMBER.lastIndex = at
    NUMBER.test(this.text)
    const end = NUMBER.lastIndex
    const request = this.#outside === 0 ? 0 : (this.#places[0]?.position ?? 0)
    if (!this.#isInRoot || this.altered.has(request)) return end
    const written = this.text.slice(at, end)
    if (!isKept(written)) this.#found(request, written)
    return end
  }

  #found(request: number, written: string): void {
    const inside = this.#places.slice(this.#outside + 1, this.#outside + 1 + STEPS_SHOWN)
    const steps = inside.map((place) => this.#step(place))
    const what = `${shortened(this.root + steps.join(''))} is ${shortened(written)}`
    this.altered.set(request, `${what}, which a number here can't hold (it would become ${Number(written)})`)
  }

  #step(place: Place): string {
    return place.isList ? `[${place.position}]` : step(this.#name(place.nameAt))
  }

  #name(at: number): string {
    const name = jsonIn(this.text.slice(at, endOfString(this.text, at) + 1))
    return typeof name === 'string' ? name : ''
  }
}

function next(place: Place): void {
  place.position += 1
  place.nameAt = -1
}
