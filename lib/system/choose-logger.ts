/** The logger that a command's flags ask for. */
import type { Logger } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import { createLogger, type LoggerOptions } from './logger.js'

export async function chooseLogger(format: 'text' | 'json', options: LoggerOptions): Promise<Logger> {
  if (format === 'text') return createLogger(options)
  // Its library takes a twentieth of what the start of a process costs, and few ask for it.
  const { createJsonLogger } = await import('./json-logger.js')
  return createJsonLogger(options)
}

/** Of a program with the flag `--log-wire`. Undefined: nobody wants to know. */
export function wireLog(
  flags: { readonly 'log-wire'?: boolean | undefined },
  logger: Logger,
): WireLog | undefined {
  return flags['log-wire'] === true ? (line) => logger.info(line) : undefined
}
