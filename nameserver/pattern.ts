/**
 * Regular expressions from strangers. The engine of the language tries one way after another and can take longer than
 * the universe has for some patterns; this one follows all ways at once (Thompson, 1968), so that its time is bounded
 * by the pattern's length times the text's. It takes ECMAScript's syntax (with the flag `u`), without what can't be
 * done that way: lookaround and back references; and without anchors and word boundaries within the pattern.
 */
import { InvalidParamsError } from '../lib/rpc/errors.js'

type Test = (character: string) => boolean

/** Fragments of a pattern. `repeat` without `max` is unbounded. */
type Node =
  | { readonly type: 'one'; readonly test: Test }
  | { readonly type: 'sequence'; readonly parts: readonly Node[] }
  | { readonly type: 'choice'; readonly arms: readonly Node[] }
  | { readonly type: 'repeat'; readonly part: Node; readonly min: number; readonly max: number | undefined }

/** A program's step: eat one character, go to each of some places without eating, or be done. */
type Step = { readonly eat: Test; readonly to: number } | { readonly forks: number[] } | 'done'

const STEPS_MAX = 1000
const DEPTH_MAX = 20

/** What is left of a search's time, in steps; shared by all texts that one search looks at. */
export interface Budget {
  steps: number
}

export class Pattern {
  readonly #steps: Step[] = []
  readonly #source: string

  /** @throws InvalidParamsError for what is no such pattern, with the place where it goes wrong. */
  constructor(source: string) {
    this.#source = source
    const start = this.#emit({ forks: [] })
    const end = this.#compile(new Reader(source).pattern(), start)
    this.#steps[end] = 'done'
  }

  /** Whether the whole text matches. Undefined: the budget ran out before that was known. */
  matches(text: string, budget: Budget): boolean | undefined {
    let places = this.#closure([0], budget)
    for (const character of text) {
      if (places.size === 0) return false
      const eaten: number[] = []
      for (const place of places) {
        const step = this.#steps[place]
        if (typeof step === 'object' && 'eat' in step && step.eat(character)) eaten.push(step.to)
      }
      places = this.#closure(eaten, budget)
      if (budget.steps < 0) return undefined
    }
    return [...places].some((place) => this.#steps[place] === 'done')
  }

  /** All places that can be reached from `starts` without eating. */
  #closure(starts: readonly number[], budget: Budget): Set<number> {
    const reached = new Set(starts)
    for (const place of reached) {
      const step = this.#steps[place]
      if (typeof step === 'object' && 'forks' in step) for (const to of step.forks) reached.add(to)
    }
    budget.steps -= reached.size + 1
    return reached
  }

  #emit(step: Step): number {
    if (this.#steps.length >= STEPS_MAX) {
      throw new InvalidParamsError(`the regular expression ${shown(this.#source)} repeats too much`)
    }
    return this.#steps.push(step) - 1
  }

  #fork(from: number, to: number): void {
    const step = this.#steps[from]
    if (typeof step === 'object' && 'forks' in step) step.forks.push(to)
  }

  /** Adds the node's program so that it begins at the fork `start`; returns the fork where it ends. */
  #compile(node: Node, start: number): number {
    switch (node.type) {
      case 'one':
        return this.#compileOne(node.test, start)
      case 'sequence':
        return node.parts.reduce((at, part) => this.#compile(part, at), start)
      case 'choice':
        return this.#compileChoice(node.arms, start)
      case 'repeat':
        return this.#compileRepeat(node.part, node.min, node.max, start)
    }
  }

  #compileOne(test: Test, start: number): number {
    const end = this.#emit({ forks: [] })
    this.#fork(start, this.#emit({ eat: test, to: end }))
    return end
  }

  #compileChoice(arms: readonly Node[], start: number): number {
    const ends = arms.map((arm) => {
      const first = this.#emit({ forks: [] })
      this.#fork(start, first)
      return this.#compile(arm, first)
    })
    const end = this.#emit({ forks: [] })
    for (const each of ends) this.#fork(each, end)
    return end
  }

  #compileRepeat(part: Node, min: number, max: number | undefined, start: number): number {
    let at = start
    for (let i = 0; i < min; i++) at = this.#compile(part, at)
    if (max === undefined) {
      const loop = this.#emit({ forks: [] })
      this.#fork(at, loop)
      this.#fork(this.#compile(part, loop), loop)
      at = loop
    }
    const exits = [at]
    for (let i = min; i < (max ?? 0); i++) exits.push((at = this.#compile(part, at)))
    const end = this.#emit({ forks: [] })
    for (const exit of exits) this.#fork(exit, end)
    return end
  }
}

/** Reads a pattern's text. What one character may be (a class, an escape, the dot) is left to the language's engine. */
class Reader {
  readonly #source: string
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  pattern(): Node {
    if (this.#source.startsWith('^')) this.#at = 1
    const node = this.#choice()
    if (this.#at < this.#source.length) throw this.#problem('a ")" that nothing has opened')
    return node
  }

  #choice(): Node {
    if (++this.#depth > DEPTH_MAX) throw this.#problem('groups too deep')
    const arms = [this.#sequence()]
    while (this.#take('|')) arms.push(this.#sequence())
    this.#depth--
    return { type: 'choice', arms }
  }

  #sequence(): Node {
    const parts: Node[] = []
    while (this.#at < this.#source.length && !this.#ahead(/[|)]|\$$/y)) parts.push(this.#quantified())
    if (this.#depth === 1 && this.#at === this.#source.length - 1) this.#take('$')
    return { type: 'sequence', parts }
  }

  #quantified(): Node {
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

  #atom(): Node {
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

  #group(): Node {
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

function shown(text: string): string {
  return JSON.stringify(text)
}
