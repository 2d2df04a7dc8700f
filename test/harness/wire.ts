/** A program that knows nothing but the wire: one connection, one line of JSON-RPC for each call. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Teardown } from './cluster.js'

export interface WireAnswer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export class Wire {
  readonly #socket: Socket
  readonly #waiting = new Map<number, (answer: WireAnswer | undefined) => void>()
  #lastId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface(socket).on('line', (line) => this.#take(JSON.parse(line) as WireAnswer))
    socket.on('close', () => {
      for (const settle of this.#waiting.values()) settle(undefined)
      this.#waiting.clear()
    })
  }

  /** To the process at the place of this URI. */
  static async to(t: Teardown, uri: string): Promise<Wire> {
    const socket = connect({ host: 'localhost', port: Number(uri.slice(uri.lastIndexOf(':') + 1)) })
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return new Wire(socket)
  }

  /** Undefined: the connection ended before the answer came. */
  call(method: string, params: readonly unknown[], meta?: object): Promise<WireAnswer | undefined> {
    const id = ++this.#lastId
    const answered = new Promise<WireAnswer | undefined>((resolve) => this.#waiting.set(id, resolve))
    this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params, ...(meta && { meta }) })}\n`)
    return answered
  }

  #take(answer: WireAnswer): void {
    this.#waiting.get(answer.id)?.(answer)
    this.#waiting.delete(answer.id)
  }
}
