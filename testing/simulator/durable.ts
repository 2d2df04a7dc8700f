/** What a server has on its disk, by its own account: it stays there when the server dies. */
import type { LogIndex, RaftServer, Term } from '../../lib/raft/index.js'

/** The entry of that term, or a snapshot that covers it. */
export function holds(server: RaftServer, index: LogIndex, term: Term): boolean {
  const { snapshotIndex, durableIndex } = server.view
  if (snapshotIndex >= index) return true
  return durableIndex >= index && termAt(server, index) === term
}

/** @throws Error when `after`, which has started from the disk of `before`, lacks what was on it */
export function checkRestart(before: RaftServer, after: RaftServer): void {
  const { id, durableIndex } = before.view
  const term = termAt(before, durableIndex)
  const { lastLogIndex, snapshotIndex } = after.view
  const isThere = term === undefined ? lastLogIndex >= durableIndex : holds(after, durableIndex, term)
  if (isThere) return
  throw new Error(
    `${id} had its log on disk up to ${durableIndex} of term ${term ?? 'unknown'}, and starts with another: ` +
      `${snapshotIndex + 1} to ${lastLogIndex}, term ${termAt(after, durableIndex) ?? 'unknown'} at ${durableIndex}`,
  )
}

/** Undefined for what a snapshot covers, and beyond the end. */
function termAt(server: RaftServer, index: LogIndex): Term | undefined {
  return server.entries(index, index)[0]?.term
}
