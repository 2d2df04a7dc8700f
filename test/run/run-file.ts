/** One test file in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface FileResult {
  readonly isPassed: boolean
  /** In TAP. */
  readonly output: string
  readonly milliseconds: number
}

/** How long a test may take, in seconds, as tap is told. */
const TEST_SECONDS = 300
/** How long a file may take that does not even get to its own limits, in milliseconds. */
const FILE_MS = 1_200_000

export async function runFile(file: string): Promise<FileResult> {
  const begun = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAP_TIMEOUT: String(TEST_SECONDS) },
    timeout: FILE_MS,
    killSignal: 'SIGKILL',
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  const isPassed = child.exitCode === 0 && hasTests(output)
  return { isPassed, output, milliseconds: performance.now() - begun }
}

/** A file that ends before its first test has shown nothing. */
function hasTests(output: string): boolean {
  return /^1\.\.[1-9]/m.test(output)
}
