import type { LogIndex, Ticks } from './types.js'

/**
 * When a follower last knew that it had applied all that its leader had committed. What a leader says counts from the
 * moment it was heard, once the state machine has come that far; while it is on its way there, newer words wait.
 */
export class Freshness {
  #knownAt = -Infinity
  #next: { readonly index: LogIndex; readonly heardAt: Ticks } | undefined

  /** -Infinity: not since this server started. */
  get knownAt(): number {
    return this.#knownAt
  }

  /** The leader has committed up to `index`. */
  heard(index: LogIndex, heardAt: Ticks, lastApplied: LogIndex): void {
    if (this.#next === undefined || index <= lastApplied) this.#next = { index, heardAt }
    this.applied(lastApplied)
  }

  applied(lastApplied: LogIndex): void {
    if (this.#next === undefined || this.#next.index > lastApplied) return
    this.#knownAt = this.#next.heardAt
    this.#next = undefined
  }

  /** What it knew as a leader. */
  knew(at: number): void {
    this.#knownAt = Math.max(this.#knownAt, at)
    this.#next = undefined
  }
}
