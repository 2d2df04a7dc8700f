/**
 * The smallest failing part of a history that is not linearizable.
 *
 * What may be taken away? Only what could not have made a good history bad, or the part would accuse the innocent:
 * without the write, the read of its value looks like a value from nowhere.
 *
 * 1. An answer may be forgotten: the operation is then one of unknown outcome. Any order that explained the history
 *    explains it still, for it asks less.
 * 2. An operation that began after the last answer may go: it may come last or never, so that nothing depends on it.
 *    With 1 this makes any prefix of a history fair, and a prefix of a good history good.
 * 3. When no answer can be forgotten any more, those that are left contradict each other whatever the operations of
 *    unknown outcome did: *that* is the proof. Most of these have no part in it, but without all of them the answers
 *    would contradict each other for another, false reason. So one may go only if afterwards still each single answer
 *    could be forgotten to make the rest good. What explained an answer therefore stays: the part holds all that its
 *    answers speak of.
 * 4. Answers that were forgotten under 1, of operations that stayed under 3, are put back where that leaves 3 true: the
 *    part is then easier to read, and was true of the history.
 *
 * All four ask the checker. Under 1 more answers never make a bad part good, and under 3 more operations never make a
 * good one bad, so that leaving out one after another ends at a part from which nothing can be taken.
 */
import { fewest } from './fewest.js'
import type { Operation } from './history.js'
import type { Evidence } from './linearizability.js'
import type { Model } from './model.js'
import { search, type Budget, type Found } from './search.js'

export interface Part<State, Call, Result> extends Evidence<State, Call, Result> {
  /**
   * Those of `operations` whose answers contradict each other: with any one of them forgotten, the part would be good.
   */
  readonly contradiction: readonly Operation<Call, Result>[]
  /** False when the budget did not suffice to show it: the part fails, but a smaller one might as well. */
  readonly isSmallest: boolean
}

/** How far the search goes. */
export interface SmallestOptions {
  /** Steps of all searches together, 1 or more; a million take about a second. Default 10,000,000. */
  readonly stepsMax?: number
}

const STEPS_MAX = 10_000_000

/**
 * Of one search: better to give up one attempt than all those that would have come after it. A search that need not go
 * back takes some steps for each operation.
 */
const stepsOfOneMax = (operations: number): number => 50_000 + 500 * operations

/** What is left of the evidence that a check with the same model gave. */
export function smallestPart<State, Call, Result>(
  evidence: Evidence<State, Call, Result>,
  model: Model<State, Call, Result>,
  { stepsMax = STEPS_MAX }: SmallestOptions = {},
): Part<State, Call, Result> {
  return new Shrinking(evidence, model, stepsMax).run()
}

type Operations<Call, Result> = readonly Operation<Call, Result>[]

class Shrinking<State, Call, Result> {
  readonly #budget: Budget
  /** Proven, whatever was given up on the way. */
  #isSmallest = false

  constructor(
    private readonly evidence: Evidence<State, Call, Result>,
    private readonly model: Model<State, Call, Result>,
    private readonly stepsMax: number,
  ) {
    this.#budget = { steps: stepsMax }
  }

  run(): Part<State, Call, Result> {
    const prefix = this.#shortestPrefix()
    const contradiction = fewest(prefix.filter(isAnswered), (fewer) => this.#isBad(prefix, fewer))
    const operations = this.#explained(prefix, contradiction)
    const found = search(this.model, operations, { steps: this.stepsMax })
    // What was found out piece by piece was too much for one search: the evidence stands as it came.
    if (found.kind !== 'none') {
      return {
        ...this.evidence,
        contradiction: this.evidence.operations.filter(isAnswered),
        isSmallest: false,
      }
    }
    return {
      partition: this.evidence.partition,
      operations,
      order: found.order,
      state: found.state,
      stuck: found.stuck,
      contradiction,
      isSmallest: this.#isSmallest,
    }
  }

  /** Up to the first answer that no order explains: the one at which the check was stuck, or a later one. */
  #shortestPrefix(): Operations<Call, Result> {
    const { operations, stuck } = this.evidence
    const ends = operations.filter(isAnswered).map(endOf)
    ends.sort((a, b) => a - b)
    const prefix = (at: number): Operations<Call, Result> => prefixOf(operations, ends[at] ?? Infinity)
    let good = ends.indexOf(endOf(stuck)) - 1
    let bad = ends.length - 1
    for (let at = good + 1; at < bad; at = (good + bad) >>> 1) {
      if (this.#isBad(prefix(at))) bad = at
      else good = at
      if (bad - good <= 1) break
    }
    return prefix(bad)
  }

  /** The part that has the contradiction, and of the others what explains its answers. */
  #explained(
    prefix: Operations<Call, Result>,
    contradiction: Operations<Call, Result>,
  ): Operations<Call, Result> {
    const lessOne = contradiction
      .map((each) => contradiction.filter((other) => other !== each))
      .filter((answers) => this.#isGood(prefix, answers))
    // Where that could not be shown of each answer, nothing shows what explains it: then all stays.
    if (lessOne.length < contradiction.length) return withAnswers(prefix, prefix)
    const others = prefix.filter((each) => !contradiction.includes(each))
    const needed = fewest(others, (fewer) => {
      const part = prefix.filter((each) => contradiction.includes(each) || fewer.includes(each))
      return lessOne.every((answers) => this.#isGood(part, answers))
    })
    const part = prefix.filter((each) => contradiction.includes(each) || needed.includes(each))
    this.#isSmallest = needed.every((each) => {
      const rest = part.filter((other) => other !== each)
      return lessOne.some((answers) => this.#isBad(rest, answers))
    })
    let told: Operations<Call, Result> = []
    for (const each of needed.filter(isAnswered)) {
      const more = [...told, each]
      if (lessOne.every((answers) => this.#isGood(part, [...answers, ...more]))) told = more
    }
    return withAnswers(part, [...contradiction, ...told])
  }

  /** Of the operations, only those in `answers` have theirs; by default all that ever had. */
  #isBad(operations: Operations<Call, Result>, answers = operations): boolean {
    return this.#search(withAnswers(operations, answers)).kind === 'none'
  }

  #isGood(operations: Operations<Call, Result>, answers: Operations<Call, Result>): boolean {
    return this.#search(withAnswers(operations, answers)).kind === 'order'
  }

  #search(operations: Operations<Call, Result>): Found<State, Call, Result> {
    const steps = Math.min(this.#budget.steps, stepsOfOneMax(operations.length))
    const budget = { steps }
    const found = search(this.model, operations, budget)
    this.#budget.steps -= steps - budget.steps
    return found
  }
}

function prefixOf<Call, Result>(operations: Operations<Call, Result>, end: number): Operations<Call, Result> {
  return operations
    .filter(({ invokedAt }) => invokedAt <= end)
    .map((each) => (isAnswered(each) && endOf(each) > end ? forgotten(each) : each))
}

function withAnswers<Call, Result>(
  operations: Operations<Call, Result>,
  answers: Operations<Call, Result>,
): Operations<Call, Result> {
  const kept = new Set(answers)
  return operations.map((each) => (kept.has(each) ? each : forgotten(each)))
}

function forgotten<Call, Result>(operation: Operation<Call, Result>): Operation<Call, Result> {
  return isAnswered(operation) ? { ...operation, outcome: { kind: 'unknown' } } : operation
}

function isAnswered({ outcome }: Operation<unknown, unknown>): boolean {
  return outcome.kind === 'answered'
}

function endOf({ outcome }: Operation<unknown, unknown>): number {
  return outcome.kind === 'answered' ? outcome.at : Infinity
}
