/** What one server of a test has on disk: a record stream of terms, votes and entries, and beside it a snapshot. */
import type { Entry, HardState, Recovered, SnapshotPosition } from '../../lib/raft/index.js'
import type { EffectOf } from './driver.js'

/** A snapshot with its content: the state machine's whole text. */
export interface StoredSnapshot extends SnapshotPosition {
  readonly state: string
}

export class Disk implements Recovered {
  hardState: HardState
  snapshot?: StoredSnapshot
  #log: readonly Entry[]

  constructor({ hardState, entries, snapshot }: Recovered) {
    this.hardState = hardState
    this.#log = entries
    if (snapshot !== undefined) this.snapshot = isStored(snapshot) ? snapshot : { ...snapshot, state: '' }
  }

  /** What follows the snapshot; nothing of a log that went another way, or that does not get so far. */
  get entries(): readonly Entry[] {
    const { snapshot } = this
    if (snapshot === undefined) return this.#log
    const { index, term } = snapshot
    const holds = this.#log.some((entry) => entry.index === index && entry.term === term)
    const isNext = this.#log[0]?.index === index + 1
    return holds || isNext ? this.#log.filter((entry) => entry.index > index) : []
  }

  write({ hardState, reset, truncateFrom, entries }: EffectOf<'persist'>): void {
    const kept = reset === undefined ? this.#log : []
    const from = truncateFrom ?? Infinity
    this.#log = [...kept.filter(({ index }) => index < from), ...entries]
    if (hardState !== undefined) this.hardState = hardState
  }
}

function isStored(snapshot: SnapshotPosition): snapshot is StoredSnapshot {
  return 'state' in snapshot
}
