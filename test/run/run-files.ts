/** Some test files in one process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { holdGroup, killGroup } from '../harness/process-group.js'
import { Sections, type Section } from './sections.js'

/** How long a file may take, in seconds, as tap is told. */
const TEST_SECONDS = 300

/** All in milliseconds. */
export interface Patience {
  /** With files that do not even get to their own limits. */
  readonly wholeMs: number
  /** From the first test that has timed out until its process is ended: others may say meanwhile that they pass. */
  readonly afterTimeOutMs: number
}
const PATIENCE: Patience = { wholeMs: 1_200_000, afterTimeOutMs: 20_000 }

/** The process of these files may end before the last of them: then the rest goes on in another one. */
export async function* runFiles(
  files: readonly string[],
  patience = PATIENCE,
): AsyncGenerator<Section, void, undefined> {
  for (let waiting = files; waiting.length > 0;) {
    const sections = new Sections(waiting)
    const failure = await runProcess(waiting, sections, patience)
    waiting = sections.end(failure)
    yield* sections.finished
  }
}

/** Says what was wrong with its end. */
async function runProcess(
  files: readonly string[],
  sections: Sections,
  { wholeMs, afterTimeOutMs }: Patience,
): Promise<string | undefined> {
  const load = join(import.meta.dirname, 'load.js')
  const child = spawn(process.execPath, ['--enable-source-maps', load, ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAP_TIMEOUT: String(TEST_SECONDS) },
    detached: true,
  })
  holdGroup(child)
  let late = setTimeout(() => killGroup(child), wholeMs)
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    const wasLate = sections.isLate
    sections.read(line)
    if (!sections.isLate || wasLate) return
    clearTimeout(late)
    late = setTimeout(() => killGroup(child), afterTimeOutMs)
  })
  const over = once(lines, 'close')
  await once(child, 'exit')
  clearTimeout(late)
  await over
  if (child.signalCode !== null) return `the process was ended by ${child.signalCode}`
  // It has told why, when a test of it failed.
  if (child.exitCode === 0 || sections.hasFailed) return undefined
  return `the process ended with exit code ${child.exitCode}`
}
