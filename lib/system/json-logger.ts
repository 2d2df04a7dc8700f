/** Log lines for machines: JSON by pino. */
import { pino } from 'pino'
import type { Logger } from '../ports.js'
import { loggerOf, type LoggerOptions } from './logger.js'

export function createJsonLogger({ level = 'info', name, stream }: LoggerOptions): Logger {
  stream.on('error', () => undefined)
  const root = pino(
    { level, name, timestamp: pino.stdTimeFunctions.isoTime, base: { pid: process.pid } },
    stream,
  )
  const build = (own: pino.Logger): Logger =>
    loggerOf(
      (at, sentence, fields) => own[at](fields ?? {}, sentence),
      (fields) => build(own.child({ ...fields })),
    )
  return build(root)
}
