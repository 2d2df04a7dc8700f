import { logIndex, term, type HardState, type LogIndex } from '../raft/types.js'
import { MalformedRecordError } from './errors.js'
import type { Change, Checkpoint } from './record.js'

/**
 * Where the log stands after all records so far. The writer and the reader both ask it whether the next record fits:
 * what could not be read back is refused before it is written.
 */
export class LogEnd {
  checkpoint: Checkpoint = {
    hardState: { currentTerm: term(0), votedFor: undefined },
    lastIndex: logIndex(0),
  }

  /** Takes the record in, or throws a MalformedRecordError and stays as it was. */
  admit({ hardState, reset, truncateFrom, entries }: Change): void {
    if (hardState) this.#checkHardState(hardState)
    if (reset && truncateFrom !== undefined) {
      throw new MalformedRecordError(`a reset at ${reset.index} leaves nothing to truncate`)
    }
    const before = this.checkpoint
    let last =
      reset?.index ?? (truncateFrom === undefined ? before.lastIndex : this.#checkTruncation(truncateFrom))
    for (const { index } of entries) {
      if (index !== last + 1) throw new MalformedRecordError(`entry ${index} does not follow entry ${last}`)
      last = index
    }
    this.checkpoint = { hardState: hardState ?? before.hardState, lastIndex: last }
  }

  /** The log is read from here on: what came before is covered by a snapshot. */
  beginAt(checkpoint: Checkpoint): void {
    this.checkpoint = checkpoint
  }

  /** Throws a MalformedRecordError when a segment begins with another state than the one before it ended with. */
  confirm({ hardState, lastIndex }: Checkpoint): void {
    const end = this.checkpoint
    const { currentTerm, votedFor } = end.hardState
    if (
      hardState.currentTerm !== currentTerm ||
      hardState.votedFor !== votedFor ||
      lastIndex !== end.lastIndex
    ) {
      throw new MalformedRecordError(
        `the segment goes on from term ${hardState.currentTerm} and entry ${lastIndex}, ` +
          `the log before it ends with term ${currentTerm} and entry ${end.lastIndex}`,
      )
    }
  }

  /** §5.1 and §5.2: the term never goes back, and a vote is given once a term. */
  #checkHardState(next: HardState): void {
    const { currentTerm, votedFor } = this.checkpoint.hardState
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
    const { lastIndex } = this.checkpoint
    if (truncateFrom < 1 || truncateFrom > lastIndex + 1) {
      throw new MalformedRecordError(
        `can't truncate from ${truncateFrom}: the log ends with entry ${lastIndex}`,
      )
    }
    return logIndex(truncateFrom - 1)
  }
}
