/** What has arrived at one end of a simulated connection, and is not read yet. */
import type { Incoming } from './send-buffer.js'
import type { World } from './world.js'

/** The receiver's buffer: what is beyond it waits at the sender. Bytes, about. */
const RECEIVE_BUFFER = 64 * 1024

export class Inbox {
  readonly #world: World
  readonly #acknowledge: (bytes: number) => void
  readonly #waiting: Incoming[] = []
  #bytes = 0
  /** Bytes that are beyond the buffer. */
  #unacknowledged = 0
  #newest = 0

  /** `acknowledge`: tells the sender that so much is in the buffer. */
  constructor(world: World, acknowledge: (bytes: number) => void) {
    this.#world = world
    this.#acknowledge = acknowledge
  }

  put(incoming: Incoming): void {
    if (incoming !== 'end') {
      incoming.isGone = true
      this.#noteOrder(incoming.order)
      this.#bytes += incoming.bytes
      if (this.#bytes > RECEIVE_BUFFER) this.#unacknowledged += incoming.bytes
      else this.#acknowledge(incoming.bytes)
    }
    this.#waiting.push(incoming)
  }

  /** What comes next, and makes room. */
  take(): Incoming | undefined {
    const next = this.#waiting.shift()
    if (next === undefined || next === 'end') return next
    this.#bytes -= next.bytes
    if (this.#unacknowledged > 0) this.#acknowledge(this.#unacknowledged)
    this.#unacknowledged = 0
    return next
  }

  /** Nobody will read what there is. */
  clear(): void {
    this.#waiting.length = 0
  }

  #noteOrder(order = this.#newest): void {
    if (order < this.#newest) this.#world.strike('messages overtaken')
    else this.#newest = order
  }
}
