/** WebSocket: each text message is one message of a channel. Binary messages close it with 1003. */
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type * as ws from 'ws'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import type { Acceptor, Channel, ChannelHandlers } from '../ports.js'
import { farewell, remoteOf } from './sockets.js'
import { UnfinishedInput } from './unfinished-input.js'

export interface WebSocketOptions {
  /** Longest message in bytes. */
  readonly frameBytesMax: number
  readonly unfinished: UnfinishedInput
}

const UNSUPPORTED_DATA = 1003
const TRY_AGAIN_LATER = 1013
/** Of a control frame around its payload: the header, and the mask that every client has to use. */
const CONTROL_FRAME_BYTES = 6
/** What connections that were refused may still hold until they have read so. */
const LEAVING_BYTES_MAX = 32 * 1024 * 1024

export class WebSocketDoor {
  readonly #acceptor: Acceptor
  readonly #frameBytesMax: number
  #opened: WebSocketServer | undefined
  readonly #unfinished: UnfinishedInput
  readonly #leaving = new UnfinishedInput(LEAVING_BYTES_MAX)

  constructor(acceptor: Acceptor, { frameBytesMax, unfinished }: WebSocketOptions) {
    this.#acceptor = acceptor
    this.#unfinished = unfinished
    this.#frameBytesMax = frameBytesMax
  }

  get #server(): WebSocketServer {
    return (this.#opened ??= serverOf(this.#frameBytesMax))
  }

  /** Completes the handshake on the request's socket. What is no handshake is answered with 400. */
  take(request: IncomingMessage, head: Buffer): void {
    const { socket } = request
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = new WebSocketChannel(webSocket, socket)
      channel.start(this.#acceptor.accept(channel))
      this.#watchInput(webSocket, socket)
    })
  }

  /**
   * The library gathers a message by itself and does not tell how far it is: the socket's bytes are counted, from the
   * chunk on that follows the last message's end, without the control frames that may come in between.
   */
  #watchInput(webSocket: WebSocket, socket: Socket): void {
    const sender = { refuse: () => this.#refuse(webSocket, socket, bytes) }
    let bytes = 0
    let isComplete = false
    const control = (payload: Buffer): void => void (bytes -= CONTROL_FRAME_BYTES + payload.length)
    webSocket.on('message', () => (isComplete = true))
    webSocket.on('ping', control).on('pong', control)
    webSocket.on('close', () => this.#unfinished.holds(sender, 0))
    // Runs after the library has read the chunk.
    socket.on('data', (chunk: Buffer) => {
      bytes = isComplete ? 0 : Math.max(0, bytes + chunk.length)
      isComplete = false
      this.#unfinished.holds(sender, bytes)
    })
  }

  /** What was gathered is let go of only when the socket closes, so those that take their time to leave have a limit too. */
  #refuse(webSocket: WebSocket, socket: Socket, bytes: number): void {
    const leaving = { refuse: () => webSocket.terminate() }
    webSocket.once('close', () => this.#leaving.holds(leaving, 0))
    if (webSocket.readyState !== webSocket.OPEN) {
      webSocket.terminate()
      return
    }
    webSocket.send(this.#acceptor.refuse('overloaded'))
    webSocket.close(TRY_AGAIN_LATER)
    farewell(socket)
    this.#leaving.holds(leaving, bytes)
  }
}

/** Loads the library, in one turn: most processes never see a WebSocket, and would spend a tenth of their start on it. */
function serverOf(maxPayload: number): WebSocketServer {
  const { WebSocketServer } = createRequire(import.meta.url)('ws') as typeof ws
  return new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload })
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
