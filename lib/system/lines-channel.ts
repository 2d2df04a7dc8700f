/** Lines, and frames between them, over a socket or another stream, for the side that dials and the side that listens. */
import type { Duplex } from 'node:stream'
import type { ChannelHandlers, DialledChannel, PeerCertificate, Refusal } from '../ports.js'
import { FrameSplitter } from '../rpc/messages/frames.js'
import { KEPT_BYTES_REUSED_MAX } from '../rpc/messages/lines.js'
import { systemClock } from './clock.js'
import { Output, SLICE_LENGTH } from './output.js'
import { farewell, isLocal, remoteOf } from './sockets.js'
import type { UnfinishedInput } from './unfinished-input.js'
import { UnfinishedMessage } from './unfinished-message.js'
import { writingTurns } from './writing-turns.js'

export interface LinesOptions {
  /** Longest message in bytes. */
  readonly frameBytesMax: number
  /**
   * The channel is destroyed when a message begun is not continued for this long, or up to twice as long, in
   * milliseconds. 0: never.
   */
  readonly stallMs: number
  /** For the side that listens. Left out: what the other end sends is trusted to end, and a refusal says nothing. */
  readonly served?: Served
  /** What an error of the socket means. Left out: what it says. */
  readonly why?: (error: Error) => Error
  /** Tells what is read, in bytes that are lent: they are others afterwards. Left out: the stream tells it. */
  readonly lend?: ((hear: (bytes: Uint8Array) => void) => void) | undefined
  /** As of a dialled channel, asked when it is wanted. Left out: nothing is shown. */
  readonly dialledCertificate?: () => PeerCertificate | undefined
}

export interface Served {
  /** What is answered to a message that is not taken, before the channel closes. */
  readonly refuse: (reason: Refusal) => string
  /** What a message that has begun counts in. */
  readonly unfinished: UnfinishedInput
  /** As of a channel. */
  readonly peerCertificate?: PeerCertificate | undefined
}

/** So much is written before the turn ends in which it is sent. UTF-16 units. */
const FLUSHED_LENGTH = 8 * 1024

/** A space: it stands before the next answer, where JSON may have one, and means nothing to who does not know it. */
const SIGN_OF_LIFE = ' '

export class LinesChannel implements DialledChannel {
  readonly kind = 'lines'
  readonly remote: string
  isLocal = false
  readonly peerCertificate: PeerCertificate | undefined
  readonly #socket: Duplex
  readonly #options: LinesOptions
  readonly #splitter: FrameSplitter
  #handlers: ChannelHandlers | undefined
  /** What waits to be written, while it is one short text or one frame, as nearly always. */
  #waiting: string | Uint8Array = ''
  /** What waits behind that. */
  readonly #output = new Output()
  /** Long output goes out in slices, so that it is seen to go, or to stand still; the socket has one of them. */
  #isSlicing = false
  takenBytes = 0
  #isFlushPlanned = false
  #isReading = false
  #isAboveMark = false
  #isEnded = false
  /** Undefined: each message so far has come in one piece. */
  #unfinished: UnfinishedMessage | undefined
  #failure: Error | undefined

  constructor(socket: Duplex, options: LinesOptions) {
    this.#socket = socket
    this.#options = options
    this.#splitter = new FrameSplitter(options.frameBytesMax)
    this.remote = remoteOf(socket)
    this.peerCertificate = options.served?.peerCertificate
  }

  /** Begins to tell `handlers` what the socket brings, after `head`, which was read from it before. */
  start(handlers: ChannelHandlers, head?: Uint8Array): void {
    this.#handlers = handlers
    this.isLocal = isLocal(this.#socket)
    if (this.#options.lend === undefined) this.#socket.on('data', this.#read)
    else this.#options.lend(this.#readLent)
    this.#socket.on('drain', this.#drained)
    this.#socket.on('end', () => this.#inputEnded())
    this.#socket.on('error', (error) => (this.#failure ??= this.#options.why?.(error) ?? error))
    this.#socket.on('close', () => this.#finish())
    // Before the head is read, as its messages may make their owner pause.
    this.#socket.resume()
    if (head !== undefined) this.#read(head)
  }

  get bufferedBytes(): number {
    return this.#waiting.length + this.#output.length + this.#socket.writableLength
  }

  get dialledCertificate(): PeerCertificate | undefined {
    return this.#options.dialledCertificate?.()
  }

  get unfinishedBytes(): number {
    return this.#splitter.unfinishedBytes
  }

  send(message: string): void {
    if (message.length < SLICE_LENGTH) this.#put(`${message}\n`)
    else {
      this.#put(message)
      this.#put('\n')
    }
  }

  /** A text without its line's end, or a frame. */
  readonly #put = (what: string | Uint8Array): void => {
    if (this.#isEnded) return
    const waiting = this.#waiting
    const isShort = this.#output.length === 0 && waiting.length + what.length <= SLICE_LENGTH
    if (isShort && waiting.length === 0) this.#waiting = what
    else if (isShort && typeof waiting === 'string' && typeof what === 'string')
      this.#waiting = waiting + what
    else this.#output.put(what)
    const { writableLength, writableHighWaterMark } = this.#socket
    const length = this.#waiting.length + this.#output.length
    if (length + writableLength > writableHighWaterMark) this.#isAboveMark = true
    // The other end begins while this one goes on: else each would wait while the other works.
    if (length >= FLUSHED_LENGTH && writableLength === 0) return this.#flush()
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    // After this read's messages, and once more after the promises that they settle: few writes, and the other end
    // can begin before this turn is over (a third faster than waiting for the turn's end).
    if (!this.#isReading) process.nextTick(this.#flush)
  }

  readonly sendFrame: (frame: Uint8Array) => void = this.#put

  pause(): void {
    this.#socket.pause()
    this.#unfinished?.paused()
  }

  resume(): void {
    if (!this.#isEnded) this.#socket.resume()
  }

  sign(): void {
    if (!this.#isEnded && this.bufferedBytes === 0) this.#socket.write(SIGN_OF_LIFE)
  }

  close(): void {
    if (this.#isEnded) return
    this.#writeAll()
    this.#isEnded = true
    this.#forgetInput()
    farewell(this.#socket)
  }

  destroy(): void {
    this.#isEnded = true
    this.#socket.destroy()
  }

  readonly #flush = (): void => {
    this.#isFlushPlanned = false
    if (this.#isEnded || this.#isSlicing || this.#socket.destroyed) return
    if (this.#waiting.length + this.#output.length > SLICE_LENGTH) return this.#writeSlice()
    const waiting = this.#waiting
    let isTaken: boolean
    if (this.#output.length > 0) isTaken = this.#writeAtOnce()
    else if (waiting.length === 0) return
    else {
      this.#waiting = ''
      isTaken = this.#socket.write(waiting)
    }
    // Above the mark within this turn, and yet nothing is left to wait for: no 'drain' will come.
    if (isTaken && this.#isAboveMark) setImmediate(this.#drained)
  }

  /** The next slice of what waits; empty when nothing does. */
  #take(): string | Uint8Array {
    const waiting = this.#waiting
    if (waiting.length === 0) return this.#output.take()
    this.#waiting = ''
    return waiting
  }

  /** In one write, whatever it is made of. */
  #writeAtOnce(): boolean {
    this.#socket.cork()
    let isTaken = true
    for (let next = this.#take(); next.length > 0; next = this.#take()) isTaken = this.#socket.write(next)
    this.#socket.uncork()
    return isTaken
  }

  #writeSlice(): void {
    const taken = this.#take()
    const slice = typeof taken === 'string' ? Buffer.from(taken) : taken
    this.#isSlicing = true
    this.#socket.write(slice, (error) => {
      if (error == null) this.takenBytes += slice.length
      if (!this.#isSlicing || this.#isEnded) return
      // Members send their entries over the channels that they have dialled.
      writingTurns.next(this.#writeOn, this.#options.served === undefined)
    })
  }

  readonly #writeOn = (): void => {
    if (!this.#isSlicing || this.#isEnded) return
    if (this.#waiting.length + this.#output.length > 0) return this.#writeSlice()
    this.#isSlicing = false
    this.#drained()
  }

  /** The last words need not be watched. */
  #writeAll(): void {
    this.#isSlicing = false
    if (this.#socket.destroyed) return
    for (let next = this.#take(); next.length > 0; next = this.#take()) this.#socket.write(next)
  }

  readonly #drained = (): void => {
    if (!this.#isAboveMark || this.#isEnded || this.#isSlicing) return
    if (this.#socket.writableNeedDrain) return
    this.#isAboveMark = false
    this.#handlers?.drained()
  }

  readonly #read = (chunk: Uint8Array): void => {
    if (this.#isEnded) return
    this.#handlers?.heard?.()
    const frame = this.#handlers?.takesFrames === true ? this.#tellFrame : undefined
    let keptBytes: number | undefined
    this.#isReading = true
    try {
      keptBytes = this.#splitter.push(chunk, this.#tell, frame)
    } finally {
      this.#isReading = false
      if (this.#isFlushPlanned) this.#flush()
    }
    if (keptBytes === undefined) this.#refuse('too-large')
    else if (keptBytes > 0 || this.#unfinished?.isBegun === true) this.#keep()
  }

  readonly #readLent = (bytes: Uint8Array): void => {
    const mayStay = bytes.length > KEPT_BYTES_REUSED_MAX || this.#handlers?.takesFrames === true
    this.#read(mayStay ? new Uint8Array(bytes) : bytes)
  }

  #keep(): void {
    // A message may have made its owner close the channel.
    if (this.#isEnded) {
      this.#splitter.clear()
      return
    }
    this.#unfinished ??= this.#begun()
    this.#unfinished.read()
  }

  #begun(): UnfinishedMessage {
    const { stallMs, served } = this.#options
    return new UnfinishedMessage(
      systemClock,
      this.#splitter,
      { stallMs, input: served?.unfinished },
      {
        isPaused: () => this.#socket.isPaused(),
        sign: () => this.sign(),
        longest: (head) => this.#handlers?.longest?.(head),
        refuse: (reason) => this.#refuse(reason),
        fail: (error) => this.#fail(error),
      },
    )
  }

  #forgetInput(): void {
    this.#splitter.clear()
    this.#unfinished?.forget()
  }

  readonly #tell = (text: string, isAbridged: boolean): void => {
    this.#unfinished?.told()
    if (this.#isEnded) return
    if (isAbridged) this.#handlers?.tooLong?.(text)
    else this.#handlers?.message(text)
  }

  readonly #tellFrame = (frame: Uint8Array): void => {
    this.#unfinished?.told()
    if (!this.#isEnded) this.#handlers?.frame?.(frame)
  }

  /** What stands after the last line's end counts as a line: a message cut off in the middle is no JSON. */
  #inputEnded(): void {
    if (this.#isEnded) return
    this.#splitter.end(this.#tell)
    this.#unfinished?.read()
    this.#tellFinished()
  }

  /** The last message may have made its owner close the channel. */
  #tellFinished(): void {
    if (this.#isEnded) return
    if (this.#handlers?.finished === undefined) this.close()
    else this.#handlers.finished()
  }

  #refuse(reason: Refusal): void {
    const { served, frameBytesMax } = this.#options
    if (served === undefined) {
      this.#fail(new Error(`a message is longer than ${frameBytesMax} bytes`))
      return
    }
    this.send(served.refuse(reason))
    this.close()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.destroy()
  }

  #finish(): void {
    this.#isEnded = true
    this.#splitter.clear()
    this.#unfinished?.end()
    const handlers = this.#handlers
    this.#handlers = undefined
    handlers?.closed(this.#failure)
  }
}
