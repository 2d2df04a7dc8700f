/** The time of a whole command, of which each of its steps gets what is left. */
import { performance } from 'node:perf_hooks'

export interface Budget {
  /** Milliseconds, at least 1: whoever asks when nothing is left is refused for that, with its own words. */
  leftMs(): number
  isOver(): boolean
}

export function budgetOf(timeoutMs: number, now: () => number = () => performance.now()): Budget {
  const end = now() + timeoutMs
  return { leftMs: () => Math.max(1, Math.ceil(end - now())), isOver: () => now() >= end }
}
