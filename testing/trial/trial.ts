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
  /** What some client calls next. Only marked methods; all chance must come from the dice, so that a seed can be replayed. */
  readonly calls: (dice: Dice) => TrialCall
  /** What is true of every copy after every command, by a name for it. It must change nothing. Default none. */
  readonly invariants?: Readonly<Record<string, (object: Shared) => boolean>>
  /**
   * What the clients must have been told. A method that throws answers `{threw: message}`. Default: the same as the class
   * itself tells a single user, one call after another. That is not enough for methods whose answers depend on
   * `commandContext()`'s index, term, now or random: they need a model of their own.
   */
  readonly model?: Model<State, MethodCall, Json>
  /** How many runs, each with other faults. Default 10; a run takes about half a second. */
  readonly seeds?: number
  /** Replays the run of this seed alone, as a failure names it. */
  readonly seed?: number
  /** How many nodes, 1 to 7. Default 3. */
  readonly nodes?: number
}

/** What the runs came to: a trial in which nothing was called, or nothing failed, has shown nothing. */
export interface TrialReport {
  readonly seeds: number
  /** Calls that were answered, over all runs. */
  readonly answered: number
  /** Calls of which the client never heard whether they have run. */
  readonly unknown: number
  /** Runs whose history was too long a puzzle for the checker. */
  readonly undecided: number
  /** How often what happened: crashes, cuts, snapshots, and so on. */
  readonly faults: ReadonlyMap<string, number>
}

/** A rule was broken. The message names the seed, the rule, and how to replay it. */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure'

  constructor(
    readonly seed: number,
    readonly rule: string,
    /** The last of the run, oldest first, with the virtual time in milliseconds. */
    readonly lastEvents: readonly string[],
    cause: unknown,
  ) {
    const events = lastEvents.slice(-SHOWN_EVENTS).map((line) => `  ${line}`)
    super(
      [`seed ${seed}: ${rule}`, `Replay it alone with \`seed: ${seed}\`. Its last events:`, ...events].join(
        '\n',
      ),
      { cause },
    )
  }
}

const SHOWN_EVENTS = 30
