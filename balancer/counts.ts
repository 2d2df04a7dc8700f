/** What a balancer counts from its start on. */
import type { ConnectionContext } from '../lib/rpc/exposed.js'
import { RollcallError } from '../lib/rpc/errors.js'

type Kind = ConnectionContext['kind']

export class Counts {
  readonly calls = new Map<Kind, number>([
    ['lines', 0],
    ['websocket', 0],
    ['http', 0],
  ])
  /** By the error's name in the contract. */
  readonly errors = new Map<string, number>()
  resent = 0
  leaderChanges = 0

  /** A call has its outcome. */
  ended(kind: Kind, error: unknown): void {
    this.calls.set(kind, (this.calls.get(kind) ?? 0) + 1)
    if (error === undefined) return
    const label = error instanceof RollcallError ? error.label : 'INTERNAL_ERROR'
    this.errors.set(label, (this.errors.get(label) ?? 0) + 1)
  }

  /** An attempt that was surely not executed is to be followed by another. */
  sentAgain(): void {
    this.resent += 1
  }

  leaderChanged(): void {
    this.leaderChanges += 1
  }
}
