/** One thing to fuzz: what must hold of it for whatever input, and how it is run. */
import fc from 'fast-check'

export interface Target {
  /** What must hold, as a sentence. */
  readonly name: string
  /** Inputs tried in `npm run test:all`. */
  readonly runs: number
  /** Sets the scene that all inputs of one run share. */
  readonly open: () => Promise<Scene>
}

export interface Scene {
  /** Runs one input; rejects when the rule is broken. */
  readonly property: fc.IRawProperty<unknown>
  /** Frees everything; rejects when something is not as it was before the inputs. */
  readonly close: () => Promise<void>
}

export interface RunOptions {
  /** Default: the target's own number. */
  readonly runs?: number
  /** Default: by chance. A failure prints the one that it had. */
  readonly seed?: number | undefined
  /** As a failure has printed it: that one input alone. */
  readonly path?: string | undefined
  /** For how long a smaller input is looked for once one has failed. Milliseconds; default 60,000. */
  readonly shrinkingMs?: number
}

const SHRINKING_MS = 60_000

/** Rejects with the smallest input found in time that breaks the rule, its seed and its path. */
export async function run({ name, runs, open }: Target, options: RunOptions = {}): Promise<void> {
  const { seed, path, shrinkingMs = SHRINKING_MS } = options
  const scene = await open()
  try {
    await fc.assert(scene.property, {
      numRuns: options.runs ?? runs,
      plugins: [() => ({ decorateRun: (run) => interruptedAfterFailure(run, shrinkingMs) })],
      ...(seed !== undefined && { seed }),
      ...(path !== undefined && { path }),
    })
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error)
    throw new Error(`it does not hold that ${name}: ${details}`, { cause: error })
  } finally {
    await scene.close()
  }
}

type Run = fc.IRawProperty<unknown>['run']

/** Where one input takes a minute, the smallest would be found after hours. */
function interruptedAfterFailure(run: Run, milliseconds: number): Run {
  let until = Infinity
  return async (input) => {
    if (performance.now() >= until) return new fc.PreconditionFailure(true)
    const result = await run(input)
    const isBroken = result !== null && !fc.PreconditionFailure.isFailure(result)
    if (isBroken) until = Math.min(until, performance.now() + milliseconds)
    return result
  }
}

/** With a quarter of the inputs, as in `npm test`. */
export function runShortly(target: Target): Promise<void> {
  return run(target, { runs: Math.ceil(target.runs / 4) })
}

/** A scene that needs no preparation. */
export function scene<T>(arbitrary: fc.Arbitrary<T>, check: (input: T) => void | Promise<void>): Scene {
  const property = fc.asyncProperty(arbitrary, async (input) => check(input))
  return { property, close: () => Promise.resolve() }
}
