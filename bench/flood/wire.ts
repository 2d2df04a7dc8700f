/** Sockets of one who floods: what it says is text, and what it hears is counted. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What has come back on one connection. */
export interface Heard {
  /** Lines that are complete. */
  lines: number
  bytes: number
}

export class Line {
  readonly heard: Heard = { lines: 0, bytes: 0 }
  readonly closed: Promise<unknown>
  #hears = new Set<() => void>()

  private constructor(readonly socket: Socket) {
    socket.on('error', () => undefined)
    this.closed = once(socket, 'close').catch(() => undefined)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    void this.closed.then(() => this.#tell())
  }

  static async to(port: number): Promise<Line> {
    const socket = connect({ host: '127.0.0.1', port })
    const line = new Line(socket)
    await Promise.race([once(socket, 'connect'), line.closed])
    return line
  }

  write(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text)
  }

  call(method: string, params: readonly unknown[], id = 1): void {
    this.write(`${callText(method, params, id)}\n`)
  }

  /** Resolves when so many lines have come, the other end has closed, or the time is over. */
  until(lines: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer)
        this.#hears.delete(look)
        resolve()
      }
      const look = (): void => {
        if (this.heard.lines >= lines || this.socket.destroyed) over()
      }
      const timer = setTimeout(over, timeoutMs)
      this.#hears.add(look)
      look()
    })
  }

  end(): void {
    this.socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.heard.bytes += chunk.length
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.heard.lines += 1
    this.#tell()
  }

  #tell(): void {
    for (const hear of [...this.#hears]) hear()
  }
}

export function callText(method: string, params: readonly unknown[], id = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

export function batchText(count: number, method: string, params: readonly unknown[]): string {
  return `[${Array.from({ length: count }, (_, id) => callText(method, params, id)).join(',')}]`
}

export function postText(body: string): string {
  return `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
