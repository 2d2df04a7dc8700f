/** How long nothing else could run while inputs were tried. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** So long that nothing else explains it. Milliseconds. */
const TOO_LONG_MS = 3_000

export class StandstillWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  #processor = process.cpuUsage()
  /** Milliseconds. */
  longest = 0

  constructor() {
    this.#delay.enable()
  }

  /** What is wrong with the inputs since the last call; undefined: nothing. */
  check(): string | undefined {
    // Whoever gets no processor on a busy machine does nothing meanwhile either.
    const { user, system } = process.cpuUsage(this.#processor)
    const milliseconds = Math.min(this.#delay.max / 1e6, (user + system) / 1e3)
    this.#processor = process.cpuUsage()
    this.#delay.reset()
    this.longest = Math.max(this.longest, milliseconds)
    return milliseconds < TOO_LONG_MS ? undefined : `nothing else ran for ${Math.round(milliseconds)} ms`
  }
}
