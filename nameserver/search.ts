/**
 * Regular expressions from strangers. The engine of the language tries one way after another and can take longer than the
 * universe has for some of them; RE2's follows all ways at once, so that its time is bounded by the expression's size times
 * the name's length. The syntax is RE2's: without lookaround and back references.
 */
import { RE2JS, RE2JSException } from 're2js'
import type { Clock } from '../lib/ports.js'
import { InvalidParamsError, OverloadedError } from '../lib/rpc/errors.js'

/** What a search needs of a clock. */
export type Time = Pick<Clock, 'now'>

/** How long one search may take over all names, in milliseconds: nothing else runs meanwhile. */
const SEARCH_MS = 150
/** The size of an expression, compiled: one name of the greatest length takes it a few milliseconds at the most. */
const PROGRAM_MAX = 1_000

/**
 * A test of names: whether the whole of one matches. It throws OVERLOADED once its time is over.
 * @throws InvalidParamsError for what is no such expression, or repeats too much
 */
export function searchFor(regex: string, clock: Time): (name: string) => boolean {
  const expression = compile(regex)
  const end = clock.now() + SEARCH_MS
  return (name) => {
    if (clock.now() <= end) return expression.testExact(name)
    throw new OverloadedError('the search takes too long: give a prefix or a simpler regular expression')
  }
}

function compile(regex: string): RE2JS {
  try {
    const expression = RE2JS.compile(regex)
    if (expression.programSize() <= PROGRAM_MAX) return expression
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new InvalidParamsError(`${shown(regex)} is no regular expression: ${error.message}`)
  }
  throw new InvalidParamsError(`the regular expression ${shown(regex)} repeats too much`)
}

const shown = (regex: string): string => JSON.stringify(regex.slice(0, 50))
