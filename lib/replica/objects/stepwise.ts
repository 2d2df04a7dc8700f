/**
 * Queries whose answer may be a long list of texts, done bit by bit: whoever runs one decides when the next bit
 * follows, and others are heard in between.
 */
import type { Json } from '../../json.js'

/** Gives control back again and again, each time after less than a millisecond; what it returns is the outcome. */
export type Steps<T> = Generator<undefined, T, undefined>

/**
 * By the name of a query, what takes its params and comes to its result, as the object is when the first bit is done.
 */
export type StepwiseQueries = Readonly<
  Record<string, ((...params: readonly Json[]) => Steps<readonly string[]>) | undefined>
>

/** The member of an object that has such queries. Shipped ones alone have it. */
export const STEPWISE = Symbol('stepwise')

/** Undefined: the query is done at once. */
export function stepwiseQuery(instance: object | undefined, method: string): StepwiseQueries[string] {
  return instance !== undefined && hasSteps(instance) ? instance[STEPWISE][method] : undefined
}

function hasSteps(instance: object): instance is { readonly [STEPWISE]: StepwiseQueries } {
  return STEPWISE in instance
}

/** All bits at once. */
export function completed<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next()
    if (next.done === true) return next.value
  }
}

/** So many items at a time. */
const BIT = 256

/** By the text of each, in UTF-16 units; of those that have the same text, the last. */
export function* sortedOnce<T extends string | object>(
  items: readonly T[],
  textOf: (item: T) => string,
): Steps<readonly T[]> {
  let runs: (readonly T[])[] = []
  for (let at = 0; at < items.length; at += BIT) {
    runs.push(runOf(items.slice(at, at + BIT), textOf))
    yield
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* together(runs[at] ?? [], runs[at + 1] ?? [], textOf))
    runs = merged
  }
  return runs[0] ?? []
}

function runOf<T>(items: T[], textOf: (item: T) => string): readonly T[] {
  items.sort((one, other) => (textOf(one) < textOf(other) ? -1 : Number(textOf(one) > textOf(other))))
  return items.filter((item, at) => {
    const next = items[at + 1]
    return next === undefined || textOf(next) !== textOf(item)
  })
}

function* together<T extends string | object>(
  one: readonly T[],
  other: readonly T[],
  textOf: (item: T) => string,
): Steps<readonly T[]> {
  const all: T[] = []
  let [a, b] = [0, 0]
  for (;;) {
    const left: T | undefined = one[a]
    const right: T | undefined = other[b]
    if (left === undefined && right === undefined) return all
    const [leftText, rightText] = [
      left === undefined ? undefined : textOf(left),
      right === undefined ? undefined : textOf(right),
    ]
    const isLeft = rightText === undefined || (leftText !== undefined && leftText <= rightText)
    const isRight = leftText === undefined || (rightText !== undefined && rightText <= leftText)
    const next = isRight ? right : left
    if (next !== undefined) all.push(next)
    a += Number(isLeft)
    b += Number(isRight)
    if (all.length % BIT === 0) yield
  }
}
