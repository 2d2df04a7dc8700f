import type { Copy, Ending } from './copy.js'

/** A test that takes longer has been stopped by the mutant. Milliseconds. */
const TEST_PATIENCE_MS = 60_000
/** The same for the simulator, for each of its seeds. A healthy one takes a seventh of a second. Milliseconds. */
const SEED_PATIENCE_MS = 4_000

/** What showed the mistake, in a few words; undefined when nothing did. */
export type Catch = string | undefined

/** `file`: from the root of the project, as it is before it is compiled. */
export async function byTest(copy: Copy, file: string): Promise<Catch> {
  let failed: string | undefined
  const script = `dist/${file.replace(/\.ts$/, '.js')}`
  const ending = await copy.run([script], TEST_PATIENCE_MS, (line) => {
    // TAP marks a comment with #, and writes one that is part of a name as \#.
    failed ??= /^not ok \d+ - (.*?)( # .*)?$/.exec(line)?.[1]?.replaceAll('\\#', '#')
    return undefined
  })
  return ending === 0 ? undefined : (failed ?? sayEnding(ending))
}

/** Seeds from 1 to `seeds`, up to the first that fails. */
export async function bySimulator(copy: Copy, seeds: number): Promise<Catch> {
  let failed: string | undefined
  const args = ['dist/test/simulation/run.js', '--seed', '1', '--seeds', String(seeds)]
  const ending = await copy.run(args, 30_000 + seeds * SEED_PATIENCE_MS, (line) => {
    failed ??= /^(seed \d+)(?: failed)?:/.exec(line)?.[1]
    return failed === undefined ? undefined : 'enough'
  })
  return failed ?? (ending === 0 ? undefined : sayEnding(ending))
}

function sayEnding(ending: Ending): string {
  return ending === 'late' ? 'does not end' : 'ends with an error'
}
