/** One line from its text to its result on stdout, or its error on stderr. */
import { errorLine } from '../../lib/command-line/report.js'
import type { ReplContext, Result, ResultOf } from './command.js'
import { printableLines } from '../../lib/printable.js'
import { jsonLine } from '../../lib/system/print.js'
import { runLine } from './table.js'

export interface Printers {
  /** A result: stdout. */
  result(text: string): void
  /** An error line: stderr. */
  error(text: string): void
}

/** Whether the command succeeded. Never rejects. Stops waiting, with an error line, when `signal` aborts. */
export async function runAndPrint(
  line: string,
  context: ReplContext,
  printers: Printers,
  pretty: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  context.waits?.begin()
  try {
    const text = resultText(await orAborted(runLine(line, context), signal), pretty)
    if (text !== undefined) printers.result(text)
    return true
  } catch (error) {
    printers.error(errorLine(error))
    return false
  }
}

/** Undefined when there is nothing to print. */
export function resultText(result: Result, pretty: boolean): string | undefined {
  switch (result.kind) {
    case 'value':
      return pretty ? forPeople(result) : jsonLine(result.value)
    case 'text':
      return result.text
    case 'nothing':
      return undefined
  }
}

function forPeople({ value, pretty = JSON.stringify(value) }: ResultOf<'value'>): string {
  return printableLines(pretty)
}

class InterruptedError extends Error {
  readonly label = 'INTERRUPTED'
  constructor() {
    super('nobody waits for the command any longer: where it was sent, it may be executed')
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, stop } = abortion(signal)
  try {
    return await Promise.race([work, promise])
  } finally {
    stop()
  }
}

function abortion(signal: AbortSignal): { readonly promise: Promise<never>; readonly stop: () => void } {
  let stop = (): void => undefined
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new InterruptedError())
    signal.addEventListener('abort', abort)
    stop = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
  })
  return { promise, stop }
}
