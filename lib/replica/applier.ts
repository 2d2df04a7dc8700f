/**
 * Brings committed entries to the state machine: in order, each once, in slices, and a snapshot before what follows it.
 */
import type { Clock } from '../ports.js'
import type { Doers, EffectOf, Entry, Input, LogIndex, RaftView, SnapshotPosition } from '../raft/types.js'
import { logIndex } from '../raft/types.js'
import { hasRoom, SHORT_MS } from '../rpc/slices.js'
import { Pace } from './guards/pace.js'
import type { Applied } from './machine/applied.js'
import type { StateMachine } from './machine/machine.js'

export interface ApplierOptions {
  readonly clock: Clock
  /** Where the state machine stands at the beginning. */
  readonly applied: LogIndex
  /** Committed entries of the core's log, both ends included. */
  readonly entries: (from: LogIndex, to: LogIndex) => readonly Entry[]
  /** A throw ends everything. */
  readonly machine: Pick<StateMachine, 'apply'>
  /** The last entry that was there when this member started. */
  readonly recoveredIndex: number
  readonly raft: { readonly view: Pick<RaftView, 'currentTerm'> }
  /** Puts the state machine to where the snapshot stands, or beyond, and says where. A rejection ends everything. */
  readonly restore: (snapshot: SnapshotPosition) => Promise<LogIndex>
  readonly take: (input: Input) => void
  readonly failed: (error: unknown) => void
}

/** A long backlog is applied in slices, so that the process goes on listening in between. */
const SLICE_MS = 2

export class Applier implements Applied {
  index: LogIndex
  readonly hearers: Applied['hearers'] = new Set()
  readonly entryHearers: Applied['entryHearers'] = new Set()
  readonly #options: ApplierOptions
  readonly #pace: Pace
  #committed: LogIndex
  #isScheduled = false
  /** The snapshot that is being put in place, and the one that came meanwhile. */
  #restoring: SnapshotPosition | undefined
  #next: SnapshotPosition | undefined
  #isEnded = false

  constructor(options: ApplierOptions) {
    this.#options = options
    this.#pace = new Pace(options.clock)
    this.index = options.applied
    this.#committed = options.applied
  }

  get doers(): Doers<'apply' | 'restore'> {
    return {
      apply: this.commit.bind(this),
      restore: ({ snapshot }) => this.restore(snapshot),
    }
  }

  /** Everything up to `to` is committed. */
  commit({ to }: Pick<EffectOf<'apply'>, 'to'>): void {
    this.#committed = to
    if (!this.#isScheduled) this.#slice()
  }

  /** What the snapshot covers is not applied any more; what follows it is applied once it is in place. */
  restore(snapshot: SnapshotPosition): void {
    if (this.#restoring === undefined) this.#startRestoring(snapshot)
    else this.#next = snapshot
  }

  /** Nothing is applied after this. */
  end(): void {
    this.#isEnded = true
  }

  #slice(): void {
    if (this.#isEnded || this.#restoring !== undefined) return
    const { clock, entries, machine, raft, recoveredIndex, take } = this.#options
    const { currentTerm } = raft.view
    const began = clock.now()
    const last = logIndex(Math.min(this.#committed, this.index + this.#pace.size))
    for (const entry of entries(logIndex(this.index + 1), last)) {
      // A member that was away gets what it lacks, and a leader that is gone may have written it long ago.
      const isRecent = entry.index > recoveredIndex && entry.term === currentTerm
      const result = machine.apply(entry, isRecent)
      this.index = entry.index
      for (const hear of this.entryHearers) hear(entry, result)
      const now = clock.now()
      if (now - began >= SHORT_MS && !hasRoom(clock.turn?.(), began, now, SLICE_MS)) break
    }
    for (const hear of this.hearers) hear(this.index)
    take({ type: 'applied', index: this.index })
    if (this.index < this.#committed) this.#later()
  }

  #later(): void {
    this.#isScheduled = true
    this.#pace.soon(() => {
      this.#isScheduled = false
      try {
        this.#slice()
      } catch (error) {
        this.#options.failed(error)
      }
    })
  }

  #startRestoring(snapshot: SnapshotPosition): void {
    this.#restoring = snapshot
    this.#options.restore(snapshot).then(
      (index) => this.#restored(index),
      (error: unknown) => {
        if (!this.#isEnded) this.#options.failed(error)
      },
    )
  }

  #restored(index: LogIndex): void {
    if (this.#isEnded) return
    const next = this.#next
    this.#next = undefined
    this.#restoring = undefined
    this.index = index
    if (next !== undefined && next.index > index) this.#startRestoring(next)
    else this.#later()
  }
}
