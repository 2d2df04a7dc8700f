import type { Lineage, LogIndex, PeerProgress, Ticks } from './types.js'
import { logIndex, ticks } from './types.js'

/** One piece of the snapshot at `index`: number `offset`, from 0. */
export interface SnapshotPiece {
  readonly index: LogIndex
  readonly offset: number
}

/** A follower that is not in the configuration any more, and is spoken to until it knows. */
export interface Leaving {
  /** The entry without it. */
  readonly index: LogIndex
  /** It may be gone for good; no longer than this is it spoken to. */
  readonly until: Ticks
  /** From this heartbeat round on a success says that it knows of the commit. Infinity until there is one. */
  firstRound: number
}

/**
 * What a leader knows of one follower's log, and how boldly it sends.
 *
 * - `probe`: where the logs part is not known. One AppendEntries at a time; nothing more until it is answered.
 * - `replicate`: the follower agrees up to nextIndex - 1 or is about to. Several messages are under way, and
 *   nextIndex runs ahead of the answers, so that no entry is sent twice while nothing is lost.
 * - `snapshot`: the entry at nextIndex is gone from the leader's log; what the follower lacks is in a snapshot, and
 *   that goes in pieces. Those that were lost are sent again when the follower next answers a heartbeat.
 *
 * A refusal, or a message that surely got lost, leads back to `probe`; any success leads to `replicate`. Out of
 * `snapshot` leads only the proof that the follower has got as far as the leader's log begins.
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
  /** For how long it gives nobody a vote, by its answer to that round. */
  silence: Ticks = ticks(0)
  /** When it was last heard; -Infinity: not since this server leads. */
  heardAt: number
  lostContact = false
  /**
   * What answers an earlier heartbeat round was said before the follower became a member, which it may have been before
   * with another folder: it settles nothing.
   */
  readonly firstRound: number
  /** Undefined: it is a member. */
  leaving: Leaving | undefined
  /** In `snapshot`: the piece that the follower has asked for; undefined before its first answer. */
  piece: SnapshotPiece | undefined
  /** Of the folder that last answered. */
  starts: Lineage | undefined
  /** The last round that had begun when the process first spoke whose these starts are. */
  startsRound = 0
  /** That folder is from before what its member has acknowledged: nothing that it says counts. */
  isOlderCopy = false
  /** Where this server's log ended when that process first spoke: its member can't have acknowledged more before. */
  endWhenHeard: LogIndex = logIndex(0)
  /** What the process before the one that speaks had acknowledged, as long as this one has not shown that it has it. */
  matchBefore: LogIndex = logIndex(0)
  /** What was under way is lost, whatever answers still come. */
  #arePiecesLost = false
  /** The last answer did not move on, so that perhaps nothing is under way. */
  #hasStopped = false
  /** An answer since pieces last began to leave did not move on: what had overtaken another piece was thrown away. */
  #isOutOfOrder = false
  /** An answer to a piece has come since the last one to a heartbeat. */
  #wasAnswered = false
  /** When pieces last began to leave, or an answer to one came. */
  #pieceHeardAt: Ticks = ticks(0)
  /** The last index of each message with entries that is under way, oldest first. */
  #inflight: LogIndex[] = []
  /** Up to here entries are, or were, in a long message, or behind one that was under way. */
  #longUntil: LogIndex = logIndex(0)
  #probing = false

  constructor(nextIndex: LogIndex, heardAt: Ticks | undefined, firstRound = 0) {
    this.nextIndex = nextIndex
    this.heardAt = heardAt ?? -Infinity
    this.firstRound = firstRound
  }

  /**
   * Whether it has spoken since it became a member: only then is what it says of a snapshot surely about this folder.
   */
  get hasAnswered(): boolean {
    return this.round >= this.firstRound
  }

  /** Whether what this or the process before has acknowledged may be missing now: nothing is committed by it. */
  get isDoubted(): boolean {
    return this.isOlderCopy || this.matchBefore > 0
  }

  /** Whether one more message with entries may leave. */
  maySend(inflightMessagesMax: number): boolean {
    if (this.state === 'snapshot') return false
    return this.state === 'probe' ? !this.#probing : this.#inflight.length < inflightMessagesMax
  }

  /**
   * Where a heartbeat checks. Behind all that was sent, so that a refusal shows what was lost; but what is long, and
   * what follows it, a heartbeat may overtake, and would be refused as if it were lost: then behind what has surely
   * arrived.
   */
  get checkIndex(): number {
    const isOvertaking = this.state === 'replicate' && this.#longUntil > this.matchIndex
    return isOvertaking ? this.matchIndex : this.nextIndex - 1
  }

  /** Of two answers to one round, a restart between them, the lesser promise counts. */
  answered(round: number, silence: Ticks): void {
    if (round < this.round) return
    this.silence = round > this.round ? silence : ticks(Math.min(silence, this.silence))
    this.round = round
  }

  /** A message with entries up to `last` has left; in `probe`, perhaps with none (`last` = nextIndex - 1). */
  sent(last: LogIndex, isLong: boolean): void {
    if (isLong || this.#longUntil > this.matchIndex) this.#longUntil = last
    if (last >= this.nextIndex) this.#inflight.push(last)
    if (this.state === 'probe') this.#probing = true
    else this.nextIndex = logIndex(last + 1)
  }

  /** Another process speaks for the follower; what was durable must still be there. */
  doubtMatch(): void {
    this.matchBefore = this.matchIndex
  }

  acknowledged(matchIndex: LogIndex): void {
    if (matchIndex >= this.matchBefore) this.matchBefore = logIndex(0)
    if (matchIndex > this.matchIndex) this.matchIndex = matchIndex
    if (this.state === 'probe') this.#startReplicating()
    this.nextIndex = logIndex(Math.max(this.nextIndex, this.matchIndex + 1))
    this.#inflight = this.#inflight.filter((last) => last > this.matchIndex)
  }

  /**
   * The check at `refused` failed, and nothing above `agreeable` can match. Ignored when it is old news: an answer
   * that was overtaken must not undo what has been proved since. One that has left and lost what it had is not asked at
   * once again either: it would refuse for ever.
   */
  refused(refused: LogIndex, agreeable: LogIndex): void {
    if (this.state === 'snapshot') return
    const isOtherProbe = this.state === 'probe' && refused !== this.nextIndex - 1
    if (isOtherProbe || refused <= this.matchIndex) return
    this.#startProbing(Math.min(agreeable, refused - 1) + 1)
    this.#probing = false
  }

  /** Something on its way was lost. The next heartbeat, not another copy of everything, finds out where to go on. */
  unreachable(): void {
    this.#arePiecesLost = true
    if (this.state === 'snapshot') return
    this.#startProbing(this.matchIndex + 1)
    this.#probing = true
  }

  /** In `probe`: the lowest place that can be probed is where the leader's log begins. */
  probeFrom(lowest: number): void {
    this.nextIndex = logIndex(Math.max(this.nextIndex, lowest))
  }

  /** The first piece leaves, of whichever snapshot is the newest. */
  startSnapshot(now: Ticks): void {
    this.state = 'snapshot'
    this.nextIndex = logIndex(this.matchIndex + 1)
    this.#inflight = []
    this.#longUntil = logIndex(0)
    this.piece = undefined
    this.#piecesLeave(now)
  }

  /**
   * The follower needs `piece` next. Returns whether more leaves now: an answer that does not move on is a repeated
   * one, or the piece was refused, and to send at once would only double what is under way. Once something was lost all
   * leaves again, and not before the follower answers a heartbeat.
   */
  pieceAnswered(piece: SnapshotPiece, now: Ticks): boolean {
    if (this.state !== 'snapshot' || piece.index < (this.piece?.index ?? 0)) return false
    const before = piece.index === this.piece?.index ? this.piece.offset : 0
    this.#hasStopped = piece.offset <= before
    this.#isOutOfOrder ||= this.#hasStopped
    this.#wasAnswered = true
    this.#pieceHeardAt = now
    this.piece = piece
    return !this.#hasStopped && !this.#arePiecesLost
  }

  /**
   * The follower is there. Returns whether pieces leave again: when they were lost; when some were thrown away, as they
   * had overtaken others, and none was answered since the last heartbeat was; and when none was answered for
   * `patience`.
   */
  resumeSnapshot(now: Ticks, patience: Ticks): boolean {
    if (this.state !== 'snapshot') return false
    const areThrownAway = this.#hasStopped || (this.#isOutOfOrder && !this.#wasAnswered)
    this.#wasAnswered = false
    if (!this.#arePiecesLost && !areThrownAway && now - this.#pieceHeardAt < patience) return false
    this.#piecesLeave(now)
    return true
  }

  /** The follower has got to matchIndex, and entries may follow. */
  endSnapshot(): void {
    if (this.state === 'snapshot') this.#startReplicating()
  }

  #piecesLeave(now: Ticks): void {
    this.#arePiecesLost = false
    this.#hasStopped = false
    this.#isOutOfOrder = false
    this.#pieceHeardAt = now
  }

  #startProbing(nextIndex: number): void {
    this.state = 'probe'
    this.nextIndex = logIndex(Math.max(nextIndex, this.matchIndex + 1))
    this.#inflight = []
    this.#longUntil = logIndex(0)
  }

  /** The probe's own entries count as under way: they are not sent again because a heartbeat was answered first. */
  #startReplicating(): void {
    this.state = 'replicate'
    this.#probing = false
    this.nextIndex = logIndex(Math.max(this.nextIndex, ...this.#inflight.map((last) => last + 1)))
  }
}
