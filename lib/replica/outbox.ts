/** What must not leave before a persist is durable waits here, in the order in which the core wished it. */
import type { EffectOf, PersistToken } from '../raft/types.js'

export type Outgoing = EffectOf<'send' | 'reply'>

export class Outbox {
  readonly #pending = new Set<PersistToken>()
  #held: { readonly after: PersistToken; readonly effect: Outgoing }[] = []

  /** `leave` does what may leave. */
  constructor(private readonly leave: (effect: Outgoing) => void) {}

  persisting(token: PersistToken): void {
    this.#pending.add(token)
  }

  release(effect: Outgoing): void {
    const { after } = effect
    if (after === undefined || !this.#isPending(after)) this.leave(effect)
    else this.#held.push({ after, effect })
  }

  /** This persist, and so all before it, is durable. */
  persisted(token: PersistToken): void {
    this.#pending.delete(token)
    const waiting = this.#held.findIndex(({ after }) => after > token)
    const free = waiting < 0 ? this.#held : this.#held.slice(0, waiting)
    this.#held = waiting < 0 ? [] : this.#held.slice(waiting)
    for (const { effect } of free) this.leave(effect)
  }

  clear(): void {
    this.#held = []
  }

  /** Persists complete in order, so one is pending while it or an older one is. */
  #isPending(token: PersistToken): boolean {
    const [oldest] = this.#pending
    return oldest !== undefined && oldest <= token
  }
}
