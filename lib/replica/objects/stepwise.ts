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

/** So many texts at a time. */
const BIT = 256
const BIT_LENGTH = 16 * 1024

/** By UTF-16 units, each once. */
export function* sortedOnce(texts: readonly string[]): Steps<readonly string[]> {
  let runs: (readonly string[])[] = []
  for (let at = 0; at < texts.length; at += BIT) {
    const run = texts.slice(at, at + BIT).sort()
    runs.push(run.filter((text, index) => text !== run[index - 1]))
    yield
  }
  while (runs.length > 1) {
    const merged: (readonly string[])[] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* together(runs[at] ?? [], runs[at + 1] ?? []))
    runs = merged
  }
  return runs[0] ?? []
}

function* together(one: readonly string[], other: readonly string[]): Steps<readonly string[]> {
  const all: string[] = []
  let [a, b] = [0, 0]
  for (;;) {
    const [left, right] = [one[a], other[b]]
    if (left === undefined && right === undefined) return all
    const isLeft = right === undefined || (left !== undefined && left <= right)
    const isRight = left === undefined || (right !== undefined && right <= left)
    const next = isLeft ? left : right
    if (next !== undefined) all.push(next)
    a += Number(isLeft)
    b += Number(isRight)
    if (all.length % BIT === 0) yield
  }
}

/** As JSON. */
export function* listText(texts: readonly string[]): Steps<string> {
  let text = '['
  for (let at = 0, end = 0; at < texts.length; at = end) {
    for (let length = 0; end < texts.length && end - at < BIT && length < BIT_LENGTH; end++)
      length += texts[end]?.length ?? 0
    text += `${at === 0 ? '' : ','}${JSON.stringify(texts.slice(at, end)).slice(1, -1)}`
    yield
  }
  return `${text}]`
}
