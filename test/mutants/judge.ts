import { bySimulator, byTest, type Catch } from './catchers.js'
import type { Copy } from './copy.js'
import type { Mutant } from './mutant.js'

export const SIMULATOR = 'simulator'

export interface Verdict {
  readonly mutant: Mutant
  /** What each named test says. */
  readonly tests: readonly { readonly file: string; readonly caught: Catch }[]
  /** What the simulator says; `seeds` is 0 when it was not asked. */
  readonly simulator: Catch
  readonly seeds: number
  /** All that should have noticed the mistake did. */
  readonly isCaught: boolean
}

/** Asks the named tests and, when there are `seeds`, the simulator, whoever is expected to notice. */
export async function judge(copy: Copy, mutant: Mutant, seeds: number): Promise<Verdict> {
  const changed = mutant.changed((path) => copy.read(path))
  return copy.with(changed, async () => {
    const tests: { file: string; caught: Catch }[] = []
    for (const file of testsOf([mutant])) tests.push({ file, caught: await byTest(copy, file) })
    const simulator = seeds > 0 ? await bySimulator(copy, seeds) : undefined
    const missed = tests.some(({ caught }) => caught === undefined)
    const expected = mutant.caughtBy.includes(SIMULATOR)
    return { mutant, tests, simulator, seeds, isCaught: !missed && !(expected && simulator === undefined) }
  })
}

/** What fails without any mistake, so that nothing could be shown by it. */
export async function failing(copies: Copies, mutants: readonly Mutant[], seeds: number): Promise<string[]> {
  const asked = [...testsOf(mutants), ...(seeds > 0 ? [SIMULATOR] : [])]
  const said = await copies.share(asked, (copy, what) =>
    what === SIMULATOR ? bySimulator(copy, seeds) : byTest(copy, what),
  )
  return asked.flatMap((what, i) => (said[i] === undefined ? [] : [`${what}: ${said[i]}`]))
}

function testsOf(mutants: readonly Mutant[]): string[] {
  return [...new Set(mutants.flatMap(({ caughtBy }) => caughtBy))].filter((each) => each !== SIMULATOR)
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
