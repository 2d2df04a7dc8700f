/** The REPL without a terminal: one command a line, strictly one after another. */
import { createInterface } from 'node:readline'
import type { ReplContext } from './command.js'
import { runAndPrint, type Printers } from './run-command.js'
import { isBlank, isExit } from './table.js'

/** Runs `input` to its end, to `exit`, or until `signal` aborts. Resolves with whether every command succeeded. */
export async function runScript(
  input: NodeJS.ReadableStream,
  context: ReplContext,
  printers: Printers,
  signal: AbortSignal,
): Promise<boolean> {
  let succeeded = true
  const lines = createInterface({ input, crlfDelay: Infinity })
  const close = (): void => lines.close()
  signal.addEventListener('abort', close)
  try {
    for await (const line of lines) {
      if (signal.aborted || isExit(line)) break
      if (isBlank(line)) continue
      if (!(await runAndPrint(line, context, printers, false, signal))) succeeded = false
    }
  } finally {
    signal.removeEventListener('abort', close)
    lines.close()
  }
  return succeeded
}
