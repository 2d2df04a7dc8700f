/** What each step of an operator's command is given: its time, whom to tell, and when to give up. */
import type { LeaderCallOptions } from '../../lib/client/rollcall.js'
import { say } from '../../lib/system/print.js'
import { whileNotBrokenOff, type BrokenOff } from './broken-off.js'
import { budgetOf, type Budget } from './budget.js'

export interface Errand {
  readonly budget: Budget
  /** One sentence about where the command stands. */
  readonly tell: (sentence: string) => void
  readonly end: BrokenOff
}

/** Runs `work` within that many milliseconds; what it tells goes to stderr. */
export function errand<T>(timeoutMs: number, work: (errand: Errand) => Promise<T>): Promise<T> {
  return whileNotBrokenOff((end) => work({ budget: budgetOf(timeoutMs), tell: say, end }))
}

/** For one step, which has all the time that is left. */
export function oneStep({ budget }: Errand): LeaderCallOptions {
  return { timeoutMs: budget.leftMs() }
}
