/** Log lines for machines: JSON by pino. */
import { pino } from 'pino'
import { printable } from '../printable.js'
import type { Logger } from '../ports.js'
import { loggerOf, type LoggerOptions } from './logger.js'

/** Each line is the same JSON, without what a terminal would obey: sooner or later somebody looks at it on one. */
export function createJsonLogger({ level = 'info', name, stream }: LoggerOptions): Logger {
  stream.on('error', () => undefined)
  const lines = { write: (line: string) => void stream.write(`${printable(line.trimEnd())}\n`) }
  const root = pino(
    { level, name, timestamp: pino.stdTimeFunctions.isoTime, base: { pid: process.pid } },
    lines,
  )
  const build = (own: pino.Logger): Logger =>
    loggerOf(
      (at, sentence, fields) => own[at](fields ?? {}, sentence),
      (fields) => build(own.child({ ...fields })),
    )
  return build(root)
}
