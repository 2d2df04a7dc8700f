import type { LogIndex, Term, Ticks } from './types.js'

/** What a leader has said: in its `term` it has committed up to `index`. */
export interface LeaderWord {
  readonly index: LogIndex
  readonly term: Term
  readonly heardAt: Ticks
}

/**
 * When a follower last knew that it had applied all that its leader had committed. What a leader says counts from the
 * moment it was heard, once the state machine has come that far; while it is on its way there, newer words wait.
 *
 * A leader that has committed nothing of its own term does not know how far others have committed before it (§8): what
 * it says then, after a restart perhaps that nothing is committed at all, is no word of what is new.
 */
export class DataAge {
  #knownAt = -Infinity
  /** Heard, and not applied yet. */
  next: LeaderWord | undefined

  /** -Infinity: not since this server started. */
  get knownAt(): number {
    return this.#knownAt
  }

  /** `termAt` tells the term of an entry that is in the log here. */
  heard(word: LeaderWord, lastApplied: LogIndex, termAt: (index: LogIndex) => Term | undefined): void {
    if (this.next === undefined || word.index <= lastApplied) this.next = word
    this.applied(lastApplied, termAt)
  }

  applied(lastApplied: LogIndex, termAt: (index: LogIndex) => Term | undefined): void {
    const word = this.next
    if (word === undefined || word.index > lastApplied) return
    if (termAt(word.index) === word.term) this.#knownAt = word.heardAt
    this.next = undefined
  }

  /** What it knew as a leader. */
  knew(at: number): void {
    this.#knownAt = Math.max(this.#knownAt, at)
    this.next = undefined
  }
}
