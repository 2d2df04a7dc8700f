import { PATIENCE_MS, runSimulator, runTest } from './catchers.js'
import type { Copy } from './copy.js'
import { findingOfTest, type Finding } from './finding.js'
import type { Mutant } from './mutant.js'
import { SIMULATOR } from './patch.js'

export interface Verdict {
  readonly mutant: Mutant
  /** What each named test says; undefined: nothing. */
  readonly tests: readonly { readonly file: string; readonly finding: Finding | undefined }[]
  /** What the simulator says; `seeds` is 0 when it was not asked. */
  readonly simulator: Finding | undefined
  readonly seeds: number
  /** All that should have noticed the mistake did. */
  readonly isCaught: boolean
}

/** A test file without any mistake. */
interface Healthy {
  readonly passed: ReadonlySet<string>
  /** How long it may take with a mistake. Milliseconds. */
  readonly patienceMs: number
}

export type Known = ReadonlyMap<string, Healthy>

/** A test that takes so many times longer than without a mistake, and so long at least, has been stopped by it. */
const TIMES_SLOWER = 5
const PATIENCE_LEAST_MS = 20_000

/** Asks the named tests and, when there are `seeds`, the simulator, whoever is expected to notice. */
export async function judge(copy: Copy, mutant: Mutant, seeds: number, known: Known): Promise<Verdict> {
  return copy.with(mutant.changed(), async () => {
    const tests: { file: string; finding: Finding | undefined }[] = []
    for (const { file, mayHang } of testsOf(mutant)) {
      const { passed, patienceMs } = known.get(file) ?? { passed: new Set<string>(), patienceMs: PATIENCE_MS }
      const run = await runTest(copy, file, patienceMs)
      tests.push({ file, finding: findingOfTest(run, passed, mayHang) })
    }
    const simulator = seeds > 0 ? await runSimulator(copy, seeds) : undefined
    const expected = [
      ...tests.map(({ finding }) => finding),
      ...(mutant.caughtBy.some(({ file }) => file === SIMULATOR) ? [simulator] : []),
    ]
    const isCaught = expected.every((finding) => finding?.isCatch === true)
    return { mutant, tests, simulator, seeds, isCaught }
  })
}

/**
 * The tests that pass without any mistake: only they can show one.
 *
 * @throws Error that names what fails without any mistake, so that nothing could be shown by it
 */
export async function passing(copies: Copies, mutants: readonly Mutant[], seeds: number): Promise<Known> {
  const files = [...new Set(mutants.flatMap((mutant) => testsOf(mutant).map(({ file }) => file)))]
  const known = new Map<string, Healthy>()
  const asked = [...files, ...(seeds > 0 ? [SIMULATOR] : [])]
  const broken = await copies.share(asked, async (copy, what) => {
    if (what === SIMULATOR) return saying(what, await runSimulator(copy, seeds))
    const begin = performance.now()
    const run = await runTest(copy, what, PATIENCE_MS)
    const patienceMs = Math.max(PATIENCE_LEAST_MS, TIMES_SLOWER * (performance.now() - begin))
    known.set(what, { passed: run.passed, patienceMs: Math.min(patienceMs, PATIENCE_MS) })
    return saying(what, findingOfTest(run, new Set(run.failed), false))
  })
  const sentences = broken.flat()
  if (sentences.length === 0) return known
  throw new Error(`${sentences.join('\n')}\nand that without any mistake: nothing can be shown`)
}

function saying(what: string, finding: Finding | undefined): readonly string[] {
  return finding === undefined ? [] : [`${what}: ${finding.said}`]
}

function testsOf({ caughtBy }: Mutant): Mutant['caughtBy'] {
  return caughtBy.filter(({ file }) => file !== SIMULATOR)
}

/** Several copies, each of which does one thing at a time. */
export class Copies {
  readonly #copies: readonly Copy[]

  constructor(copies: readonly Copy[]) {
    this.#copies = copies
  }

  /** Does `work` for each of `items`, begun in order; the results are in the same order. */
  async share<T, R>(items: readonly T[], work: (copy: Copy, item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = []
    const waiting = [...items.entries()]
    const loop = async (copy: Copy) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [at, item] = next
        results[at] = await work(copy, item)
      }
    }
    await Promise.all(this.#copies.map(loop))
    return results
  }
}
