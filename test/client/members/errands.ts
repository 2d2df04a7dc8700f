/** Errands for tests of operators' commands. */
import { endable } from '../../../client/members/broken-off.js'
import { budgetOf } from '../../../client/members/budget.js'
import type { Errand } from '../../../client/members/errand.js'

const never = new Promise<never>(() => undefined)

/** One that nobody breaks off. What it tells goes into `told`. */
export function errandOf(timeoutMs: number, told: string[] = [], now?: () => number): Errand {
  return {
    budget: budgetOf(timeoutMs, now),
    tell: (sentence) => void told.push(sentence),
    end: { told: never, isTold: () => false },
  }
}

/** One that can be broken off. */
export function endingErrand(timeoutMs: number): { readonly errand: Errand; readonly end: () => void } {
  const { tell, ...end } = endable()
  return { errand: { ...errandOf(timeoutMs), end }, end: tell }
}
