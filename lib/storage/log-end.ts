import { logIndex, term, type HardState, type LogIndex } from '../raft/types.js'
import { MalformedRecordError } from './errors.js'
import type { Change, Checkpoint } from './record.js'

/**
 * Where the log stands after all records so far. The writer and the reader both ask it whether the next record fits:
 * what could not be read back is refused before it is written.
 */
export class LogEnd {
  #hardState: HardState = { currentTerm: term(0), votedFor: undefined }
  #lastIndex: LogIndex = logIndex(0)

  get checkpoint(): Checkpoint {
    return { hardState: this.#hardState, lastIndex: this.#lastIndex }
  }

  /** Takes the record in, or throws a MalformedRecordError and stays as it was. */
  admit({ hardState, reset, truncateFrom, entries }: Change): void {
    if (hardState) this.#checkHardState(hardState)
    if (reset && truncateFrom !== undefined) {
      throw new MalformedRecordError(`a reset at ${reset.index} leaves nothing to truncate`)
    }
    let last =
      reset?.index ?? (truncateFrom === undefined ? this.#lastIndex : this.#checkTruncation(truncateFrom))
    for (const { index } of entries) {
      if (index !== last + 1) throw new MalformedRecordError(`entry ${index} does not follow entry ${last}`)
      last = index
    }
    this.#lastIndex = last
    if (hardState) this.#hardState = hardState
  }

  /** The log is read from here on: what came before is covered by a snapshot. */
  beginAt({ hardState, lastIndex }: Checkpoint): void {
    this.#hardState = hardState
    this.#lastIndex = lastIndex
  }

  /** Throws a MalformedRecordError when a segment begins with another state than the one before it ended with. */
  confirm({ hardState, lastIndex }: Checkpoint): void {
    const { currentTerm, votedFor } = this.#hardState
    if (
      hardState.currentTerm !== currentTerm ||
      hardState.votedFor !== votedFor ||
      lastIndex !== this.#lastIndex
    ) {
      throw new MalformedRecordError(
        `the segment goes on from term ${hardState.currentTerm} and entry ${lastIndex}, ` +
          `the log before it ends with term ${currentTerm} and entry ${this.#lastIndex}`,
      )
    }
  }

  /** §5.1 and §5.2: the term never goes back, and a vote is given once a term. */
  #checkHardState(next: HardState): void {
    const { currentTerm, votedFor } = this.#hardState
    if (next.currentTerm < currentTerm) {
      throw new MalformedRecordError(`term ${next.currentTerm} after term ${currentTerm}`)
    }
    if (next.currentTerm === currentTerm && votedFor !== undefined && next.votedFor !== votedFor) {
      throw new MalformedRecordError(
        `the vote of term ${currentTerm} was for ${votedFor} and would be for ${next.votedFor ?? 'nobody'}`,
      )
    }
  }

  #checkTruncation(truncateFrom: LogIndex): LogIndex {
    if (truncateFrom < 1 || truncateFrom > this.#lastIndex + 1) {
      throw new MalformedRecordError(
        `can't truncate from ${truncateFrom}: the log ends with entry ${this.#lastIndex}`,
      )
    }
    return logIndex(truncateFrom - 1)
  }
}
