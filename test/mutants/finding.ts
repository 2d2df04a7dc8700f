/**
 * What a run of a test or of the simulator shows of a mistake. Anything may make a program fail; only some of it
 * counts.
 */
import type { Ending } from './copy.js'

export interface Finding {
  /** In a few words. */
  readonly said: string
  /**
   * It is the mistake that was noticed: a test by its name, or a seed by its rule. A program may fail for other
   * reasons.
   */
  readonly isCatch: boolean
}

/** What a test file printed, and how it ended. */
export interface TestRun {
  readonly ending: Ending
  /** Its own tests, those within them left out. */
  readonly passed: ReadonlySet<string>
  readonly failed: readonly string[]
}

/** Takes the lines that a test file prints one by one. */
export class TapReader {
  readonly passed = new Set<string>()
  readonly failed: string[] = []

  read(line: string): void {
    // TAP marks a comment with #, and writes one that is part of a name as \#.
    const [, not, name = ''] = /^(not )?ok \d+ - (.*?)( # .*)?$/.exec(line) ?? []
    if (name === '') return
    const plain = name.replaceAll('\\#', '#')
    if (not === undefined) this.passed.add(plain)
    else this.failed.push(plain)
  }
}

/**
 * Undefined when nothing was noticed. `known`: the tests that pass without the mistake. `mayHang`: the mistake is known
 * to keep the test from ending.
 */
export function findingOfTest(
  { ending, failed }: TestRun,
  known: ReadonlySet<string>,
  mayHang: boolean,
): Finding | undefined {
  const test = failed.find((name) => known.has(name))
  if (test !== undefined) return { said: test, isCatch: true }
  const [other] = failed
  if (other !== undefined) return { said: `fails outside of its tests: ${other}`, isCatch: false }
  if (ending === 'late') return { said: 'does not end', isCatch: mayHang }
  return ending === 0 ? undefined : { said: 'ends with an error', isCatch: false }
}

/** The seed that fails, and its rule, in a line that the simulator prints. */
export function failedSeed(line: string): Finding | undefined {
  const [, seed, rule] = /^(seed \d+) failed: (.+)$/.exec(line) ?? []
  return seed === undefined || rule === undefined ? undefined : { said: `${seed}: ${rule}`, isCatch: true }
}

export function findingOfSimulator(ending: Ending, failed: Finding | undefined): Finding | undefined {
  if (failed !== undefined || ending === 0) return failed
  const how = ending === 'late' ? 'does not end' : 'ends with an error'
  return { said: `${how}, and no seed fails`, isCatch: false }
}
