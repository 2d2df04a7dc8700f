/** Why a leader can commit nothing now, in words, and what helps. */
import { votersOf } from '../../raft/quorum.js'
import type { PeerProgress, RaftServer, ServerId } from '../../raft/types.js'

const NOBODY_HEARD = 'this leader does not hear a majority of the members'

/** What stands behind `… was refused: `. */
export function noQuorum(raft: Pick<RaftServer, 'view' | 'uncounted'>): string {
  const { role, progress, configuration } = raft.view
  if (role !== 'leader') return 'this member does not hear a majority of the others'
  const uncounted = raft.uncounted()
  const isHeard = (id: ServerId): boolean => isInContact(progress.get(id))
  const newcomers = uncounted.filter(isHeard)
  const missing = votersOf(configuration).filter(
    (id) => progress.has(id) && !isHeard(id) && !uncounted.includes(id),
  )
  if (newcomers.length === 0 || missing.length === 0) return NOBODY_HEARD
  return `this leader hears no majority without ${newcomers.join(' and ')}, which came for the first time, and does not count before a majority without it has written that down: start ${missing.join(' or ')} again`
}

function isInContact(progress: PeerProgress | undefined): boolean {
  return progress !== undefined && progress.heardAt > -Infinity && !progress.lostContact
}
