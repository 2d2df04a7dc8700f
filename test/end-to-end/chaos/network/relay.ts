/**
 * Stands at the address of one process, and carries what comes there to the process and back, as far as the links let
 * it.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { callerOf, isEnough } from './caller-of.js'
import type { Link } from './link.js'

/** Where it stands, and where the process listens. */
export interface Place {
  readonly host: string
  readonly port: number
}

export interface RelayOptions {
  /** Whose address it is. */
  readonly name: string
  readonly at: Place
  readonly to: Place
  readonly link: (from: string, to: string) => Link
}

/** Who has no hello: clients, commands, and what nodes say to a name server. */
export const OTHERS = 'others'

interface Connection {
  readonly from: string
  readonly sockets: readonly [Socket, Socket]
}

export class Relay {
  readonly #options: RelayOptions
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #sockets = new Set<Socket>()

  private constructor(options: RelayOptions) {
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(this.#keep(socket)))
  }

  static async open(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options)
    relay.#server.listen(options.at.port, options.at.host)
    await once(relay.#server, 'listening')
    return relay
  }

  /** Ends the connections that `from` has opened; nobody hears why. */
  reset(from: string): void {
    for (const connection of this.#connections)
      if (connection.from === from) for (const socket of connection.sockets) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #serve(near: Socket): Promise<void> {
    const first = await firstBytes(near)
    const from = callerOf(first) ?? OTHERS
    if (near.destroyed) return
    const { name, to, link } = this.#options
    const far = this.#keep(connect({ ...to, allowHalfOpen: true }))
    const connection: Connection = { from, sockets: [near, far] }
    this.#connections.add(connection)
    await Promise.all([
      carry(near, far, link(from, name), first),
      carry(far, near, link(name, from), Buffer.alloc(0)),
    ])
    this.#connections.delete(connection)
    // One that has not been read to its end would stay.
    for (const socket of connection.sockets) socket.destroySoon()
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
  }
}

/** Ended by its own end, too. */
async function firstBytes(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      bytes = Buffer.concat([bytes, asBytes(chunk)])
      if (isEnough(bytes)) break
    }
  } catch {
    socket.destroy()
  }
  return bytes
}

/** The end of the source is news like all else: it travels along the link. */
async function carry(from: Socket, to: Socket, link: Link, first: Buffer): Promise<void> {
  let isBroken = false
  try {
    if (first.length > 0) await send(first, to, link)
    for await (const chunk of from.iterator({ destroyOnReturn: false })) await send(asBytes(chunk), to, link)
  } catch {
    isBroken = true
  }
  await link.pass(0)
  if (isBroken) to.destroy()
  else to.end()
}

async function send(bytes: Buffer, to: Socket, link: Link): Promise<void> {
  await link.pass(bytes.length)
  if (to.destroyed) throw new Error('nobody is there any more')
  if (!to.write(bytes)) await drained(to)
}

/** Or closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      socket.off('drain', over).off('close', over)
      resolve()
    }
    socket.on('drain', over).on('close', over)
  })
}

function asBytes(chunk: unknown): Buffer {
  if (chunk instanceof Buffer) return chunk
  throw new TypeError('a socket without an encoding gives bytes')
}
