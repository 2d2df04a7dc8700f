/** What waits at a replica. */
import type { CallersWaiting } from './calls/caller-side.js'
import type { MembersWaiting } from './members/cluster-side.js'

export interface Waiting extends CallersWaiting, MembersWaiting {
  /** UTF-16 units of commands that are committed and not applied here yet. */
  readonly applyBacklog: number
}
