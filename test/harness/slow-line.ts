/**
 * A line to a port of this machine that lets only so many bytes a second through, in each direction of each connection.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What a line holds of one direction before the sender has to wait. */
const HELD_BYTES_MAX = 32 * 1024
const TICK_MS = 10

export class SlowLine {
  /** Let through so far, of all connections, towards the port. */
  bytes = 0
  readonly #sockets = new Set<Socket>()
  readonly #server: Server

  private constructor(
    readonly portBehind: number,
    private readonly bytesPerSecond: number,
  ) {
    this.#server = createServer((near) => this.#join(near))
  }

  static async open(portBehind: number, bytesPerSecond: number): Promise<SlowLine> {
    const line = new SlowLine(portBehind, bytesPerSecond)
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    return line
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(near: Socket): void {
    const far = connect({ host: '127.0.0.1', port: this.portBehind, noDelay: true })
    near.setNoDelay(true)
    this.#carry(near, far, (bytes) => (this.bytes += bytes))
    this.#carry(far, near, () => undefined)
  }

  #carry(from: Socket, to: Socket, passed: (bytes: number) => void): void {
    const held: Buffer[] = []
    let heldBytes = 0
    this.#sockets.add(from)
    const timer = setInterval(() => {
      for (let left = (this.bytesPerSecond * TICK_MS) / 1000; left > 0;) {
        const chunk = held.shift()
        if (chunk === undefined) break
        const piece = chunk.subarray(0, left)
        if (piece.length < chunk.length) held.unshift(chunk.subarray(piece.length))
        left -= piece.length
        heldBytes -= piece.length
        passed(piece.length)
        to.write(piece)
      }
      if (heldBytes < HELD_BYTES_MAX) from.resume()
    }, TICK_MS)
    from.on('data', (chunk) => {
      held.push(Buffer.from(chunk))
      heldBytes += chunk.length
      if (heldBytes >= HELD_BYTES_MAX) from.pause()
    })
    from.on('error', () => undefined)
    from.on('close', () => {
      clearInterval(timer)
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
