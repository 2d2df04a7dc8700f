/**
 * Members with a higher priority lead while they can: a leader with a lower one hands over to them. One whose disk is
 * full hands over to whoever takes it.
 */
import type { Clock, Ms, Timer } from '../../ports.js'
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
/**
 * A leader that gets office again from one that it had handed it to keeps it for so long, and each time for twice as
 * long: a member that can't keep office, as on a bad link, would cost an election each time.
 */
const KEPT_MS = { first: 4_000, most: 300_000 }
/** Who has kept office for so many times as long is trusted again. */
const TRUSTED_AFTER = 10

interface HandedOver {
  readonly at: Ms
  /** For so long this member keeps office the next time. Milliseconds. */
  readonly keptMs: number
}

export class LeaderPriority {
  #timer: Timer | undefined
  #isHandingOver = false
  #intervalMs = INTERVAL_MS
  #offers = 0
  #electedAt: Ms | undefined
  /** Who has not taken office in time, and may take it yet: it was told to stand. */
  #late: ServerId | undefined
  readonly #handedOver = new Map<ServerId, HandedOver>()

  constructor(private readonly options: LeaderPriorityOptions) {}

  /** To be called when the role or the leader has changed. */
  check(): void {
    const { role, leaderId } = this.options.view()
    if (role !== 'leader') {
      if (leaderId !== undefined && leaderId === this.#late) this.#noteHandOver(leaderId)
      return this.end()
    }
    this.#electedAt ??= this.options.clock.now()
    this.#timer ??= this.options.clock.after(ms(this.#intervalMs), () => this.#look())
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#intervalMs = INTERVAL_MS
    this.#electedAt = undefined
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
    const outcome = await this.options.transfer(to).finally(() => (this.#isHandingOver = false))
    if (outcome === 'handedOver') this.#noteHandOver(to)
    else if (outcome === 'timedOut') this.#late = to
  }

  #noteHandOver(to: ServerId): void {
    this.#late = undefined
    const at = this.options.clock.now()
    const before = this.#handedOver.get(to)
    const isTrusted = before === undefined || at - before.at > before.keptMs * TRUSTED_AFTER
    const keptMs = isTrusted ? KEPT_MS.first : Math.min(before.keptMs * 2, KEPT_MS.most)
    this.#handedOver.set(to, { at, keptMs })
  }

  /** Whether this member has been in office for long enough to try that one again. */
  #mayHave(id: ServerId): boolean {
    const now = this.options.clock.now()
    return now - (this.#electedAt ?? now) >= (this.#handedOver.get(id)?.keptMs ?? 0)
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
      if (other > (best?.priority ?? priority) && this.#mayHave(id)) best = { id, priority: other }
    }
    return best?.id
  }

  /** The reachable voters that have the whole log but what is on its way. */
  #able(): readonly ServerId[] {
    const { configuration, progress, commitIndex, olderCopies } = this.options.view()
    return votersOf(configuration).filter((id) => {
      const known = olderCopies.has(id) ? undefined : progress.get(id)
      return known?.state === 'replicate' && !known.lostContact && known.matchIndex >= commitIndex
    })
  }
}
