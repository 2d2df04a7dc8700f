/** WebSocket: each text message is one message of a channel. Binary messages close it with 1003. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import type { RawData, WebSocket } from 'ws'
import type { Acceptor, Channel, ChannelHandlers } from '../ports.js'
import { remoteOf } from './sockets.js'

const UNSUPPORTED_DATA = 1003

export class WebSocketDoor {
  readonly #acceptor: Acceptor
  readonly #server: WebSocketServer

  constructor(acceptor: Acceptor, frameBytesMax: number) {
    this.#acceptor = acceptor
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
    })
  }

  /** Completes the handshake on the request's socket. What is no handshake is answered with 400. */
  take(request: IncomingMessage, head: Buffer): void {
    const { socket } = request
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = new WebSocketChannel(webSocket, socket)
      channel.start(this.#acceptor.accept(channel))
    })
  }
}

class WebSocketChannel implements Channel {
  readonly kind = 'websocket'
  readonly remote: string
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #isCorked = false
  #isAboveMark = false
  #isEnded = false
  #failure: Error | undefined

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.remote = remoteOf(socket)
  }

  start(handlers: ChannelHandlers): void {
    this.#webSocket.on('message', (data, isBinary) => this.#receive(handlers, data, isBinary))
    this.#webSocket.on('error', (error) => (this.#failure ??= error))
    this.#webSocket.on('close', () => {
      this.#isEnded = true
      handlers.closed(this.#failure)
    })
    this.#socket.on('drain', () => this.#drained(handlers))
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  send(message: string): void {
    if (this.#isEnded) return
    this.#cork()
    this.#webSocket.send(message)
    if (this.#socket.writableLength > this.#socket.writableHighWaterMark) this.#isAboveMark = true
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  close(): void {
    this.#isEnded = true
    this.#webSocket.close()
  }

  destroy(): void {
    this.#isEnded = true
    this.#webSocket.terminate()
  }

  /** Holds the frames of this turn together in one write. */
  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#socket.cork()
    process.nextTick(() => {
      this.#isCorked = false
      this.#socket.uncork()
    })
  }

  #receive(handlers: ChannelHandlers, data: RawData, isBinary: boolean): void {
    if (this.#isEnded) return
    if (isBinary) this.#webSocket.close(UNSUPPORTED_DATA, 'text messages only')
    else handlers.message(textOf(data))
  }

  #drained(handlers: ChannelHandlers): void {
    if (!this.#isAboveMark || this.#isEnded) return
    this.#isAboveMark = false
    handlers.drained()
  }
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8')
}
