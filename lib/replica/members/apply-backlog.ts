/**
 * How much is committed and not applied here yet. A member whose objects are slower than the cluster, or that is
 * putting a snapshot in place, must not take in without end what it can't get rid of.
 */
import { entrySize } from '../../raft/log.js'
import type { Entry, RaftServer, RaftView } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import type { Applied } from '../machine/applied.js'

export interface ApplyBacklogOptions {
  readonly raft: Pick<RaftServer, 'entries'> & { readonly view: Pick<RaftView, 'commitIndex'> }
  readonly applied: Pick<Applied, 'index' | 'entryHearers'>
}

export class ApplyBacklog {
  #size = 0
  /** All entries above `#applied` up to here are in `#size`; what lies beyond was not asked for. */
  #counted = 0
  #applied = 0

  constructor(private readonly options: ApplyBacklogOptions) {}

  /** UTF-16 units of commands. Looks at each entry once, however often it is asked. */
  get size(): number {
    const { raft, applied } = this.options
    const { commitIndex } = raft.view
    if (applied.index >= this.#counted) this.#startAt(applied.index)
    const from = logIndex(this.#counted + 1)
    this.#counted = Math.max(this.#counted, commitIndex)
    for (const entry of raft.entries(from, commitIndex)) this.#size += entrySize(entry)
    if (this.#counted > applied.index) applied.entryHearers.add(this.#hear)
    return this.#size
  }

  readonly #hear = (entry: Entry): void => {
    const { index } = entry
    // After a snapshot the ones between were never applied: what lies behind is counted anew.
    if (index === this.#applied + 1) {
      this.#size -= entrySize(entry)
      this.#applied = index
    } else this.#startAt(index)
    if (index >= this.#counted) this.options.applied.entryHearers.delete(this.#hear)
  }

  #startAt(index: number): void {
    this.#size = 0
    this.#counted = index
    this.#applied = index
  }
}
