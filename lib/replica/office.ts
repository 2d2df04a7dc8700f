/** Whether this member leads and can serve, and who hears when that, the role, the leader or the term has changed. */
import type { MemberStatus } from '../member.js'
import type { Clock } from '../ports.js'
import type { Entry, Hearers, RaftServer, Term } from '../raft/types.js'
import type { Applied } from './machine/applied.js'

export interface OfficeOptions {
  readonly clock: Clock
  readonly raft: Pick<RaftServer, 'view'>
  readonly applied: Pick<Applied, 'entryHearers'>
  readonly status: () => MemberStatus
}

export class Office {
  readonly #options: OfficeOptions
  readonly #listeners = new Set<(status: MemberStatus) => void>()
  /** The term of the last entry applied while leading: once it is the current one, this leader can serve. */
  #servedTerm: Term | undefined
  #isEnded = false

  constructor(options: OfficeOptions) {
    this.#options = options
  }

  /** Whether this member leads and has committed and applied an entry of its own term: then it can be announced. */
  get isServing(): boolean {
    const { role, currentTerm } = this.#options.raft.view
    return !this.#isEnded && role === 'leader' && this.#servedTerm === currentTerm
  }

  /** The result takes the listener back. */
  onChange(listener: (status: MemberStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get hearers(): Hearers {
    const changed = () => this.#changed()
    return {
      stoodForElection: changed,
      elected: () => this.#begin(),
      steppedDown: changed,
      leaderChanged: changed,
      configurationChanged: changed,
    }
  }

  end(): void {
    this.#isEnded = true
  }

  #begin(): void {
    this.#options.applied.entryHearers.add(this.#applied)
    this.#changed()
  }

  readonly #applied = ({ term }: Entry): void => {
    const { raft, applied } = this.#options
    const { role, currentTerm } = raft.view
    if (role === 'leader' && term !== currentTerm) return
    applied.entryHearers.delete(this.#applied)
    if (role !== 'leader') return
    this.#servedTerm = currentTerm
    this.#changed()
  }

  /** Listeners hear of it once the step is over, so that they see its whole result. */
  #changed(): void {
    const { clock, status } = this.#options
    clock.soon(() => {
      if (!this.#isEnded) for (const listener of this.#listeners) listener(status())
    })
  }
}
