/** How a leader finds out what is committed, and what follows from it. */
import { concludeChange } from './configure.js'
import { repeatPins } from './identity.js'
import type { Progress } from './progress.js'
import { quorumValue } from './quorum.js'
import { sendAppendEntries } from './replication.js'
import { startReads } from './heartbeats.js'
import type { Leader, State } from './state.js'
import { commitTo } from './own-log.js'
import { hurrySuccessor } from './transfer.js'
import type { ServerId } from './types.js'
import { logIndex } from './types.js'

/**
 * "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm:
 * set commitIndex = N" (§5.3, §5.4.2). Once more after each advance: a pin that is committed now may make
 * another acknowledgement count. Entries about the cluster itself bring something about when this leader first knows
 * them to be committed.
 */
export function advanceCommit(s: State, leader: Leader): void {
  const before = s.commitIndex
  for (let quorum = agreed(s, leader); quorum > s.commitIndex; quorum = agreed(s, leader)) {
    if (s.log.termAt(logIndex(quorum)) !== s.currentTerm) break
    commitTo(s, logIndex(quorum))
  }
  if (s.commitIndex === before) return
  for (const [id, progress] of leader.progress) tellIfIdle(s, leader, id, progress)
  if (leader.reads.size > 0) startReads(s, leader)
  if (before < Math.max(s.membership.lastIndex, leader.firstIndex)) {
    repeatPins(s, leader)
    concludeChange(s, leader)
  }
  if (leader.transferringTo !== undefined) hurrySuccessor(s, leader, leader.transferringTo)
}

/**
 * The highest index that a quorum has on disk, as far as acknowledgements count: those of members whose pins are
 * committed, and of the one that is spared that.
 */
function agreed(s: State, leader: Leader): number {
  const { membership, commitIndex } = s
  const areAllCommitted = membership.lastIndex <= commitIndex
  return quorumValue(membership.configuration, (id) => {
    if (areAllCommitted ? !membership.pins.has(id) : !membership.counts(id, commitIndex)) return 0
    if (id === s.options.id) return s.persistence.durableIndex
    const progress = leader.progress.get(id)
    return progress === undefined || progress.isDoubted ? 0 : progress.matchIndex
  })
}

/** A busy follower learns the commit index from the next entries; one that has them all is told at once. */
export function tellIfIdle(s: State, leader: Leader, id: ServerId, progress: Progress): void {
  const hasAll = progress.matchIndex === s.log.lastIndex && progress.state === 'replicate'
  if (hasAll && progress.commitSent < s.commitIndex) sendAppendEntries(s, leader, id, progress, [])
}
