/** A history as the search walks it: its calls and answers in lists from which they can be lifted and put back. */
import { canonicalText } from './canonical-text.js'
import type { Operation } from './history.js'

/** One event of the history, or the head of a list, which is a ring. */
export class TimelineEntry<Call, Result> {
  before: TimelineEntry<Call, Result> = this
  after: TimelineEntry<Call, Result> = this

  /** `position`: its place among the events of the history. A head belongs to no operation. */
  constructor(
    readonly kind: 'head' | 'call' | 'answer',
    readonly position: number,
    readonly placeable?: Placeable<Call, Result>,
  ) {}

  append(entry: TimelineEntry<Call, Result>): void {
    entry.before = this.before
    entry.after = this
    this.before.after = entry
    this.before = entry
  }

  lift(): void {
    this.before.after = this.after
    this.after.before = this.before
  }

  /** Entries go back in the opposite order to that in which they were lifted: each knows its neighbours of then. */
  putBack(): void {
    this.before.after = this
    this.after.before = this
  }
}

/** An operation that can be given its place in the order. */
export class Placeable<Call, Result> {
  isPlaced = false
  call: TimelineEntry<Call, Result> | undefined
  answer: TimelineEntry<Call, Result> | undefined

  /**
   * `bit` counts from 0 among the answered operations, and apart from them among those of unknown outcome.
   *
   * `twin`, for an unknown outcome: the same call, of unknown outcome too, invoked before. What the later one could do
   * the earlier one can do in its stead, so only orders with the earlier one first are tried: n equal calls make n
   * cases, not 2^n.
   */
  constructor(
    readonly operation: Operation<Call, Result>,
    readonly bit: number,
    readonly twin?: Placeable<Call, Result>,
  ) {}

  /** Takes its events out of their list. */
  place(): void {
    this.isPlaced = true
    this.call?.lift()
    this.answer?.lift()
  }

  /** Undoes the latest `place` that is not undone yet. */
  displace(): void {
    this.answer?.putBack()
    this.call?.putBack()
    this.isPlaced = false
  }
}

interface Event<Call, Result> {
  readonly kind: 'call' | 'answer'
  readonly time: number
  readonly operation: Operation<Call, Result>
}

export class Timeline<Call, Result> {
  /** Calls and answers of what was answered. */
  readonly answered = new TimelineEntry<Call, Result>('head', Infinity)
  /** Calls of unknown outcome. */
  readonly unknown = new TimelineEntry<Call, Result>('head', Infinity)
  answeredCount = 0
  unknownCount = 0
  readonly #open = new Map<Operation<Call, Result>, Placeable<Call, Result>>()
  readonly #twins = new Map<string, Placeable<Call, Result>>()

  constructor(operations: readonly Operation<Call, Result>[]) {
    for (const [position, event] of eventsOf(operations).entries()) {
      if (event.kind === 'answer') this.#answer(position, event.operation)
      else if (event.operation.outcome.kind === 'answered') this.#call(position, event.operation)
      else this.#callOfUnknownOutcome(position, event.operation)
    }
  }

  #call(position: number, operation: Operation<Call, Result>): void {
    const placeable = new Placeable(operation, this.answeredCount++)
    this.#open.set(operation, placeable)
    placeable.call = new TimelineEntry('call', position, placeable)
    this.answered.append(placeable.call)
  }

  #answer(position: number, operation: Operation<Call, Result>): void {
    const placeable = this.#open.get(operation)
    if (placeable === undefined) return
    placeable.answer = new TimelineEntry('answer', position, placeable)
    this.answered.append(placeable.answer)
  }

  #callOfUnknownOutcome(position: number, operation: Operation<Call, Result>): void {
    const call = canonicalText(operation.call)
    const placeable = new Placeable(operation, this.unknownCount++, this.#twins.get(call))
    this.#twins.set(call, placeable)
    placeable.call = new TimelineEntry('call', position, placeable)
    this.unknown.append(placeable.call)
  }
}

/** In the order of time. Of events at one time the calls come first, so that such operations count as concurrent. */
function eventsOf<Call, Result>(operations: readonly Operation<Call, Result>[]): Event<Call, Result>[] {
  const events: Event<Call, Result>[] = []
  for (const operation of operations) {
    const { invokedAt, outcome } = operation
    events.push({ kind: 'call', time: invokedAt, operation })
    if (outcome.kind === 'answered') events.push({ kind: 'answer', time: outcome.at, operation })
  }
  return events.sort((a, b) => a.time - b.time || rank(a) - rank(b))
}

function rank({ kind }: Event<unknown, unknown>): number {
  return kind === 'call' ? 0 : 1
}
