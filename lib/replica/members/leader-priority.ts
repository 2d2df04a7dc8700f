/**
 * Members with a higher priority lead while they can: a leader with a lower one hands over to them. One whose disk is full
 * hands over to whoever takes it.
 */
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
  readonly isFull: () => boolean
  readonly transfer: (to: ServerId) => Promise<TransferOutcome>
  readonly clock: Clock
}

/** How often a leader looks. Long enough that a member that has just come back is not given office amid its return. */
const INTERVAL_MS = 1000
/** While nobody takes office it is offered less and less often, as no command is taken meanwhile. */
const INTERVAL_MS_MAX = 30_000

export class LeaderPriority {
  #timer: Timer | undefined
  #isHandingOver = false
  #intervalMs = INTERVAL_MS
  #offers = 0

  constructor(private readonly options: LeaderPriorityOptions) {}

  /** To be called when the role has changed. */
  check(): void {
    const isLeader = this.options.view().role === 'leader'
    if (!isLeader) this.end()
    else this.#timer ??= this.options.clock.after(ms(this.#intervalMs), () => this.#look())
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#intervalMs = INTERVAL_MS
  }

  #look(): void {
    this.#timer = undefined
    const successor = this.options.isFull() ? this.#anyone() : this.#better()
    if (successor === undefined) this.#intervalMs = INTERVAL_MS
    else if (!this.#isHandingOver) void this.#offer(successor)
    this.check()
  }

  async #offer(to: ServerId): Promise<void> {
    this.#isHandingOver = true
    this.#intervalMs = Math.min(this.#intervalMs * 2, INTERVAL_MS_MAX)
    await this.options.transfer(to)
    this.#isHandingOver = false
  }

  /** One after another, as only they know whether they have room. */
  #anyone(): ServerId | undefined {
    const able = this.#able()
    return able[this.#offers++ % Math.max(able.length, 1)]
  }

  /** The one of the highest priority above this one's. */
  #better(): ServerId | undefined {
    const { priority, priorityOf } = this.options
    let best: { readonly id: ServerId; readonly priority: number } | undefined
    for (const id of this.#able()) {
      const other = priorityOf(id) ?? 0
      if (other > (best?.priority ?? priority)) best = { id, priority: other }
    }
    return best?.id
  }

  /** The reachable voters that have the whole log but what is on its way. */
  #able(): readonly ServerId[] {
    const { configuration, progress, commitIndex } = this.options.view()
    return votersOf(configuration).filter((id) => {
      const known = progress.get(id)
      return known?.state === 'replicate' && !known.lostContact && known.matchIndex >= commitIndex
    })
  }
}
