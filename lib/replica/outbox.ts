/** What must not leave before a persist is durable waits here, in the order in which the core wished it. */
import type { Doers, EffectOf, PersistToken } from '../raft/types.js'
import { perform } from './wishes.js'

export type Outgoing = EffectOf<'send' | 'reply'>

export class Outbox {
  readonly #pending = new Set<PersistToken>()
  #held: { readonly after: PersistToken; readonly effect: Outgoing }[] = []

  /** `leave`: who does them once they may leave. */
  constructor(private readonly leave: Doers<Outgoing['type']>) {}

  get doers(): Doers<Outgoing['type']> {
    const release = this.release.bind(this)
    return { send: release, reply: release }
  }

  persisting(token: PersistToken): void {
    this.#pending.add(token)
  }

  release(effect: Outgoing): void {
    const { after } = effect
    if (after === undefined || !this.#isPending(after)) perform(this.leave, effect)
    else this.#held.push({ after, effect })
  }

  /** This persist, and so all before it, is durable. */
  persisted(token: PersistToken): void {
    this.#pending.delete(token)
    const waiting = this.#held.findIndex(({ after }) => after > token)
    const free = waiting < 0 ? this.#held : this.#held.slice(0, waiting)
    this.#held = waiting < 0 ? [] : this.#held.slice(waiting)
    for (const { effect } of free) perform(this.leave, effect)
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
