/** Members with a higher priority lead while they can: a leader with a lower one hands over to them. */
import type { Clock, Timer } from '../../ports.js'
import { ms } from '../../ports.js'
import { votersOf } from '../../raft/quorum.js'
import type { RaftView, ServerId, TransferOutcome } from '../../raft/types.js'

export interface LeaderPriorityOptions {
  /** This member's own. */
  readonly priority: number
  /** What another member has said of itself; undefined while it has not been reached. */
  readonly priorityOf: (id: ServerId) => number | undefined
  readonly view: () => RaftView
  readonly transfer: (to: ServerId) => Promise<TransferOutcome>
  readonly clock: Clock
}

/** How often a leader looks. Long enough that a member that has just come back is not given office amid its return. */
const INTERVAL_MS = 1000

export class LeaderPriority {
  #timer: Timer | undefined
  #isHandingOver = false

  constructor(private readonly options: LeaderPriorityOptions) {}

  /** To be called when the role has changed. */
  check(): void {
    const isLeader = this.options.view().role === 'leader'
    if (!isLeader) this.end()
    else this.#timer ??= this.options.clock.after(ms(INTERVAL_MS), () => this.#look())
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    this.#timer = undefined
    const better = this.#better()
    if (better !== undefined && !this.#isHandingOver) {
      this.#isHandingOver = true
      void this.options.transfer(better).finally(() => (this.#isHandingOver = false))
    }
    this.check()
  }

  /** The reachable voter of the highest priority above this one's that has the whole log but what is on its way. */
  #better(): ServerId | undefined {
    const { view, priority, priorityOf } = this.options
    const { configuration, progress, commitIndex } = view()
    let best: { readonly id: ServerId; readonly priority: number } | undefined
    for (const id of votersOf(configuration)) {
      const known = progress.get(id)
      if (known?.state !== 'replicate' || known.lostContact || known.matchIndex < commitIndex) continue
      const other = priorityOf(id) ?? 0
      if (other > (best?.priority ?? priority)) best = { id, priority: other }
    }
    return best?.id
  }
}
