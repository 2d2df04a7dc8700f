/**
 * The search for one order of all operations that the model answers as the clients were answered.
 *
 * Wing and Gong, "Testing and Verifying Concurrent Objects" (1993): what comes next in the order can only be a call
 * that was made before the first answer among those not placed yet. Each is tried, and undone when it leads nowhere.
 * Lowe, "Testing for linearizability" (2017): a set of placed operations with a state that was reached once leads
 * nowhere a second time, in whatever order they were placed.
 *
 * Three things are added, none of which can hide an order that exists:
 * - An answered operation that may come next and leaves the state as it is is taken for a read: it comes next, and
 *   nothing else is tried. A read can be moved to here in any order that goes on from here: it changes nothing for the
 *   others, and its own answer is right already. A write of what is there already looks like one, and may be needed
 *   later, where it changes something. So each operation is asked first whether it would change any of a few states;
 *   and when no order was found, each that was taken for a read is asked whether it would change any state that was
 *   reached. If none would, there is no order; those that would are writes when the search is made again.
 * - One of unknown outcome that leaves the state as it is isn't placed: the order is as good without it.
 * - Operations of unknown outcome are tried when no answered one leads on, and of equal ones the earliest first.
 *   Whatever directly follows one is not placed where it would have come to the same state, and the same answer, without
 *   that one: the order is as good without it.
 *
 * It keeps its own stack, so that a history may be of any length.
 */
import { BitSet } from './bit-set.js'
import type { Operation } from './history.js'
import { keyOf, matches, type Model, type Step } from './model.js'
import { Timeline, type TimelineEntry, type Placeable } from './timeline.js'

export type Found<State, Call, Result> =
  | { readonly kind: 'order'; readonly order: readonly Operation<Call, Result>[] }
  | ({ readonly kind: 'none' } & Furthest<State, Call, Result>)
  | { readonly kind: 'gave up' }

/** The attempt that got past the most answers. */
export interface Furthest<State, Call, Result> {
  readonly order: readonly Operation<Call, Result>[]
  /** After `order`. */
  readonly state: State
  /** Would have to come next, or after others that don't help, and would be answered otherwise. */
  readonly stuck: Operation<Call, Result>
}

interface Frame<State, Call, Result> {
  readonly placed: Placeable<Call, Result>
  /** Before it was placed. */
  readonly state: State
  readonly stateId: number
  readonly firstAnswer: TimelineEntry<Call, Result> | undefined
  /** Nothing else need be tried in its place. */
  readonly isForced: boolean
}

/** Steps that may still be taken, over all the searches that share it. */
export interface Budget {
  steps: number
}

/** From which it is told before the search what is no read. */
const SOME_STATES = 8

/** What it takes to ask an operation about one state, in steps. */
const QUESTION_STEPS = 1 / 4

const GAVE_UP = { kind: 'gave up' } as const

export function search<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
  budget: Budget,
): Found<State, Call, Result> {
  const writes = likelyWrites(model, operations)
  for (;;) {
    const known = writes.size
    const found = new Attempt(model, operations, budget, writes).run()
    if (found.kind !== 'none' || writes.size === known) return found
  }
}

/** Those that change one of a few states that may come: what they tell of themselves before the search. */
function likelyWrites<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
): Set<Operation<Call, Result>> {
  let state = model.initial()
  const some = new Map([[keyOf(model, state), state]])
  for (const { call, outcome } of operations) {
    if (some.size >= SOME_STATES) break
    state = model.step(state, call, outcome.kind === 'answered' ? outcome.result : undefined).state
    some.set(keyOf(model, state), state)
  }
  const states = [...some.values()]
  return new Set(operations.filter((each) => states.some((before) => isChangedBy(model, each, before))))
}

/** Whether the operation could have its place in that state, and would change it. */
function isChangedBy<State, Call, Result>(
  model: Model<State, Call, Result>,
  operation: Operation<Call, Result>,
  before: State,
): boolean {
  const step = stepOf(model, operation, before)
  if (step === undefined || step.state === before) return false
  return keyOf(model, step.state) !== keyOf(model, before)
}

/** What the operation does in that state. Undefined: it was not answered so. */
function stepOf<State, Call, Result>(
  model: Model<State, Call, Result>,
  { call, outcome }: Operation<Call, Result>,
  before: State,
): Step<State, Result> | undefined {
  if (outcome.kind === 'unknown') return model.step(before, call, undefined)
  const step = model.step(before, call, outcome.result)
  return matches(model, step.result, outcome.result) ? step : undefined
}

class Attempt<State, Call, Result> {
  readonly #timeline: Timeline<Call, Result>
  readonly #answered: BitSet
  readonly #unknown: BitSet
  readonly #stateIds = new Map<unknown, number>()
  /** By their ids. */
  readonly #states: State[] = []
  readonly #reads = new Set<Operation<Call, Result>>()
  readonly #seen = new Set<string>()
  readonly #frames: Frame<State, Call, Result>[] = []
  #state: State
  #stateId: number
  #cursor: TimelineEntry<Call, Result>
  /** While the calls of unknown outcome are tried: the answer before which they must have been made. */
  #firstAnswer: TimelineEntry<Call, Result> | undefined
  #furthest: (Furthest<State, Call, Result> & { readonly position: number }) | undefined

  constructor(
    private readonly model: Model<State, Call, Result>,
    operations: readonly Operation<Call, Result>[],
    private readonly budget: Budget,
    /** What is known not to be a read. An attempt that finds no order adds what it has taken for one. */
    private readonly writes: Set<Operation<Call, Result>>,
  ) {
    this.#timeline = new Timeline(operations)
    this.#answered = new BitSet(this.#timeline.answeredCount)
    this.#unknown = new BitSet(this.#timeline.unknownCount)
    this.#cursor = this.#timeline.answered.after
    this.#state = model.initial()
    this.#stateId = this.#idOf(this.#state)
  }

  run(): Found<State, Call, Result> {
    while (this.#timeline.answered.after.kind !== 'head') {
      if (this.budget.steps <= 0) return GAVE_UP
      this.budget.steps -= 1
      const candidate = this.#next()
      const goesOn = candidate === undefined ? this.#deadEnd() : this.#try(candidate)
      if (!goesOn) return this.#learns() ? this.#none() : GAVE_UP
    }
    return { kind: 'order', order: this.#order() }
  }

  /** The next call that may be placed: of those answered up to the first answer, then of those of unknown outcome. */
  #next(): Placeable<Call, Result> | undefined {
    if (this.#cursor.kind === 'answer') {
      this.#firstAnswer = this.#cursor
      this.#cursor = this.#timeline.unknown.after
    }
    const { placeable, position, after } = this.#cursor
    if (this.#firstAnswer !== undefined && position > this.#firstAnswer.position) return undefined
    this.#cursor = after
    return placeable
  }

  /** False when nothing is left to try, as of the other two that change what is placed. */
  #try(candidate: Placeable<Call, Result>): boolean {
    const { outcome } = candidate.operation
    if (candidate.twin?.isPlaced === false) return true
    const step = stepOf(this.model, candidate.operation, this.#state)
    if (step === undefined) return true
    const { state } = step
    const stateId = this.#idOf(state)
    const isIdle = stateId === this.#stateId
    if (isIdle && outcome.kind === 'unknown') return true
    if (this.#isFoundWithoutTheLast(candidate.operation, stateId)) return true
    const isForced = isIdle && !this.writes.has(candidate.operation)
    if (isForced) this.#reads.add(candidate.operation)
    return this.#place(candidate, { state, stateId, isForced })
  }

  /** Whether the last one is of unknown outcome, and the operation would lead to that state without it, too. */
  #isFoundWithoutTheLast(operation: Operation<Call, Result>, stateId: number): boolean {
    const last = this.#frames.at(-1)
    if (last?.placed.operation.outcome.kind !== 'unknown') return false
    const step = stepOf(this.model, operation, last.state)
    return step !== undefined && this.#idOf(step.state) === stateId
  }

  #place(
    placed: Placeable<Call, Result>,
    next: { readonly state: State; readonly stateId: number; readonly isForced: boolean },
  ): boolean {
    this.#frames.push({
      placed,
      state: this.#state,
      stateId: this.#stateId,
      firstAnswer: this.#firstAnswer,
      isForced: next.isForced,
    })
    placed.place()
    this.#bits(placed).add(placed.bit)
    this.#state = next.state
    this.#stateId = next.stateId
    this.#firstAnswer = undefined
    this.#cursor = this.#timeline.answered.after
    const reached = `${this.#answered.text} ${this.#unknown.text} ${this.#stateId}`
    if (this.#seen.has(reached)) return this.#goBack()
    this.#seen.add(reached)
    return true
  }

  /** Remembers how far this was, and undoes the last choice. */
  #deadEnd(): boolean {
    const position = this.#firstAnswer?.position ?? -1
    const stuck = this.#firstAnswer?.placeable?.operation
    if (stuck !== undefined && position > (this.#furthest?.position ?? -1)) {
      this.#furthest = { position, order: this.#order(), state: this.#state, stuck }
    }
    return this.#goBack()
  }

  #goBack(): boolean {
    for (;;) {
      const frame = this.#frames.pop()
      if (frame === undefined) return false
      const { placed } = frame
      placed.displace()
      this.#bits(placed).delete(placed.bit)
      this.#state = frame.state
      this.#stateId = frame.stateId
      this.#firstAnswer = frame.firstAnswer
      if (placed.call !== undefined) this.#cursor = placed.call.after
      if (!frame.isForced) return true
    }
  }

  /** Which of those that were taken for reads are none. False when the budget does not suffice to find out. */
  #learns(): boolean {
    for (const read of this.#reads) {
      this.budget.steps -= this.#states.length * QUESTION_STEPS
      if (this.budget.steps < 0) return false
      if (this.#states.some((state) => isChangedBy(this.model, read, state))) this.writes.add(read)
    }
    return true
  }

  #none(): Found<State, Call, Result> {
    if (this.#furthest === undefined) throw new Error('a search that fails has been stuck before an answer')
    const { order, state, stuck } = this.#furthest
    return { kind: 'none', order, state, stuck }
  }

  #order(): readonly Operation<Call, Result>[] {
    return this.#frames.map(({ placed }) => placed.operation)
  }

  #bits({ operation }: Placeable<Call, Result>): BitSet {
    return operation.outcome.kind === 'answered' ? this.#answered : this.#unknown
  }

  #idOf(state: State): number {
    const key = keyOf(this.model, state)
    const known = this.#stateIds.get(key)
    if (known !== undefined) return known
    this.#stateIds.set(key, this.#states.length)
    return this.#states.push(state) - 1
  }
}
