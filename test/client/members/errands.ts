/** Errands for tests of operators' commands. */
import { budgetOf } from '../../../client/members/budget.js'
import type { Errand } from '../../../client/members/errand.js'
import { CommandError } from '../../../lib/command-line/report.js'

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
  let isTold = false
  let reject: (error: Error) => void = () => undefined
  const told = new Promise<never>((_, refuse) => (reject = refuse))
  told.catch(() => undefined)
  const end = (): void => {
    isTold = true
    reject(new CommandError('INTERRUPTED', 'this command was told to end'))
  }
  return { errand: { ...errandOf(timeoutMs), end: { told, isTold: () => isTold } }, end }
}
