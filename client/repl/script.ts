/** The REPL without a terminal: one command a line, strictly one after another. */
import type { Readable } from 'node:stream'
import { errorLine, UsageError } from '../../lib/command-line/report.js'
import { DEFAULT_LIMITS } from '../../lib/rpc/limits.js'
import { LineSplitter, NO_CHARACTER } from '../../lib/rpc/messages/lines.js'
import type { ReplContext } from './command.js'
import { runAndPrint, type Printers } from './run-command.js'
import { isBlank, isExit } from './table.js'

/** Runs `input` to its end, to `exit`, or until `signal` aborts. Resolves with whether every command succeeded. */
export async function runScript(
  input: Readable,
  context: ReplContext,
  printers: Printers,
  signal: AbortSignal,
): Promise<boolean> {
  let succeeded = true
  for await (const line of linesOf(input, signal)) {
    if (signal.aborted || isExit(line)) break
    if (isBlank(line)) continue
    if (line === NO_CHARACTER)
      printers.error(errorLine(new UsageError('a line is not UTF-8: it was not run')))
    else if (await runAndPrint(line, context, printers, false, signal)) continue
    succeeded = false
  }
  return succeeded
}

/** A line ends where the input has a line feed: other breaks, such as U+2028, may stand in a text. */
async function* linesOf(input: Readable, signal: AbortSignal): AsyncGenerator<string, void> {
  const { frameBytesMax } = DEFAULT_LIMITS
  const splitter = new LineSplitter(frameBytesMax)
  const chunks: AsyncIterable<unknown> = input
  const end = (): void => void input.destroy()
  signal.addEventListener('abort', end)
  try {
    for await (const chunk of chunks) {
      const lines: string[] = []
      const isWhole = splitter.push(bytesOf(chunk), (line) => lines.push(withoutReturn(line)))
      yield* lines
      if (!isWhole) throw new UsageError(`a line has at most ${frameBytesMax} bytes`)
    }
    const last: string[] = []
    splitter.end((line) => last.push(withoutReturn(line)))
    yield* last
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
