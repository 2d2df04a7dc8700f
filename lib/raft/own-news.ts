/** What every role does alike with news of its own process: the disk, the state machine, the end. */
import type { Events } from './events.js'
import { violation } from './invariant.js'
import { refuseRemoteReads } from './readers.js'
import { stepDown } from './roles.js'
import type { State } from './state.js'
import { advanceApplied, isAlone } from './state.js'

export function onPersisted(s: State, { token }: Events['persisted']): void {
  s.persistence.completed(token)
  s.stalled = false
}

export function onApplied(s: State, { index }: Events['applied']): void {
  const { applyIndex: handedOut } = s
  if (index > handedOut) throw violation('Only what was handed out is applied', { applied: index, handedOut })
  if (index < s.lastApplied) return
  advanceApplied(s, index)
  s.isRestoring = false
  if (s.dataAge.next !== undefined) s.dataAge.applied(s.lastApplied, (at) => s.log.termAt(at))
}

/** A leader whose disk hangs would go on with heartbeats for ever and commit nothing. Without a rival nobody gains. */
export function onStorageStalled(s: State, { elapsed }: Events['storageStalled']): void {
  if (elapsed < s.options.electionTimeoutMax || isAlone(s)) return
  s.stalled = true
  if (s.standing.role === 'leader') stepDown(s, 'storageStalled')
}

export function onStop(s: State): void {
  s.stopped = true
  refuseRemoteReads(s)
  stepDown(s, 'stopped')
}
