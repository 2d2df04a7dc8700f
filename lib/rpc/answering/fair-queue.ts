/**
 * What waits, in turns by whoever wants it: next comes what the one has waited for whose turn it is. Places are
 * bounded, and one may have as many as are left for all others; so there is one for who has none until all are taken.
 */
import type { ConnectionContext } from '../exposed.js'

/** Whose turn and whose places. */
export type Waiter = ConnectionContext | string

/** Each HTTP exchange is a connection of its own: there it is the address. */
export function waiterOf(connection: ConnectionContext): Waiter {
  return connection.kind === 'http' ? addressOf(connection) : connection
}

/** The other end without its port. */
export function addressOf({ remote }: ConnectionContext): string {
  const end = remote.lastIndexOf(':')
  return end < 0 ? remote : remote.slice(0, end)
}

export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #byWaiter = new Map<Waiter, T[]>()
  size = 0

  constructor(private readonly sizeMax: number) {}

  /** False: there is no place for it. */
  put(waiter: Waiter, item: T): boolean {
    const own = this.#byWaiter.get(waiter) ?? []
    if (own.length >= this.sizeMax - this.size) return false
    own.push(item)
    this.#byWaiter.set(waiter, own)
    this.size += 1
    return true
  }

  take(): T | undefined {
    const [next] = this.#byWaiter
    if (next === undefined) return undefined
    const [waiter, own] = next
    const item = own.shift()
    this.size -= 1
    this.#byWaiter.delete(waiter)
    if (own.length > 0) this.#byWaiter.set(waiter, own)
    return item
  }
}
