/** What an object should do, said as plainly as possible: where it starts and what one call does to it. */
import { canonicalText } from './canonical-text.js'

/**
 * A sequential specification. All functions are pure: they change nothing that they are given. Calls and results are
 * plain data, as JSON carries it.
 *
 *     const register: Model<Json, MethodCall, Json> = {
 *       initial: () => null,
 *       step: (state, { method, params: [value = null] }) =>
 *         method === 'write' ? { state: value, result: null } : { state, result: state },
 *     }
 */
export interface Model<State, Call, Result> {
  /** Before any call. */
  readonly initial: () => State

  /**
   * What the call does in this state, and what it answers. `observed` is what the client was told, undefined when it
   * was told nothing. Most models have no use for it; one takes from it what only the object can choose, such as a term
   * or a time, so that later answers are held to it.
   */
  readonly step: (state: State, call: Call, observed: Result | undefined) => Step<State, Result>

  /**
   * Calls of different partitions must be independent of each other, as those of different keys are: then each
   * partition is checked alone, from the initial state, which is far quicker. Null for a call that concerns all of
   * them; a history that has one is checked as a whole. By default there is one partition.
   */
  readonly partition?: (call: Call) => string | null

  /**
   * The same, as a key of a Map, for equal states, and different for different ones. By default the text of the state
   * with sorted members, and then a state must be plain data.
   */
  readonly key?: (state: State) => unknown

  /**
   * Whether the client may have been told `observed` where the model answers `expected`. By default: when they are
   * equal.
   */
  readonly matches?: (expected: Result, observed: Result) => boolean

  /** As a person would write the call. By default its text as JSON. */
  readonly callText?: (call: Call) => string

  /** By default the text of the state as JSON. */
  readonly stateText?: (state: State) => string
}

/** What one operation comes to. */
export interface Step<State, Result> {
  readonly state: State
  readonly result: Result
}

export function keyOf<State>(model: Pick<Model<State, never, never>, 'key'>, state: State): unknown {
  return model.key === undefined ? canonicalText(state) : model.key(state)
}

export function matches<Result>(
  model: Pick<Model<never, never, Result>, 'matches'>,
  expected: Result,
  observed: Result,
): boolean {
  if (model.matches !== undefined) return model.matches(expected, observed)
  if (expected === observed) return true
  if (isScalar(expected) && isScalar(observed)) return false
  return canonicalText(expected) === canonicalText(observed)
}

/** Compared by `===` as by its text. */
function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}
