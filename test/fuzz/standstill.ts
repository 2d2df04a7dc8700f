/** How long nothing else could run while inputs were tried. */

/** So long that nothing else explains it. Milliseconds. */
const TOO_LONG_MS = 3_000
const TICK_MS = 20

export class StandstillWatch {
  #tickAt = performance.now()
  #processor = process.cpuUsage()
  /** Milliseconds, since the last check. */
  #lately = 0
  /** Milliseconds. */
  longest = 0

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** What is wrong with the inputs since the last call; undefined: nothing. */
  check(): string | undefined {
    this.#tick()
    const milliseconds = this.#lately
    this.#lately = 0
    this.longest = Math.max(this.longest, milliseconds)
    return milliseconds < TOO_LONG_MS ? undefined : `nothing else ran for ${Math.round(milliseconds)} ms`
  }

  /** Whoever gets no processor on a busy machine does nothing meanwhile either. */
  #tick(): void {
    const now = performance.now()
    const { user, system } = process.cpuUsage(this.#processor)
    this.#lately = Math.max(this.#lately, Math.min(now - this.#tickAt, (user + system) / 1e3))
    this.#tickAt = now
    this.#processor = process.cpuUsage()
  }
}
