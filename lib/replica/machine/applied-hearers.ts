import type { LogIndex } from '../../raft/types.js'

/** Who wants to hear up to where entries have been applied: each is in here while it does, and nobody else is called. */
export type AppliedHearers = Set<(index: LogIndex) => void>
