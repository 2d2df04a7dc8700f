/** The answers of one connection of HTTP that its other end has not read: they are in memory until it does. */
import type { Socket } from 'node:net'
import type { Acceptor, Holder } from '../ports.js'
import type { SlicedResponse } from './sliced-response.js'

/** Less than this is on its way, and not worth counting. */
const COUNTED_BYTES = 16 * 1024

export class HttpOutput implements Holder {
  readonly #socket: Socket
  readonly #acceptor: Acceptor
  readonly #responses = new Set<SlicedResponse>()

  constructor(socket: Socket, acceptor: Acceptor) {
    this.#socket = socket
    this.#acceptor = acceptor
  }

  get heldBytes(): number {
    let bytes = 0
    for (const { heldBytes } of this.#responses) bytes += heldBytes
    return bytes
  }

  drop(): void {
    this.#responses.clear()
    this.#socket.destroy()
  }

  /** The response counts until it is read, or its connection is over. */
  add(response: SlicedResponse): void {
    this.#responses.add(response)
    response.once('close', () => {
      this.#responses.delete(response)
      if (this.#responses.size === 0) this.#acceptor.shrunk?.(this)
    })
  }

  /** A response has been given. */
  grown(): void {
    if (this.heldBytes > COUNTED_BYTES) this.#acceptor.grown?.(this)
  }

  /** The connection has ended. */
  closed(): void {
    this.#responses.clear()
    this.#acceptor.shrunk?.(this)
  }
}
