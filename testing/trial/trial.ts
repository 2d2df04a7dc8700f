/** What a test says about an object of its own, to have it tried out under crashes, partitions and lost messages. */
import type { Json } from '../../lib/json.js'
import type { MethodCall } from '../checker/history.js'
import type { Model } from '../checker/model.js'
import type { Dice } from '../simulator/dice.js'
import type { Alone } from './alone.js'

/** A method's name, and its arguments. */
export type TrialCall = readonly [method: string, ...params: readonly Json[]]

/** `State`: of the model, if there is one. */
export interface Trial<Shared extends object, State = Alone> {
  /** The class, as `startNode` takes it. */
  readonly object: new () => Shared
  /**
   * What some client calls next. Only marked methods; all chance must come from the dice, so that a seed can be
   * replayed.
   */
  readonly calls: (dice: Dice) => TrialCall
  /** What is true of every copy after every command, by a name for it. It must change nothing. Default none. */
  readonly invariants?: Readonly<Record<string, (object: Shared) => boolean>>
  /**
   * What the clients must have been told. A method that throws answers `{threw: message}`. Default: the same as the
   * class itself tells a single user, one call after another. That is not enough for methods whose answers depend on
   * `commandContext()`'s index, term, now or random: they need a model of their own.
   */
  readonly model?: Model<State, MethodCall, Json>
  /** How many runs, each with other faults, 1 to 1,000,000. Default 10; a run takes about half a second. */
  readonly runs?: number
  /**
   * The seed of the first run, a whole number from 1 up; each run after it has the next one. Default 1. A seed without
   * `runs` is played alone: so what a failure names is replayed.
   */
  readonly seed?: number
  /** How many nodes, 1 to 7. Default 3. */
  readonly nodes?: number
}

/** What the runs came to: a trial in which nothing was called, or nothing failed, has shown nothing. */
export interface TrialReport {
  readonly runs: number
  /** Calls that were answered, over all runs. */
  readonly answered: number
  /** Calls of which the client never heard whether they have run. */
  readonly unknown: number
  /** Runs whose history was too long a puzzle for the checker. All of them are a failure. */
  readonly undecided: number
  /**
   * How often what happened, over all runs. To processes (each `of nodes`, `of clients`, `of name servers`):
   * `power failures`, `kills`, `pauses`, `set clocks`. To the network: `cuts`, `cuts of one direction`, `clogged ways`,
   * `connections reset`, `messages lost`, `messages doubled`, `messages overtaken`. To disks: `failed disk operations`,
   * `full disks`, `slow disks`, `power failures that lost writes`. And what came of it: `snapshots taken`,
   * `restarts from a snapshot`.
   */
  readonly faults: ReadonlyMap<string, number>
}

/**
 * A rule was broken, or could not be judged. The message begins with three lines: what is wrong, what was called, and
 * how to play it again. What else there is to the rule, such as a drawn history, follows.
 */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure'
  /** The last of the run, what Raft said in it too: oldest first, with the virtual time in milliseconds. */
  declare readonly lastEvents: readonly string[]

  constructor(
    readonly seed: number,
    readonly rule: string,
    lastEvents: readonly string[] = [],
    cause?: unknown,
    /** What was called, where one call alone is to blame. */
    readonly call?: string,
  ) {
    const [what = '', ...more] = rule.trimEnd().split('\n')
    const told = [
      `seed ${seed}: ${what}`,
      call === undefined ? 'No one call alone is to blame.' : `It was called: ${call}`,
      `Replay it alone with \`seed: ${seed}\`. What the nodes did is in the failure's \`lastEvents\`.`,
    ]
    super([...told, ...more].join('\n'), { cause })
    // Not among what is printed with an error.
    Object.defineProperty(this, 'lastEvents', { value: lastEvents, enumerable: false })
  }
}
