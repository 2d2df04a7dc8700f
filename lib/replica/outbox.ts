/** What must not leave before a persist is durable waits here, in the order in which the core wished it. */
import type { EffectOf, PersistToken } from '../raft/types.js'

export type Outgoing = EffectOf<'send' | 'reply'>

export class Outbox {
  /** What waits, oldest first. */
  held: { readonly after: PersistToken; readonly effect: Outgoing }[] = []

  /** `pending`: the persists that are not durable, oldest first. `leave` does what may leave. */
  constructor(
    private readonly pending: ReadonlyMap<PersistToken, unknown>,
    private readonly leave: (effect: Outgoing) => void,
  ) {}

  release(effect: Outgoing): void {
    const { after } = effect
    // Persists complete in order, so one is pending while it or an older one is.
    const [oldest] = this.pending.keys()
    if (after === undefined || oldest === undefined || oldest > after) this.leave(effect)
    else this.held.push({ after, effect })
  }

  /** This persist, and so all before it, is durable. */
  persisted(token: PersistToken): void {
    const waiting = this.held.findIndex(({ after }) => after > token)
    const free = waiting < 0 ? this.held : this.held.slice(0, waiting)
    this.held = waiting < 0 ? [] : this.held.slice(waiting)
    for (const { effect } of free) this.leave(effect)
  }

  clear(): void {
    this.held = []
  }
}
