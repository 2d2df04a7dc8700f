/** What every role does alike when its own process fails or ends. */
import type { Events } from './events.js'
import { refuseRemoteReads } from './readers.js'
import { stepDown } from './roles.js'
import type { State } from './state.js'
import { isAlone } from './state.js'

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
