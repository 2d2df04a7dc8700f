/**
 * Waits for what processes come to. A wait that is in vain ends, and says what it was for and what each process said
 * last.
 */
import { lastWords } from './last-words.js'

/** Many times what a busy machine needs, and less than a test may take. */
export const PATIENCE_MS = 120_000
const LOOK_MS = 20

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/**
 * Looks until there is something, which it returns. Rejects after `patienceMs`. `what`: in words, as part of "waited
 * for …"; a function is asked when the wait was in vain.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > deadline) throw inVain(typeof what === 'string' ? what : what(), patienceMs)
    await pause(LOOK_MS)
  }
}

export function inVain(what: string, patienceMs = PATIENCE_MS): Error {
  return new Error(`waited ${patienceMs / 1000} s for ${what}\n${lastWords()}`)
}
