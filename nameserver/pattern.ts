/**
 * Regular expressions from strangers. The engine of the language tries one way after another and can take longer than
 * the universe has for some patterns; this one follows all ways at once (Thompson, 1968), so that its time is bounded
 * by the pattern's length times the text's. Over ten thousand names that is still half a minute for `[ab]*a[ab]{150}`,
 * so a search has a budget of steps, too (docs/decisions/14-patterns-with-a-budget.md).
 */
import { InvalidParamsError } from '../lib/rpc/errors.js'
import { readPattern, shown, type Fragment, type Test } from './pattern-syntax.js'

/** A program's step: eat one character, go to each of some places without eating, or be done. */
type Step = { readonly eat: Test; readonly to: number } | { readonly forks: number[] } | 'done'

const STEPS_MAX = 1000

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
    const end = this.#compile(readPattern(source), start)
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
  #compile(node: Fragment, start: number): number {
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

  #compileChoice(arms: readonly Fragment[], start: number): number {
    const ends = arms.map((arm) => {
      const first = this.#emit({ forks: [] })
      this.#fork(start, first)
      return this.#compile(arm, first)
    })
    const end = this.#emit({ forks: [] })
    for (const each of ends) this.#fork(each, end)
    return end
  }

  #compileRepeat(part: Fragment, min: number, max: number | undefined, start: number): number {
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
