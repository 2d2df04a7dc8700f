/**
 * The syntax of the patterns: ECMAScript's, with the flag `u`, without what {@link Pattern} can't do or need not: lookaround,
 * back references, names of groups, anchors and word boundaries within the pattern.
 */
import { InvalidParamsError } from '../lib/rpc/errors.js'

/** Whether a character is taken. */
export type Test = (character: string) => boolean

/** Fragments of a pattern. `repeat` without `max` is unbounded. */
export type Fragment =
  | { readonly type: 'one'; readonly test: Test }
  | { readonly type: 'sequence'; readonly parts: readonly Fragment[] }
  | { readonly type: 'choice'; readonly arms: readonly Fragment[] }
  | {
      readonly type: 'repeat'
      readonly part: Fragment
      readonly min: number
      readonly max: number | undefined
    }

const DEPTH_MAX = 20

/** @throws InvalidParamsError for what is no such pattern, with the place where it goes wrong. */
export function readPattern(source: string): Fragment {
  return new Reader(source).pattern()
}

/** Reads a pattern's text. What one character may be (a class, an escape, the dot) is left to the language's engine. */
class Reader {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  pattern(): Fragment {
    if (this.#source.startsWith('^')) this.#at = 1
    const node = this.#choice()
    if (this.#at < this.#source.length) throw this.#problem('a ")" that nothing has opened')
    return node
  }

  #choice(): Fragment {
    if (++this.#depth > DEPTH_MAX) throw this.#problem('groups too deep')
    const arms = [this.#sequence()]
    while (this.#take('|')) arms.push(this.#sequence())
    this.#depth--
    return { type: 'choice', arms }
  }

  #sequence(): Fragment {
    const parts: Fragment[] = []
    while (this.#at < this.#source.length && !this.#ahead(/[|)]|\$$/y)) parts.push(this.#quantified())
    if (this.#depth === 1 && this.#at === this.#source.length - 1) this.#take('$')
    return { type: 'sequence', parts }
  }

  #quantified(): Fragment {
    const part = this.#atom()
    const quantifier = this.#ahead(/(?:([*+?])|\{(\d{1,3})(?:(,)(\d{1,3})?)?\})\??/y)
    if (quantifier === undefined) return part
    this.#at += quantifier[0].length
    const [, sign, from, comma, to] = quantifier
    const min = sign === undefined ? Number(from) : sign === '+' ? 1 : 0
    const max = sign === '?' ? 1 : sign !== undefined ? undefined : comma ? whole(to) : min
    if (max !== undefined && max < min) throw this.#problem('a range that ends before it begins')
    return { type: 'repeat', part, min, max }
  }

  #atom(): Fragment {
    if (this.#ahead(/\((?:\?:|(?!\?))/y)) return this.#group()
    const one = this.#ahead(
      /\\(?:[dDsSwWfnrtv]|[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^\dA-Za-z])/uy,
    )
    const found = one ?? this.#ahead(/\[(?:\\[^]|[^\]\\])*\]|[^\\^$*+?()[\]{}|]/uy)
    if (found === undefined) throw this.#problem('something that is not taken here')
    const test = this.#test(found[0])
    this.#at += found[0].length
    return { type: 'one', test }
  }

  #group(): Fragment {
    const opened = this.#at
    this.#at += this.#source.startsWith('(?:', this.#at) ? 3 : 1
    const node = this.#choice()
    if (this.#take(')')) return node
    this.#at = opened
    throw this.#problem('a "(" that nothing closes')
  }

  /** One character's pattern can't go back and try again, so the language's own engine is safe with it. */
  #test(one: string): Test {
    try {
      const compiled = new RegExp(`^${one}$`, 'su')
      return (character) => compiled.test(character)
    } catch {
      throw this.#problem(`${shown(one)}, which is no character or class of characters`)
    }
  }

  #ahead(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#source) ?? undefined
  }

  #take(character: string): boolean {
    const there = this.#source.startsWith(character, this.#at)
    if (there) this.#at += character.length
    return there
  }

  #problem(what: string): InvalidParamsError {
    return new InvalidParamsError(
      `the regular expression ${shown(this.#source)} has ${what} at character ${this.#at + 1}; ` +
        `lookaround, back references and anchors within it are not taken`,
    )
  }
}

function whole(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

export function shown(text: string): string {
  return JSON.stringify(text)
}
