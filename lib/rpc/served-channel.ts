/**
 * The serving side of one connection: its messages in, the answers out in whatever order they come. It reads no further
 * while too many calls, or too large ones, are in flight or too much output waits, and is dropped when it takes far too little or says
 * nothing that can be understood.
 */
import { ms } from '../ports.js'
import type { Channel, ChannelHandlers, Clock, Logger, Timer } from '../ports.js'
import { afterInput } from './after-input.js'
import { TooLargeError } from './errors.js'
import type { ConnectionContext } from './host.js'
import { errorResponse } from './jsonrpc.js'
import type { JsonRpc } from './jsonrpc.js'
import type { Limits } from './limits.js'
import type { Output, Outputs } from './outputs.js'

// More output than this waits for the other end to read before more calls are taken.
const OUTPUT_BYTES_PAUSE = 1024 * 1024

export class ServedChannel implements ChannelHandlers, ConnectionContext, Output {
  readonly kind: 'lines' | 'websocket'
  readonly remote: string
  readonly #channel: Channel
  readonly #rpc: JsonRpc<ServedChannel>
  readonly #limits: Limits
  readonly #logger: Logger
  readonly #outputs: Outputs
  readonly #silence: Timer
  /** What the transport still delivered after it was told to pause. */
  readonly #inbox: string[] = []
  #inflight = 0
  /** Of messages without an answer. */
  #inputBytes = 0
  #spoken = false
  #paused = false
  #isResuming = false
  #isFinished = false
  #closed = false

  constructor(
    channel: Channel,
    rpc: JsonRpc<ServedChannel>,
    clock: Clock,
    logger: Logger,
    limits: Limits,
    outputs: Outputs,
  ) {
    this.kind = channel.kind
    this.remote = channel.remote
    this.#channel = channel
    this.#rpc = rpc
    this.#limits = limits
    this.#logger = logger
    this.#outputs = outputs
    this.#silence = afterInput(clock, ms(limits.silenceMs), () => this.#endSilence())
  }

  /** A call of this connection has begun to run. */
  began(): void {
    this.#spoken = true
    this.#inflight += 1
  }

  /** A call of this connection has its outcome. */
  ended(): void {
    this.#inflight -= 1
    if (this.#paused) this.#resumeIfAble()
    if (this.#isFinished) this.#closeIfDone()
  }

  message(text: string): void {
    if (this.#inbox.length > 0 || this.#isFull()) this.#hold(text)
    else this.#take(text)
  }

  drained(): void {
    this.#resumeIfAble()
  }

  /** As `printf … | nc -N` does it: the calls that came are still answered. */
  finished(): void {
    this.#isFinished = true
    this.#closeIfDone()
  }

  closed(): void {
    this.#closed = true
    this.#inbox.length = 0
    this.#silence.cancel()
    this.#outputs.closed(this)
  }

  #hold(text: string): void {
    this.#inbox.push(text)
    if (this.#paused) return
    this.#paused = true
    this.#channel.pause()
  }

  #take(text: string): void {
    if (text.length > this.#limits.frameBytesMax) {
      this.#channel.send(errorResponse(new TooLargeError(frameSentence(this.#limits.frameBytesMax))))
      this.#channel.close()
      return
    }
    const { length } = text
    this.#inputBytes += length
    this.#rpc.answer(text, this, (answer) => {
      this.#inputBytes -= length
      if (answer !== undefined && !this.#closed) this.#send(answer)
    })
  }

  #send(answer: string): void {
    this.#channel.send(answer)
    const { bufferedBytes } = this.#channel
    if (bufferedBytes > this.#limits.outputBytesMax) this.drop()
    else if (bufferedBytes > OUTPUT_BYTES_PAUSE) this.#outputs.grown(this)
  }

  get unreadBytes(): number {
    return this.#closed ? 0 : this.#channel.bufferedBytes
  }

  drop(): void {
    const { remote, unreadBytes } = this
    this.#logger.warn('dropped a connection that does not read its answers', { remote, unreadBytes })
    // Answers of calls that still run have nowhere to go.
    this.#closed = true
    this.#channel.destroy()
  }

  #resumeIfAble(): void {
    // A call that ends at once comes back here while the loop below still runs.
    if (!this.#paused || this.#isResuming || this.#closed) return
    this.#isResuming = true
    const held = this.#inbox.splice(0)
    let taken = 0
    while (taken < held.length && !this.#isFull()) this.#take(held[taken++] ?? '')
    this.#inbox.unshift(...held.slice(taken))
    this.#isResuming = false
    this.#closeIfDone()
    if (this.#inbox.length > 0 || this.#isFull()) return
    this.#paused = false
    this.#channel.resume()
  }

  #closeIfDone(): void {
    if (!this.#isFinished || this.#isResuming || this.#closed) return
    if (this.#inflight === 0 && this.#inbox.length === 0) this.#channel.close()
  }

  #isFull(): boolean {
    const { inflightCallsMax, inputBytesMax } = this.#limits
    if (this.#inflight >= inflightCallsMax || this.#inputBytes >= inputBytesMax) return true
    return this.#channel.bufferedBytes > OUTPUT_BYTES_PAUSE
  }

  #endSilence(): void {
    if (this.#spoken) return
    this.#logger.debug('closed a connection that said nothing intelligible', { remote: this.remote })
    this.#channel.destroy()
  }
}

export function frameSentence(frameBytesMax: number): string {
  return `a message is at most ${frameBytesMax} bytes long`
}
