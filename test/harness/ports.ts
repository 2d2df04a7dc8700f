/** Small ports for tests. */
import type { LogFields, Logger } from '../../lib/ports.js'

export const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silent,
}

/** Keeps each line as `level sentence`. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = []
  readonly debug = (sentence: string): void => this.#add('debug', sentence)
  readonly info = (sentence: string): void => this.#add('info', sentence)
  readonly warn = (sentence: string): void => this.#add('warn', sentence)
  readonly error = (sentence: string): void => this.#add('error', sentence)

  with(_: LogFields): Logger {
    return this
  }

  #add(level: string, sentence: string): void {
    this.lines.push(`${level} ${sentence}`)
  }
}
