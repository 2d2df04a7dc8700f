/**
 * Calls that are given up by whoever made them: their handlers may hear of it, and those that do not ask cost nothing.
 */
import { isList, type Json } from '../../json.js'
import type { CallContext } from '../exposed.js'

/** Calls whose handlers may ask late whether they were given up. Of one connection, the last ones. */
const REMEMBERED_MAX = 1000
/** Longer ids are not remembered: they would be a way to be kept. */
const ID_LENGTH_KEPT = 64

type Hearer = () => void

/** Of one connection. */
export class Cancellations {
  readonly #hearers = new Map<Json | undefined, Set<Hearer>>()
  readonly #cancelled = new Set<Json>()
  #isOver = false

  /**
   * Calls `hearer` once when the call of that id is given up, or at once when it has been.
   * What is returned ends the listening.
   */
  hear(id: Json | undefined, hearer: Hearer): () => void {
    if (this.#isOver || (id !== undefined && this.#cancelled.has(id))) {
      hearer()
      return () => undefined
    }
    const hearers = this.#hearers.get(id) ?? new Set()
    this.#hearers.set(id, hearers.add(hearer))
    return () => {
      hearers.delete(hearer)
      if (hearers.size === 0 && this.#hearers.get(id) === hearers) this.#hearers.delete(id)
    }
  }

  /** As the other end says it: a list of ids of its own calls. */
  cancel(ids: Json | undefined): void {
    for (const id of isList(ids) ? ids : []) {
      if (typeof id !== 'number' && typeof id !== 'string') continue
      if (typeof id === 'number' || id.length <= ID_LENGTH_KEPT) this.#remember(id)
      this.#tell(id)
    }
  }

  /** Nobody waits for any of the connection's calls. */
  end(): void {
    this.#isOver = true
    for (const id of [...this.#hearers.keys()]) this.#tell(id)
  }

  #remember(id: Json): void {
    this.#cancelled.add(id)
    if (this.#cancelled.size <= REMEMBERED_MAX) return
    for (const first of this.#cancelled) {
      this.#cancelled.delete(first)
      return
    }
  }

  #tell(id: Json | undefined): void {
    const hearers = this.#hearers.get(id) ?? []
    this.#hearers.delete(id)
    for (const hearer of hearers) hearer()
  }
}

/**
 * Calls `hearer` once when nobody waits for the call any more: it was given up, or its
 * connection has ended. What is returned ends the listening.
 */
export function whenGivenUp({ id, connection }: CallContext, hearer: Hearer): () => void {
  if (connection.cancellations !== undefined) return connection.cancellations.hear(id, hearer)
  let isListening = true
  connection.onEnd?.({
    gone: () => {
      if (isListening) hearer()
    },
  })
  return () => (isListening = false)
}
