/** How a command tells the shell and its user how it went. */
import { printable } from '../printable.js'

export const EXIT = { done: 0, failed: 1, usage: 2 } as const

/** The command line or a REPL line was wrong; nothing was done. The message says what and shows the right form. */
export class UsageError extends Error {
  readonly label = 'USAGE'
  override readonly name = 'UsageError'
}

/** Of words that a command has no use for. */
export function tooMany(words: readonly string[]): UsageError {
  const count = words.length === 1 ? 'one argument is' : `${words.length} arguments are`
  return new UsageError(`${count} too many: ${words.join(' ')}`)
}

/** A failure of the command itself, not of a remote call. `label` is what stands after `error: `. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  constructor(
    readonly label: string,
    message: string,
  ) {
    super(message)
  }
}

/** The one line on stderr for whatever was thrown: `error: NAME: message`. Never has a line break in it. */
export function errorLine(error: unknown): string {
  const label = labelOf(error)
  return `error: ${printable(label)}: ${oneLine(withoutCode(label, messageOf(error)))}`
}

/**
 * The operating system's own words have the code in them, wherever in a sentence they stand: `ENOSPC: no space left on
 * device, write`, `listen EADDRINUSE: address already in use ::1:9090`, `connect ECONNREFUSED ::1:9090`.
 */
function withoutCode(code: string, message: string): string {
  if (!/^E[A-Z0-9_]+$/.test(code)) return message
  return message.replace(new RegExp(`(?<=\\w) ${code}(?=: )|\\b${code}:? `, 'g'), '')
}

export function exitCodeFor(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed
}

/** Every error of this project has a label; the operating system's have a code (EADDRINUSE). */
function labelOf(error: unknown): string {
  for (const key of ['label', 'code']) {
    const value = property(error, key)
    if (typeof value === 'string' && value !== '') return value
  }
  const cause = property(error, 'cause')
  return cause === undefined ? 'FAILED' : labelOf(cause)
}

function messageOf(error: unknown): string {
  const message = property(error, 'message')
  if (typeof message === 'string' && message !== '') return message
  return error instanceof Error ? error.name : String(error)
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, '; ').replaceAll('\t', ' '))
}
