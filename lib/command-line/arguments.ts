/**
 * How values are typed: JSON, or else the text itself. The same on the command line, in the REPL and in a query's URL.
 */
import { UsageError } from './report.js'
import { jsonIn, type Json } from '../json.js'
import { valuesIn } from '../rpc/messages/message-size.js'

/**
 * `5` is a number, `"5"` and `five` are strings, `{"a":1}` is an object. JSON that would print back as something else
 * is text as it was typed: versions, ids and amounts such as `1.10`, `1e3` and `12345678901234567890`.
 */
export function jsonOrText(text: string): Json {
  const value = jsonIn(text)
  return value === undefined || !isKept(text, value) ? text : value
}

/**
 * Whether each number is written as it prints, no member is lost to another of the same name, and no blanks around a
 * word are: who has quoted them wants them.
 */
function isKept(text: string, value: Json): boolean {
  const isOfParts = typeof value === 'object' && value !== null
  if (!isOfParts && text.trim() !== text) return false
  const numbers = text.replace(STRINGS, '').match(NUMBERS) ?? []
  if (!numbers.every((number) => String(Number(number)) === number)) return false
  return !isOfParts || valuesIn(text, Infinity) === valuesIn(JSON.stringify(value), Infinity)
}

const STRINGS = /"(?:[^"\\]|\\.)*"/g
const NUMBERS = /-?\d[\d.eE+-]*/g

export interface Target {
  readonly object: string
  readonly method: string
}

/** `OBJECT.METHOD`, split at the last dot. */
export function target(text: string): Target {
  const dot = text.lastIndexOf('.')
  if (dot > 0 && dot < text.length - 1) return { object: text.slice(0, dot), method: text.slice(dot + 1) }
  throw new UsageError(`"${text}" is not OBJECT.METHOD; write for example kv.get`)
}

/**
 * The words of a line. A word that begins as a JSON string, array or object goes on to its end, blanks included:
 * `x {"a": 1}` are two words. Without an end it is split at blanks like anything else.
 */
export function words(text: string): readonly string[] {
  const found: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    const length = jsonLength(rest) ?? rest.search(/\s|$/)
    found.push(rest.slice(0, length))
    rest = rest.slice(length).trimStart()
  }
  return found
}

/** A word, which may be written as a JSON string to hold blanks: `"two words"`. */
export function plainText(word: string): string {
  const value = word.startsWith('"') ? jsonOrText(word) : word
  return typeof value === 'string' ? value : word
}

/** The length of the JSON string, array or object that `text` begins with and that a blank or the end follows. */
function jsonLength(text: string): number | undefined {
  if (!/^["[{]/.test(text)) return undefined
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth > 0) continue
    const end = index + token.length
    return /^(?:\s|$)/.test(text.slice(end)) ? end : undefined
  }
  return undefined
}
