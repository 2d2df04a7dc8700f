/** One connection that has come in, from its first byte to its end, whatever language it turns out to speak. */
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Acceptor, ChannelHandlers, PeerCertificate } from '../ports.js'
import type { Reader } from './reading-turns.js'
import type { Guest } from './seats.js'
import { farewell } from './sockets.js'
import { readAgain, stopReading } from './stop-reading.js'

/** Who is at the other end. */
export type Visitor = Pick<ChannelHandlers, 'isFavoured' | 'isKnown'>

/** How a connection is spoken to in its own language. */
export interface Speech {
  readonly with: Visitor
  /** `sentence`: an error of JSON-RPC that says why. */
  readonly turnAway: (sentence: string) => void
  /** This process ends. */
  readonly leave: () => void
}

export class Visit implements Guest, Reader {
  readonly socket: Socket
  /** As of a channel. */
  peerCertificate: PeerCertificate | undefined
  readonly #acceptor: Acceptor
  /** Begins to read it; undefined once it has. */
  #receive: ((visit: Visit) => void) | undefined
  #bytesRead = 0
  #bytesHeard = 0
  #heardAt: number
  #speech: Speech | undefined

  /** `receive`: begins to read it, when it is its turn. */
  constructor(socket: Socket, acceptor: Acceptor, receive: (visit: Visit) => void) {
    this.socket = socket
    this.#acceptor = acceptor
    this.#receive = receive
    this.#heardAt = performance.now()
  }

  speaks(speech: Speech): void {
    this.#speech = speech
  }

  /** Whoever has been heard since the last time that this was asked counts as heard now. */
  heardAt(): number {
    const { bytesRead } = this.socket
    if (bytesRead !== this.#bytesRead) this.#heardAt = performance.now()
    this.#bytesRead = bytesRead
    return this.#heardAt
  }

  get isFavoured(): boolean {
    return this.#speech?.with.isFavoured ?? false
  }

  get isKnown(): boolean {
    return this.#speech?.with.isKnown ?? false
  }

  stopReading(): boolean {
    return stopReading(this.socket)
  }

  wasHeard(): boolean {
    const { bytesRead } = this.socket
    const wasHeard = bytesRead !== this.#bytesHeard
    this.#bytesHeard = bytesRead
    return wasHeard
  }

  read(): void {
    const receive = this.#receive
    this.#receive = undefined
    if (receive === undefined) readAgain(this.socket)
    else if (!this.socket.destroyed && !this.socket.writableEnded) receive(this)
  }

  turnAway(): void {
    const sentence = this.#acceptor.refuse('too-many')
    if (this.#speech !== undefined) this.#speech.turnAway(sentence)
    else {
      this.socket.write(`${sentence}\n`)
      farewell(this.socket)
    }
  }

  drop(): void {
    this.socket.destroy()
  }

  end(): void {
    if (this.#speech === undefined) this.socket.destroy()
    else this.#speech.leave()
  }
}
