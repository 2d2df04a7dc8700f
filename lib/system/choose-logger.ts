/** The logger that a command's flags ask for. */
import type { Logger } from '../ports.js'
import { createLogger, type LoggerOptions } from './logger.js'

export async function chooseLogger(format: 'text' | 'json', options: LoggerOptions): Promise<Logger> {
  if (format === 'text') return createLogger(options)
  // Its library takes a twentieth of what the start of a process costs, and few ask for it.
  const { createJsonLogger } = await import('./json-logger.js')
  return createJsonLogger(options)
}
