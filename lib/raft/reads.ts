import type { Exchange, LogIndex, ReadContext } from './types.js'

/** Most reads (or groups of reads) that wait at one server; beyond it a read is refused. */
export const READS_WAITING_MAX = 65_536

/** Who wants to know a read index: a caller of this server, or another member. */
export type Reader =
  { readonly context: ReadContext } | { readonly exchange: Exchange; readonly number: number }

interface Group {
  readonly round: number
  readonly index: LogIndex
  readonly readers: readonly Reader[]
}

/**
 * Linearizable reads without a log entry (thesis §6.4). A read waits for a heartbeat round that began after it came
 * in; when a quorum has answered the round, the commit index noted at the round's start is its read index. All reads
 * that came in while one round was under way share the next.
 */
export class ReadQueue {
  /** How many wait. */
  size = 0
  #waiting: Reader[] = []
  #asked: Group[] = []

  /** Whether a round should start for the reads' sake: some wait for one, and none is under way. */
  get wantsRound(): boolean {
    return this.#waiting.length > 0 && this.#asked.length === 0
  }

  add(reader: Reader): void {
    this.#waiting.push(reader)
    this.size += 1
  }

  /** Heartbeat round `round` begins: all that wait are confirmed by it, or by any later one. */
  ask(round: number, index: LogIndex): void {
    if (this.#waiting.length > 0) this.#asked.push({ round, index, readers: this.#waiting })
    this.#waiting = []
  }

  /** Takes out what a quorum's answers to `round` have confirmed. */
  confirmed(round: number): readonly Group[] {
    const groups = this.#asked.filter((group) => group.round <= round)
    this.#asked = this.#asked.slice(groups.length)
    for (const { readers } of groups) this.size -= readers.length
    return groups
  }

  /** Takes out those that no round has begun for. */
  takeWaiting(): readonly Reader[] {
    const readers = this.#waiting
    this.#waiting = []
    this.size -= readers.length
    return readers
  }

  /** Takes out everything, oldest first. */
  drain(): readonly Reader[] {
    const readers = [...this.#asked.flatMap((group) => group.readers), ...this.#waiting]
    this.#asked = []
    this.#waiting = []
    this.size = 0
    return readers
  }
}
