/**
 * Whether others hear a leader from which this client hears nothing: then it alone is parted from it. To find out takes
 * as long as one that is silent is waited for, and another one may lead by then; so nobody waits for it, and what was
 * found out counts the next time.
 */
import type { Clock } from '../ports.js'

export interface PartingsOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Whether it is so of whoever is at that address. Never rejects. */
  readonly ask: (here: string) => Promise<boolean>
}

/** What was found out counts for so long. Milliseconds. */
const FOUND_MS = 1_000

export class Partings {
  readonly #options: PartingsOptions
  /** By address: until when it counts, on the clock; undefined: it is being asked for. */
  readonly #found = new Map<string, number | undefined>()

  constructor(options: PartingsOptions) {
    this.#options = options
  }

  isFound(here: string): boolean {
    const until = this.#found.get(here)
    const isFound = until !== undefined && this.#options.clock.now() < until
    if (!isFound && (until !== undefined || !this.#found.has(here))) void this.#ask(here)
    return isFound
  }

  async #ask(here: string): Promise<void> {
    const { ask, clock } = this.#options
    this.#found.set(here, undefined)
    if (await ask(here)) this.#found.set(here, clock.now() + FOUND_MS)
    else this.#found.delete(here)
  }
}
