import type { Json } from '../../../lib/json.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { Place } from './log-place.js'
import { refused } from './refused.js'

/** As `entries` of the shipped log. */
const ENTRIES_MAX = 1000

/**
 * The shipped `log`: its state is its last place. Which term an entry has is the cluster's affair: it is taken from the
 * first answer that tells it, and from then on all others must tell the same; terms never go down from one entry to the next.
 * What was compacted away is answered by an error and nothing was executed, so that no history has it.
 */
export const logModel: Model<Place, MethodCall, Json> = {
  initial: () => new Place(),
  step: (last, { method, params: [first, second] }, observed) => {
    switch (method) {
      case 'append':
        return typeof first === 'string' ? append(last, first, observed) : refused(last)
      case 'entry':
        return isWhole(first, 1) ? entry(last, first, observed) : refused(last)
      case 'entries':
        return isWhole(first, 1) && isWhole(second, 0)
          ? entries(last, first, Math.min(second, ENTRIES_MAX), observed)
          : refused(last)
      case 'length':
        return { state: last, result: last.index }
      default:
        return refused(last)
    }
  },
  key: (last) => last,
  callText,
  stateText: (last) => `a log of ${last.index}, the last of them ${JSON.stringify(last.command)}`,
}

function append(last: Place, text: string, observed: Json | undefined): Step<Place, Json> {
  const told = termIn(observed)
  const term = told === null ? null : Math.max(told, last.termAtLeast)
  const state = last.next(text, term)
  return { state, result: { index: state.index, term } }
}

function entry(last: Place, index: number, observed: Json | undefined): Step<Place, Json> {
  const place = last.at(index)
  if (place === undefined) return { state: last, result: null }
  const state = last.withTerm(index, termIn(observed))
  return { state, result: read(state, index) }
}

function entries(last: Place, from: number, count: number, observed: Json | undefined): Step<Place, Json> {
  const told = isList(observed) ? observed : []
  const end = Math.min(from + count, last.index + 1)
  let state = last
  for (let index = from; index < end; index++) state = state.withTerm(index, termIn(told[index - from]))
  const result: Json[] = []
  for (let index = from; index < end; index++) result.push(read(state, index))
  return { state, result }
}

function read(last: Place, index: number): Json {
  const place = last.at(index)
  return place === undefined ? null : { index, term: place.term, command: place.command }
}

function termIn(answer: Json | undefined): number | null {
  if (typeof answer !== 'object' || answer === null || isList(answer)) return null
  const { term } = answer
  return typeof term === 'number' ? term : null
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function isWhole(value: Json | undefined, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
