import type { LogIndex, ReadContext } from './types.js'

/** Most reads (or groups of reads) that wait at one leader; beyond it a read is refused. */
export const READS_WAITING_MAX = 65_536

interface Group {
  readonly round: number
  readonly index: LogIndex
  readonly contexts: readonly ReadContext[]
}

/**
 * Linearizable reads without a log entry (thesis §6.4). A read waits for a heartbeat round that began after it came
 * in; when a quorum has answered the round, the commit index noted at the round's start is its read index. All reads
 * that came in while one round was under way share the next.
 */
export class ReadQueue {
  #waiting: ReadContext[] = []
  #asked: Group[] = []

  get size(): number {
    return this.#asked.reduce((sum, group) => sum + group.contexts.length, this.#waiting.length)
  }

  /** Whether a round should start for the reads' sake: some wait for one, and none is under way. */
  get wantsRound(): boolean {
    return this.#waiting.length > 0 && this.#asked.length === 0
  }

  add(context: ReadContext): void {
    this.#waiting.push(context)
  }

  /** Heartbeat round `round` begins: all that wait are confirmed by it, or by any later one. */
  ask(round: number, index: LogIndex): void {
    if (this.#waiting.length > 0) this.#asked.push({ round, index, contexts: this.#waiting })
    this.#waiting = []
  }

  /** Takes out what a quorum's answers to `round` have confirmed. */
  confirmed(round: number): readonly Group[] {
    const groups = this.#asked.filter((group) => group.round <= round)
    this.#asked = this.#asked.slice(groups.length)
    return groups
  }

  /** Takes out everything, oldest first. */
  drain(): readonly ReadContext[] {
    const contexts = [...this.#asked.flatMap((group) => group.contexts), ...this.#waiting]
    this.#asked = []
    this.#waiting = []
    return contexts
  }
}
