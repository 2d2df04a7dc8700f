/**
 * What is under way to one other member and has no answer yet. The core's own window bounds the entries on the way; this
 * one bounds everything, whatever the core asks for and however slowly the other member reads.
 */
import { entrySize } from '../../raft/log.js'
import type { Request } from '../../raft/types.js'
import type { PeerLoad } from '../guards/budget.js'

/** Twice the core's window of entries, and the heartbeats of a request's time. */
const REQUESTS_MAX = 64
const BYTES_MAX = 16 * 1024 * 1024

export class PeerWindow {
  #calls = 0
  #bytes = 0
  #held = 0

  get load(): PeerLoad {
    return { calls: this.#calls, bytes: this.#bytes, held: this.#held }
  }

  /** Whether the request may leave; if so, it counts until `leave`. One alone always may. */
  enter(bytes: number): boolean {
    const isFull = this.#calls >= REQUESTS_MAX || (this.#calls > 0 && this.#bytes + bytes > BYTES_MAX)
    if (isFull) this.#held += 1
    else {
      this.#calls += 1
      this.#bytes += bytes
    }
    return !isFull
  }

  leave(bytes: number): void {
    this.#calls -= 1
    this.#bytes -= bytes
  }
}

/** What a request carries beyond its few fixed fields, in UTF-16 units. */
export function contentSize(request: Request): number {
  if ('entries' in request) return request.entries.reduce((sum, entry) => sum + entrySize(entry), 0)
  return 'data' in request ? request.data.length : 0
}
