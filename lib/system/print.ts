/** Results go to stdout, and what is said beside them to stderr; nothing from outside steers the terminal there. */
import { printable, printableLines } from '../printable.js'

/**
 * A value as one line of JSON: on a terminal with escapes for what is not printable, else exactly as JSON.stringify has
 * it.
 */
export function jsonLine(value: unknown): string {
  const line = JSON.stringify(value)
  return process.stdout.isTTY ? printable(line) : line
}

export function printJson(value: unknown): void {
  printPainted(jsonLine(value))
}

/** A result for people, without colours. */
export function printText(text: string): void {
  printPainted(printableLines(text))
}

/** What has been made printable part by part, as colours are sequences, too. */
export function printPainted(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** One sentence for whoever looks on. */
export function say(sentence: string): void {
  process.stderr.write(`${printable(sentence)}\n`)
}
