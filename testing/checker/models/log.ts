import { isList, membersOf, type Json } from '../../../lib/json.js'
import type { MethodCall } from '../history.js'
import type { Model, Step } from '../model.js'
import { callText } from '../text.js'
import { Place, placesOf, withTerm } from './log-place.js'
import { refused } from './refused.js'

/** As `entries` of the shipped log. */
const ENTRIES_MAX = 1000

/**
 * The shipped `log`: its state is its last place. Which term an entry has is the cluster's affair: it is taken from the
 * first answer that tells it, and from then on all others must tell the same; terms never go down from one entry to the
 * next. What was compacted away is answered by an error and nothing was executed, so that no history has it.
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
  const { state, found } = read(last, index, index + 1, [observed])
  return { state, result: found[0] ?? null }
}

function entries(last: Place, from: number, count: number, observed: Json | undefined): Step<Place, Json> {
  const { state, found } = read(last, from, from + count, isList(observed) ? observed : [])
  return { state, result: found }
}

/** From `from` up to, not including, `end`: what is there, with the terms that `told` adds to what is known. */
function read(
  last: Place,
  from: number,
  end: number,
  told: readonly (Json | undefined)[],
): { readonly state: Place; readonly found: readonly Json[] } {
  let state = last
  for (const { index, term } of placesOf(last, from, end)) {
    const toldTerm = term === null ? termIn(told[index - from]) : null
    const [place] = toldTerm === null ? [] : placesOf(state, index, index + 1)
    if (place !== undefined && toldTerm !== null) state = withTerm(state, place, toldTerm)
  }
  return {
    state,
    found: placesOf(state, from, end).map(({ index, term, command }) => ({ index, term, command })),
  }
}

function termIn(answer: Json | undefined): number | null {
  const { term } = membersOf(answer)
  return typeof term === 'number' ? term : null
}

function isWhole(value: Json | undefined, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
