/** A server that answers each line with what it was told to, in turn, until it turns honest. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** Stands in a text for the id of the request that it answers, and for the server's own port. */
export const ID = '"@ID@"'
export const PORT = '@PORT@'

export type Reaction = Speech | { readonly kind: 'close' } | { readonly kind: 'silence' }

/** Each as a line; `half`: without its second half and its end, `raw`: as bytes that are no UTF-8, without an end. */
interface Speech {
  readonly kind: 'say' | 'twice' | 'half' | 'unasked' | 'raw'
  readonly text: string
}

export class HostileServer {
  readonly #reactions: readonly Reaction[]
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #turn = 0
  #isHonest = false

  private constructor(reactions: readonly Reaction[]) {
    this.#reactions = reactions
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(reactions: readonly Reaction[]): Promise<HostileServer> {
    const server = new HostileServer(reactions)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    const bound = this.#server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : 0
  }

  /** From now on each call is answered with "honest". */
  turnHonest(): void {
    this.#isHonest = true
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let rest = ''
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#react(socket, line)
    })
  }

  #react(socket: Socket, line: string): void {
    const { id = null } = JSON.parse(line) as { id?: unknown }
    const honest: Reaction = { kind: 'say', text: `{"jsonrpc":"2.0","id":${ID},"result":"honest"}` }
    const reaction = this.#isHonest ? honest : this.#reactions[this.#turn++ % this.#reactions.length]
    if (reaction === undefined || reaction.kind === 'silence') return
    if (reaction.kind === 'close') {
      socket.destroy()
      return
    }
    const answered = reaction.kind === 'unasked' ? 1e9 : id
    const text = reaction.text.replaceAll(ID, JSON.stringify(answered)).replaceAll(PORT, String(this.port))
    socket.write(bytesOf(reaction.kind, text))
  }
}

function bytesOf(kind: Speech['kind'], text: string): string | Buffer {
  if (kind === 'twice') return `${text}\n${text}\n`
  if (kind === 'half') return text.slice(0, text.length / 2)
  return kind === 'raw' ? Buffer.from(text, 'latin1') : `${text}\n`
}
