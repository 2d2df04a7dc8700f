import type { Copy } from './copy.js'
import { failedSeed, findingOfSimulator, TapReader, type Finding, type TestRun } from './finding.js'

/** Without a mistake each test ends long before, even on a busy machine. Milliseconds. */
export const PATIENCE_MS = 300_000
/**
 * First tap gives up a test and tells its name; a file that does not end either is killed so long afterwards.
 * Milliseconds.
 */
const HEAD_START_MS = 10_000
/** A simulator that takes longer for each of its seeds has been stopped by the mutant. Milliseconds. */
const SEED_PATIENCE_MS = 4_000

/**
 * `file`: from the root of the project, as it is before it is compiled. A test of it that takes longer than the
 * patience fails.
 */
export async function runTest(copy: Copy, file: string, patienceMs: number): Promise<TestRun> {
  const tap = new TapReader()
  const script = `dist/${file.replace(/\.ts$/, '.js')}`
  const onLine = (line: string) => {
    tap.read(line)
    return undefined
  }
  const env = { TAP_TIMEOUT: String(patienceMs / 1000) }
  const ending = await copy.run([script], patienceMs + HEAD_START_MS, onLine, env)
  return { ending, passed: tap.passed, failed: tap.failed }
}

/** Seeds from 1 to `seeds`, up to the first that fails. */
export async function runSimulator(copy: Copy, seeds: number): Promise<Finding | undefined> {
  let failed: Finding | undefined
  const args = ['dist/test/simulation/run.js', '--seed', '1', '--seeds', String(seeds)]
  const ending = await copy.run(args, 30_000 + seeds * SEED_PATIENCE_MS, (line) => {
    failed ??= failedSeed(line)
    return failed === undefined ? undefined : 'enough'
  })
  return findingOfSimulator(ending, failed)
}
