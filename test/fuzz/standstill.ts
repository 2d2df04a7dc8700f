/** How long nothing else could run while inputs were tried. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** So long that no other work of a busy machine explains it. Milliseconds. */
const TOO_LONG_MS = 3_000

export class StandstillWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  /** Milliseconds. */
  longest = 0

  constructor() {
    this.#delay.enable()
  }

  /** What is wrong with the inputs since the last call; undefined: nothing. */
  check(): string | undefined {
    const milliseconds = this.#delay.max / 1e6
    this.#delay.reset()
    this.longest = Math.max(this.longest, milliseconds)
    return milliseconds < TOO_LONG_MS ? undefined : `nothing else ran for ${Math.round(milliseconds)} ms`
  }
}
