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
 *   later, where it changes something. So when no order was found, each that was taken for a read is asked whether it
 *   would change any state that was reached. If none would, there is no order; those that would are writes when the
 *   search is made again.
 * - One of unknown outcome that leaves the state as it is isn't placed: the order is as good without it.
 * - Operations of unknown outcome are tried when no answered one leads on, and of equal ones the earliest first. One
 *   that directly follows another is not placed where it would have come to the same state without the other.
 *
 * Orders with few operations of unknown outcome in a row are the likely ones, and come first: {@link search}.
 *
 * It keeps its own stack, so that a history may be of any length.
 */
import { BitSet } from './bit-set.js'
import type { Operation } from './history.js'
import { keyOf, matches, type Model } from './model.js'
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
  /** Of unknown outcome, up to this one, since the last answered one. */
  readonly inARow: number
}

/** Steps of the search that may still be taken, over all the searches that share it. */
export interface Budget {
  steps: number
}

/** How many of unknown outcome may follow each other directly, in one attempt after another. */
const IN_A_ROW = [1, 3, Infinity]

const GAVE_UP = { kind: 'gave up' } as const

/** Each attempt but the last may spend half of what is left of the budget. */
export function search<State, Call, Result>(
  model: Model<State, Call, Result>,
  operations: readonly Operation<Call, Result>[],
  budget: Budget,
): Found<State, Call, Result> {
  const writes = new Set<Operation<Call, Result>>()
  for (const inARowMax of IN_A_ROW) {
    const share = inARowMax === Infinity ? budget.steps : Math.ceil(budget.steps / 2)
    const mine = { steps: share }
    let found: Found<State, Call, Result>
    let known: number
    do {
      known = writes.size
      found = new Attempt(model, operations, mine, { inARowMax, writes }).run()
    } while (found.kind === 'none' && writes.size > known)
    budget.steps -= share - mine.steps
    if (found.kind !== 'gave up') return found
  }
  return GAVE_UP
}

interface Limits<Call, Result> {
  readonly inARowMax: number
  /** What is known not to be a read. An attempt that finds no order adds what it has taken for one. */
  readonly writes: Set<Operation<Call, Result>>
}

class Attempt<State, Call, Result> {
  /** Whether orders were left out for having too many of unknown outcome in a row. */
  #wasCut = false
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
    private readonly limits: Limits<Call, Result>,
  ) {
    this.#timeline = new Timeline(operations)
    this.#answered = new BitSet(this.#timeline.answeredCount)
    this.#unknown = new BitSet(this.#timeline.unknownCount)
    this.#cursor = this.#timeline.answered.after
    this.#state = model.initial()
    this.#stateId = this.#idOf(this.#state)
  }

  /** Gives up where orders were left out, too. */
  run(): Found<State, Call, Result> {
    while (this.#timeline.answered.after.kind !== 'head') {
      if (this.budget.steps <= 0) return GAVE_UP
      this.budget.steps -= 1
      const candidate = this.#next()
      const goesOn = candidate === undefined ? this.#deadEnd() : this.#try(candidate)
      if (!goesOn) return this.#wasCut || !this.#learns() ? GAVE_UP : this.#none()
    }
    return { kind: 'order', order: this.#order() }
  }

  /** The next call that may be placed: of those answered up to the first answer, then of those of unknown outcome. */
  #next(): Placeable<Call, Result> | undefined {
    if (this.#cursor.kind === 'answer') {
      this.#firstAnswer = this.#cursor
      this.#cursor = this.#timeline.unknown.after
      if (this.#isRowFull()) return undefined
    }
    const { placeable, position, after } = this.#cursor
    if (this.#firstAnswer !== undefined && position > this.#firstAnswer.position) return undefined
    this.#cursor = after
    return placeable
  }

  /** False when nothing is left to try, as of the other two that change what is placed. */
  #try(candidate: Placeable<Call, Result>): boolean {
    const { outcome, call } = candidate.operation
    if (candidate.twin?.isPlaced === false) return true
    const observed = outcome.kind === 'answered' ? outcome.result : undefined
    const { state, result } = this.model.step(this.#state, call, observed)
    if (outcome.kind === 'answered' && !matches(this.model, result, outcome.result)) return true
    const stateId = this.#idOf(state)
    const isIdle = stateId === this.#stateId
    if (outcome.kind === 'unknown' && (isIdle || !this.#isWorthwhile(call, stateId))) return true
    const isForced = isIdle && !this.limits.writes.has(candidate.operation)
    if (isForced) this.#reads.add(candidate.operation)
    return this.#place(candidate, { state, stateId, isForced })
  }

  #isRowFull(): boolean {
    if ((this.#frames.at(-1)?.inARow ?? 0) < this.limits.inARowMax) return false
    this.#wasCut = true
    return true
  }

  /** Of one of unknown outcome that would lead to the state given. */
  #isWorthwhile(call: Call, stateId: number): boolean {
    const last = this.#frames.at(-1)
    if (last === undefined || last.inARow === 0) return true
    return this.#idOf(this.model.step(last.state, call, undefined).state) !== stateId
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
      inARow: placed.answer === undefined ? (this.#frames.at(-1)?.inARow ?? 0) + 1 : 0,
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
      this.budget.steps -= this.#states.length
      if (this.budget.steps < 0) return false
      if (this.#states.some((state) => this.#isChangedBy(read, state))) this.limits.writes.add(read)
    }
    return true
  }

  /** Whether the operation could have its place in that state, and would change it. */
  #isChangedBy({ call, outcome }: Operation<Call, Result>, before: State): boolean {
    const observed = outcome.kind === 'answered' ? outcome.result : undefined
    const { state, result } = this.model.step(before, call, observed)
    if (state === before || (observed !== undefined && !matches(this.model, result, observed))) return false
    return keyOf(this.model, state) !== keyOf(this.model, before)
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
