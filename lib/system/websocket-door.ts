/** WebSocket: each text message is one message of a channel. Binary messages close it with 1003. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RawData, ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { performance } from 'node:perf_hooks'
import type { Acceptor, Channel, ChannelHandlers, Ending, PeerCertificate } from '../ports.js'
import { bearerOf } from './bearer.js'
import { farewell, isLocal, remoteOf } from './sockets.js'
import { UnfinishedInput } from './unfinished-input.js'
import type { Visit, Visitor } from './visit.js'
import { pingWhileSilent } from './websocket-pings.js'

export interface WebSocketOptions {
  /** Longest message in bytes. */
  readonly frameBytesMax: number
  readonly unfinished: UnfinishedInput
  /** Who is silent for so long is asked whether he is there, and is gone after as long again. Milliseconds. */
  readonly pingMs: number
}

const NORMAL = 1000
const UNSUPPORTED_DATA = 1003
/** By which this side says why it closes. RFC 6455, section 7.4.1. */
const CODES: Readonly<Record<Ending, number>> = {
  'going-away': 1001,
  policy: 1008,
  'too-large': 1009,
  overloaded: 1013,
}
type InputRefusal = 'overloaded' | 'too-large-of-stranger'

const LAST_WORDS: { readonly [R in InputRefusal]: readonly [code: number, reason: string] } = {
  overloaded: [CODES.overloaded, 'this process holds too much of unfinished messages'],
  'too-large-of-stranger': [CODES['too-large'], 'this message is longer than whoever is not known may send'],
}
/** What fits into a close frame beside the code. */
const REASON_BYTES = 123
/** Between two signs of life to whoever sends a message that takes long to come in. Milliseconds. */
const SIGN_EVERY_MS = 1_000
/** Of a control frame around its payload: the header, and the mask that every client has to use. */
const CONTROL_FRAME_BYTES = 6
/** What connections that were refused may still hold until they have read so. */
const LEAVING_BYTES_MAX = 32 * 1024 * 1024

export class WebSocketDoor {
  readonly #acceptor: Acceptor
  readonly #frameBytesMax: number
  readonly #pingMs: number
  #server: WebSocketServer | undefined
  readonly #unfinished: UnfinishedInput
  readonly #leaving = new UnfinishedInput(LEAVING_BYTES_MAX)

  constructor(acceptor: Acceptor, { frameBytesMax, unfinished, pingMs }: WebSocketOptions) {
    this.#acceptor = acceptor
    this.#pingMs = pingMs
    this.#unfinished = unfinished
    this.#frameBytesMax = frameBytesMax
  }

  /** Completes the handshake on the request's socket. What is no handshake is answered with 400. */
  take(request: IncomingMessage, head: Buffer, visit: Visit | undefined): void {
    if (this.#server !== undefined) this.#upgrade(this.#server, request, head, visit)
    else void this.#takeFirst(request, head, visit)
  }

  /** Loads the library: most processes never see a WebSocket, and would spend a tenth of their start on it. */
  async #takeFirst(request: IncomingMessage, head: Buffer, visit: Visit | undefined): Promise<void> {
    const leave = (): void => void request.socket.destroy()
    request.socket.once('error', leave)
    const { WebSocketServer } = await import('ws')
    request.socket.off('error', leave)
    this.#server ??= new WebSocketServer(optionsOf(this.#frameBytesMax))
    this.#upgrade(this.#server, request, head, visit)
  }

  #upgrade(server: WebSocketServer, request: IncomingMessage, head: Buffer, visit: Visit | undefined): void {
    const { socket } = request
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const channel = new WebSocketChannel(webSocket, socket, {
        peerCertificate: visit?.peerCertificate,
        bearer: bearerOf(request),
      })
      const handlers = this.#acceptor.accept(channel)
      visit?.speaks({
        with: handlers,
        turnAway: (response, why, words) => {
          channel.send(response)
          channel.leave(why, words)
        },
        leave: () => channel.leave('going-away', 'this process ends'),
      })
      channel.start(handlers)
      this.#watchInput(webSocket, socket, handlers)
      pingWhileSilent(webSocket, socket, this.#pingMs, () => channel.lost())
    })
  }

  /**
   * The library gathers a message by itself and does not tell how far it is: the socket's bytes are counted, from the
   * chunk on that follows the last message's end, without the control frames that may come in between.
   */
  #watchInput(webSocket: WebSocket, socket: Socket, visitor: Visitor): void {
    const refuse = (why: InputRefusal): void => this.#refuse(webSocket, socket, bytes, why)
    const sender = { refuse: () => refuse('overloaded') }
    const { strangerBytesMax = Infinity } = this.#acceptor
    let bytes = 0
    let isComplete = false
    let isRefused = false
    let signedAt = 0
    const control = (payload: Buffer): void => void (bytes -= CONTROL_FRAME_BYTES + payload.length)
    webSocket.on('message', () => (isComplete = true))
    webSocket.on('ping', control).on('pong', control)
    webSocket.on('close', () => this.#unfinished.holds(sender, 0))
    // Runs after the library has read the chunk.
    socket.on('data', (chunk: Buffer) => {
      bytes = isComplete ? 0 : Math.max(0, bytes + chunk.length)
      isComplete = false
      const now = performance.now()
      if (bytes <= chunk.length) signedAt = now
      // The sender hears that it arrives, and goes on.
      if (now - signedAt >= SIGN_EVERY_MS) sign(webSocket)
      if (now - signedAt >= SIGN_EVERY_MS) signedAt = now
      this.#unfinished.holds(sender, bytes)
      if (isRefused || bytes <= strangerBytesMax || visitor.isKnown === true) return
      isRefused = true
      refuse('too-large-of-stranger')
    })
  }

  /**
   * What was gathered is let go of only when the socket closes, so those that take their time to leave have a limit
   * too.
   */
  #refuse(webSocket: WebSocket, socket: Socket, bytes: number, why: InputRefusal): void {
    const leaving = { refuse: () => webSocket.terminate() }
    webSocket.once('close', () => this.#leaving.holds(leaving, 0))
    if (webSocket.readyState !== webSocket.OPEN) {
      webSocket.terminate()
      return
    }
    webSocket.send(this.#acceptor.refuse(why))
    webSocket.close(...LAST_WORDS[why])
    farewell(socket)
    this.#leaving.holds(leaving, bytes)
  }
}

function optionsOf(maxPayload: number): ServerOptions {
  return {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The library ends a connection, without a word, that has pinged a few dozen times while this process was busy.
    autoPong: false,
    maxPayload,
  }
}

class WebSocketChannel implements Channel {
  readonly kind = 'websocket'
  readonly remote: string
  readonly isLocal: boolean
  readonly peerCertificate: PeerCertificate | undefined
  readonly bearer: string | undefined
  readonly unfinishedBytes = 0
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #isCorked = false
  #isAboveMark = false
  #isEnded = false
  /** The last that waits to be answered. */
  #ping: Buffer | undefined
  #failure: Error | undefined

  constructor(
    webSocket: WebSocket,
    socket: Socket,
    { peerCertificate, bearer }: Pick<Channel, 'peerCertificate' | 'bearer'>,
  ) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.remote = remoteOf(socket)
    this.isLocal = isLocal(socket)
    this.peerCertificate = peerCertificate
    this.bearer = bearer
  }

  start(handlers: ChannelHandlers): void {
    this.#webSocket.on('message', (data, isBinary) => this.#receive(handlers, data, isBinary))
    this.#webSocket.on('ping', (data) => this.#answer(data))
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

  sign(): void {
    if (this.bufferedBytes === 0) sign(this.#webSocket)
  }

  close(why?: Ending, sentence = ''): void {
    this.#end(why === undefined ? NORMAL : CODES[why], reasonOf(sentence))
  }

  /** The other end reads why, if it reads at once: it is not waited for as long as one that is closed. */
  leave(why: Ending, sentence: string): void {
    this.close(why, sentence)
    farewell(this.#socket)
  }

  destroy(): void {
    this.#isEnded = true
    this.#webSocket.terminate()
  }

  /** Nobody is there any more. */
  lost(): void {
    this.#failure ??= new Error('the other end answers no ping')
    this.#webSocket.terminate()
  }

  /** What still comes in is not taken: its answer would have nowhere to go. */
  #end(code: number, reason: string): void {
    this.#isEnded = true
    this.#webSocket.close(code, reason)
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
    if (isBinary) this.#end(UNSUPPORTED_DATA, 'text messages only')
    else handlers.message(textOf(data))
  }

  /** To whom has not read the answers before, that to the last ping will do: RFC 6455, section 5.5.3. */
  #answer(ping: Buffer): void {
    this.#ping = this.#socket.writableNeedDrain ? ping : undefined
    if (this.#ping !== undefined || this.#webSocket.readyState !== this.#webSocket.OPEN) return
    this.#cork()
    this.#webSocket.pong(ping)
  }

  #drained(handlers: ChannelHandlers): void {
    if (this.#ping !== undefined) this.#answer(this.#ping)
    if (!this.#isAboveMark || this.#isEnded) return
    this.#isAboveMark = false
    handlers.drained()
  }
}

function sign(webSocket: WebSocket): void {
  if (webSocket.readyState === webSocket.OPEN) webSocket.pong()
}

function reasonOf(sentence: string): string {
  return new TextDecoder().decode(Buffer.from(sentence).subarray(0, REASON_BYTES)).replace(/\uFFFD$/, '')
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8')
}
