/** What is told of one seed, whatever happens in it. */
import type { World } from '../../testing/simulator/world.js'

export class SimulationFailure extends Error {
  constructor(
    readonly seed: number,
    /** The rule that was broken. */
    readonly rule: string,
    readonly lastEvents: readonly string[],
    cause: unknown,
  ) {
    super(`seed ${seed}: ${rule}`, { cause })
  }
}

export interface Story {
  readonly seed: number
  /** Of every event; two stories with the same are the same. */
  readonly fingerprint: string
  /** All of them if the whole trace was asked for, else the last. */
  readonly trace: readonly string[]
  readonly acknowledged: number
  /** How often what happened. */
  readonly tally: ReadonlyMap<string, number>
}

export interface StoryOptions {
  /** Keeps every line of the story. Default false. */
  readonly isTraceWhole?: boolean
}

/** `play`: resolves to how many commands were acknowledged. @throws SimulationFailure */
export async function tell(
  seed: number,
  { trace, tally }: World,
  { isTraceWhole = false }: StoryOptions,
  play: () => Promise<number>,
): Promise<Story> {
  trace.isWhole = isTraceWhole
  try {
    const acknowledged = await play()
    return { seed, fingerprint: trace.fingerprint, trace: trace.lines, tally, acknowledged }
  } catch (error) {
    const rule = error instanceof Error ? error.message : String(error)
    throw new SimulationFailure(seed, rule, trace.lines, error)
  }
}
