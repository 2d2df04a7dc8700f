import type { Copy } from './copy.js'
import { failedSeed, findingOfSimulator, TapReader, type Finding, type TestRun } from './finding.js'

/** A test that takes longer has been stopped by the mutant. Milliseconds. */
const TEST_PATIENCE_MS = 60_000
/** The same for the simulator, for each of its seeds. A healthy one takes a seventh of a second. Milliseconds. */
const SEED_PATIENCE_MS = 4_000

/** `file`: from the root of the project, as it is before it is compiled. */
export async function runTest(copy: Copy, file: string): Promise<TestRun> {
  const tap = new TapReader()
  const script = `dist/${file.replace(/\.ts$/, '.js')}`
  const ending = await copy.run([script], TEST_PATIENCE_MS, (line) => {
    tap.read(line)
    return undefined
  })
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
