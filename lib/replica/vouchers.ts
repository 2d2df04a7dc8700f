/**
 * A member that lags behind a change of members does not know the newcomers, and must not believe a stranger's own
 * word. It asks the members that it knows: if one of them finds the newcomer in its configuration, it is let in.
 */
import type { Json } from '../json.js'
import { membersOf } from '../raft/quorum.js'
import type { Incarnation, RaftView, ServerId } from '../raft/types.js'

export interface VouchersOptions {
  readonly view: () => RaftView
  readonly ask: (to: ServerId, method: string, params: readonly Json[]) => Promise<Json>
}

/** Most strangers that are asked about at one time. */
const INQUIRIES_MAX = 16

export class Vouchers {
  readonly #vouched = new Map<ServerId, Incarnation>()
  readonly #asking = new Set<ServerId>()

  constructor(private readonly options: VouchersOptions) {}

  hasVouched(id: ServerId, incarnation: Incarnation): boolean {
    return this.#vouched.get(id) === incarnation
  }

  /** Asks all others, once at a time for each stranger. What they say counts for its next hello. */
  inquire(id: ServerId, incarnation: Incarnation): void {
    if (this.#asking.has(id) || this.#asking.size >= INQUIRIES_MAX) return
    this.#asking.add(id)
    const { view, ask } = this.options
    const others = membersOf(view().configuration).filter((member) => member !== view().id)
    const answers = others.map(async (member) => {
      const answer = await ask(member, 'vouch', [id, incarnation]).catch(() => false)
      if (answer === true) this.#vouched.set(id, incarnation)
    })
    void Promise.all(answers).then(() => this.#asking.delete(id))
  }

  /** The configuration has changed: whoever belongs to it is named there, or is asked about again. */
  clear(): void {
    this.#vouched.clear()
  }
}
