/** The time of a whole command, of which each of its steps gets what is left. */
import { performance } from 'node:perf_hooks'

export interface Budget {
  /** Milliseconds, at least 1: whoever asks when nothing is left is refused for that, with its own words. */
  leftMs(): number
  isOver(): boolean
  /** That much of it, or what is left. */
  part(timeoutMs: number): Budget
}

export function budgetOf(timeoutMs: number, now: () => number = () => performance.now()): Budget {
  const end = now() + timeoutMs
  const leftMs = () => Math.max(1, Math.ceil(end - now()))
  return {
    leftMs,
    isOver: () => now() >= end,
    part: (partMs) => budgetOf(Math.min(partMs, leftMs()), now),
  }
}
