/** The logger that a command's flags ask for. */
import type { FlagValues } from '../command-line/flags.js'
import type { Logger } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import { logFile } from './log-file.js'
import { createLogger } from './logger.js'

export type LogFlags = FlagValues<'log-level' | 'log-format'> & Partial<FlagValues<'log-file'>>

/** `name`: who speaks. */
export async function chooseLogger(flags: LogFlags, name: string): Promise<Logger> {
  const { 'log-level': level, 'log-format': format, 'log-file': file } = flags
  const options = { level, name, stream: file === undefined ? process.stderr : logFile(file) }
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
