import type { LogIndex, Ticks } from './types.js'

/**
 * Where the leader's log ended a while ago, between one and two `interval`s: a learner that has all of that can be a
 * voter, because it lags by no more than an election timeout (thesis §4.2.1, with a moving goal instead of rounds).
 * It moves while there are learners.
 */
export class RecentEnd {
  #older: LogIndex
  #newer: LogIndex
  #newerSince: Ticks

  constructor(
    now: Ticks,
    lastIndex: LogIndex,
    readonly interval: Ticks,
  ) {
    this.#older = lastIndex
    this.#newer = lastIndex
    this.#newerSince = now
  }

  get index(): LogIndex {
    return this.#older
  }

  note(now: Ticks, lastIndex: LogIndex): void {
    if (now - this.#newerSince < this.interval) return
    this.#older = this.#newer
    this.#restart(now, lastIndex)
  }

  /** Whoever is new must have all that there is now. */
  demand(now: Ticks, lastIndex: LogIndex): void {
    this.#older = lastIndex
    this.#restart(now, lastIndex)
  }

  #restart(now: Ticks, lastIndex: LogIndex): void {
    this.#newer = lastIndex
    this.#newerSince = now
  }
}
