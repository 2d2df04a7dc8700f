/** The leader's side of InstallSnapshot (§7): what a follower lacks is no longer in the log. */
import type { Progress } from './progress.js'
import type { State } from './state.js'
import { announce } from './state.js'
import type { ServerId } from './types.js'
import { ticks } from './types.js'

/** Which snapshot it will be the driver knows: the newest one, which is not below the log's begin. */
export function startSnapshot(s: State, to: ServerId, progress: Progress): void {
  progress.startSnapshot(s.now)
  announce(s, { type: 'sendingSnapshot', peer: to, index: s.log.snapshotIndex })
  sendPieces(s, to, progress, false)
}

/**
 * The follower, which is in `snapshot`, has answered a heartbeat. It may have got to the log's begin on another way:
 * then its entries follow, as the answer that said so may be lost. Else pieces that were lost leave again.
 */
export function resumeSnapshot(s: State, to: ServerId, progress: Progress): void {
  if (progress.matchIndex >= s.log.snapshotIndex) progress.endSnapshot()
  if (progress.resumeSnapshot(s.now, ticks(4 * s.options.electionTimeoutMax)))
    sendPieces(s, to, progress, true)
}

/** How many pieces leave from there on is up to the driver. */
export function sendPieces(s: State, to: ServerId, { piece }: Progress, isAgain: boolean): void {
  const resume = piece === undefined ? {} : { resume: piece }
  s.effects.push({ type: 'sendSnapshot', to, term: s.currentTerm, ...resume, isAgain })
}
