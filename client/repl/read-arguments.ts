/** The arguments of REPL commands, read from what was typed after the name. */
import { UsageError } from '../../lib/command-line/report.js'
import { plainText, words } from '../../lib/command-line/arguments.js'

/** One word, or the usage. */
export function oneWord(rest: string, usage: string): string {
  const [word, ...more] = words(rest)
  if (word === undefined || more.length > 0) throw new UsageError(`usage: ${usage}`)
  return plainText(word)
}

/** Up to `count` whole numbers, or the usage. */
export function wholeNumbers(rest: string, count: number, min: number, usage: string): readonly number[] {
  const found = words(rest)
  if (found.length > count) throw new UsageError(`usage: ${usage}`)
  return found.map((word) => wholeNumber(word, min, usage))
}

function wholeNumber(word: string, min: number, usage: string): number {
  const number = /^-?\d+$/.test(word) ? Number(word) : NaN
  if (Number.isSafeInteger(number) && number >= min) return number
  const range = min > -Infinity ? ` from ${min}` : ''
  throw new UsageError(`"${word}" is not a whole number${range}; usage: ${usage}`)
}

/** Refuses words where none belong. */
export function noWords(rest: string, usage: string): void {
  if (rest !== '') throw new UsageError(`${usage} takes nothing after it`)
}
