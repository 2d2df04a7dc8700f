import type { LogIndex, PeerProgress, Ticks } from './types.js'
import { logIndex } from './types.js'

/**
 * What a leader knows of one follower's log, and how boldly it sends.
 *
 * - `probe`: where the logs part is not known. One AppendEntries at a time; nothing more until it is answered.
 * - `replicate`: the follower agrees up to nextIndex - 1 or is about to. Several messages are under way, and
 *   nextIndex runs ahead of the answers, so that no entry is sent twice while nothing is lost.
 *
 * A refusal, or a message that surely got lost, leads back to `probe`; any success leads to `replicate`.
 *
 * Invariant: matchIndex < nextIndex.
 */
export class Progress implements PeerProgress {
  state: PeerProgress['state'] = 'probe'
  matchIndex: LogIndex = logIndex(0)
  nextIndex: LogIndex
  /** The follower has been told of commits up to here. */
  commitSent: LogIndex = logIndex(0)
  /** The highest heartbeat round that the follower has answered. */
  round = 0
  /** When it was last heard; -Infinity: not since this server leads. */
  heardAt: number
  lostContact = false
  /** The last index of each message with entries that is under way, oldest first. */
  #inflight: LogIndex[] = []
  #probing = false

  constructor(nextIndex: LogIndex, heardAt: Ticks | undefined) {
    this.nextIndex = nextIndex
    this.heardAt = heardAt ?? -Infinity
  }

  /** Whether one more message with entries may leave. */
  maySend(inflightMessagesMax: number): boolean {
    return this.state === 'probe' ? !this.#probing : this.#inflight.length < inflightMessagesMax
  }

  get isIdle(): boolean {
    return this.state === 'replicate' && this.#inflight.length === 0
  }

  /** A message with entries up to `last` has left; in `probe`, perhaps with none (`last` = nextIndex - 1). */
  sent(last: LogIndex): void {
    if (last >= this.nextIndex) this.#inflight.push(last)
    if (this.state === 'probe') this.#probing = true
    else this.nextIndex = logIndex(last + 1)
  }

  acknowledged(matchIndex: LogIndex): void {
    if (matchIndex > this.matchIndex) this.matchIndex = matchIndex
    if (this.state === 'probe') this.#startReplicating()
    this.nextIndex = logIndex(Math.max(this.nextIndex, this.matchIndex + 1))
    this.#inflight = this.#inflight.filter((last) => last > this.matchIndex)
  }

  /**
   * The check at `refused` failed, and nothing above `agreeable` can match. Ignored when it is old news: an answer
   * that was overtaken must not undo what has been proved since.
   */
  refused(refused: LogIndex, agreeable: LogIndex): void {
    const isOld = this.state === 'probe' ? refused !== this.nextIndex - 1 : refused <= this.matchIndex
    if (isOld) return
    this.#startProbing(Math.min(agreeable, refused - 1) + 1)
    this.#probing = false
  }

  /** Something on its way was lost. The next heartbeat, not another copy of everything, finds out where to go on. */
  unreachable(): void {
    this.#startProbing(this.matchIndex + 1)
    this.#probing = true
  }

  #startProbing(nextIndex: number): void {
    this.state = 'probe'
    this.nextIndex = logIndex(Math.max(nextIndex, this.matchIndex + 1))
    this.#inflight = []
  }

  /** The probe's own entries count as under way: they are not sent again because a heartbeat was answered first. */
  #startReplicating(): void {
    this.state = 'replicate'
    this.#probing = false
    this.nextIndex = logIndex(Math.max(this.nextIndex, ...this.#inflight.map((last) => last + 1)))
  }
}
