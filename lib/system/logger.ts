/** Log lines for people: one plain line in a terminal. */
import { printable } from '../printable.js'
import type { LogFields, Logger } from '../ports.js'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  /** Default `info`. Lines below it are left out. */
  readonly level?: LogLevel
  /** Who speaks, in each line: `node1`. */
  readonly name: string
  /** Where the lines go. A stream that fails is written to in vain; logging never stops a process. */
  readonly stream: NodeJS.WritableStream
}

type Write = (level: Exclude<LogLevel, 'silent'>, sentence: string, fields: LogFields | undefined) => void

/** In text; `chooseLogger` knows JSON too. */
export function createLogger({ level = 'info', name, stream }: LoggerOptions): Logger {
  stream.on('error', () => undefined)
  const least = LOG_LEVELS.indexOf(level)
  const build = (own: LogFields): Logger =>
    loggerOf(
      (at, sentence, fields) => {
        if (LOG_LEVELS.indexOf(at) < least) return
        stream.write(
          `${timeOfDay()} ${at.padEnd(5)} ${name}: ${printable(sentence)}${inText({ ...own, ...fields })}\n`,
        )
      },
      (fields) => build({ ...own, ...fields }),
    )
  return build({})
}

export function loggerOf(write: Write, child: (fields: LogFields) => Logger): Logger {
  return {
    debug: (sentence, fields) => write('debug', sentence, fields),
    info: (sentence, fields) => write('info', sentence, fields),
    warn: (sentence, fields) => write('warn', sentence, fields),
    error: (sentence, fields) => write('error', sentence, fields),
    with: child,
  }
}

function timeOfDay(): string {
  return new Date().toISOString().slice(11, 23)
}

function inText(fields: LogFields): string {
  const parts = Object.entries(fields).filter(([, value]) => value !== undefined)
  return parts.map(([key, value]) => ` ${key}=${fieldText(value)}`).join('')
}

function fieldText(value: LogFields[string]): string {
  if (typeof value !== 'string') return String(value)
  const isPlain = /^[^\s"=]+$/.test(value) && printable(value) === value
  return isPlain ? value : printable(JSON.stringify(value))
}
