/**
 * Regular expressions from strangers. The engine of the language tries one way after another and can take longer than
 * the universe has for some of them; RE2's follows all ways at once, so that its time is bounded by the expression's
 * size times the name's length. The syntax is RE2's: without lookaround and back references.
 */
import { RE2JS, RE2JSException } from 're2js'
import type { Clock } from '../lib/ports.js'
import { InvalidParamsError, OverloadedError } from '../lib/rpc/errors.js'
import { withoutStack } from '../lib/without-stack.js'

/** What a search needs of a clock. */
export type Time = Pick<Clock, 'now'>

/** How long one search may take over all names, in milliseconds. */
export const SEARCH_MS = 150
/** The size of an expression, compiled: one name of the greatest length takes it a few milliseconds at the most. */
const PROGRAM_MAX = 1_000
/**
 * What an expression may come to before it is compiled, by {@link lengthOf}: to see how large it gets takes long, too.
 */
const LENGTH_MAX = 2 * PROGRAM_MAX

/**
 * A test of names: whether the whole of one matches. It throws OVERLOADED once its time is over.
 * @throws InvalidParamsError for what is no such expression, or repeats too much
 */
export function searchFor(regex: string, clock: Time): (name: string) => boolean {
  const expression = compile(regex)
  const end = clock.now() + SEARCH_MS
  return (name) => {
    if (clock.now() <= end) return expression.testExact(name)
    throw withoutStack(
      () => new OverloadedError('the search takes too long: give a prefix or a simpler regular expression'),
    )
  }
}

function compile(regex: string): RE2JS {
  if (lengthOf(regex) > LENGTH_MAX) throw repeatsTooMuch(regex)
  try {
    const expression = RE2JS.compile(regex)
    if (expression.programSize() <= PROGRAM_MAX) return expression
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new InvalidParamsError(`${shown(regex)} is no regular expression: ${error.message}`)
  }
  throw repeatsTooMuch(regex)
}

function repeatsTooMuch(regex: string): InvalidParamsError {
  return new InvalidParamsError(`the regular expression ${shown(regex)} repeats too much`)
}

/**
 * What stands in an expression, by its first character: an escape, a class, a group's begin or end, how often, a
 * character.
 */
const PARTS = /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:[^\]]*\]|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[\s\S]/gu

/** How many parts there are once all that is to be repeated a number of times is written out so often. */
function lengthOf(regex: string): number {
  const outer: Group[] = []
  let group = new Group()
  for (const [part, least, most] of regex.matchAll(PARTS)) {
    if (least !== undefined) group.repeatLast(Math.max(Number(least), Number(most ?? 0), 1))
    else if (part === '(') {
      outer.push(group)
      group = new Group()
    } else if (part === ')' && outer.length > 0) {
      const { length } = group
      group = outer.pop() ?? group
      group.add(length + 1)
    } else group.add(1)
  }
  return [...outer, group].reduce((sum, { length }) => sum + length, 0)
}

class Group {
  #length = 0
  #last = 0

  get length(): number {
    return this.#length + this.#last
  }

  add(parts: number): void {
    this.#length += this.#last
    this.#last = parts
  }

  /** Also what stands for more than one character. */
  repeatLast(times: number): void {
    this.#last *= times
  }
}

const shown = (regex: string): string => JSON.stringify(regex.slice(0, 50))
