/** One connection that has come in, from its first byte to its end, whatever language it turns out to speak. */
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Acceptor, ChannelHandlers, Ending, PeerCertificate } from '../ports.js'
import { UnauthorizedError, type TlsError } from '../rpc/errors.js'
import { errorResponse } from '../rpc/messages/response.js'
import type { Reader } from './reading-turns.js'
import type { Guest } from './seats.js'
import type { Securable, Shown } from './security.js'
import { farewell, foreignAddressOf } from './sockets.js'
import { readAgain, readHandleOf, stopReading, type ReadHandle } from './stop-reading.js'

/** Who is at the other end. */
export type Visitor = Pick<ChannelHandlers, 'isFavoured' | 'isKnown'>

/** How a connection is spoken to in its own language. */
export interface Speech {
  readonly with: Visitor
  /** `response`: an error of JSON-RPC that says why; where that can't be told, `why` and `words` do. */
  readonly turnAway: (response: string, why: Ending, words: string) => void
  /** This process ends. */
  readonly leave: () => void
}

export interface Stages {
  /** Begins to read it, when it is its turn. */
  readonly receive: (visit: Visit) => void
  /** Goes on with what speaks TLS. */
  readonly secured: (visit: Visit) => void
}

export class Visit implements Guest, Reader, Securable {
  socket: Socket
  /** As of a channel. */
  peerCertificate: PeerCertificate | undefined
  /** Why nothing is taken from it. Undefined: nothing is known against it. */
  refusal: TlsError | undefined
  readonly address: string | undefined
  readonly #acceptor: Acceptor
  readonly #stages: Stages
  #handle: ReadHandle | undefined
  #isReceived = false
  #bytesRead = 0
  #bytesHeard = 0
  #heardAt: number
  #speech: Speech | undefined

  constructor(socket: Socket, acceptor: Acceptor, stages: Stages) {
    this.socket = socket
    this.address = foreignAddressOf(socket)
    this.#acceptor = acceptor
    this.#stages = stages
    this.#handle = readHandleOf(socket)
    this.#heardAt = performance.now()
  }

  secured(socket: Socket, { peerCertificate, refusal }: Shown): void {
    this.socket = socket
    this.#handle = readHandleOf(socket)
    this.peerCertificate = peerCertificate
    this.refusal = refusal
    this.#stages.secured(this)
  }

  revoked(sentence: string): void {
    this.#leaveWith(errorResponse(new UnauthorizedError(sentence)), 'policy', sentence)
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
    return this.#handle !== undefined && stopReading(this.#handle)
  }

  wasHeard(): boolean {
    const { bytesRead = 0 } = this.#handle ?? {}
    const wasHeard = bytesRead !== this.#bytesHeard
    this.#bytesHeard = bytesRead
    return wasHeard
  }

  read(): void {
    const { socket } = this
    if (this.#isReceived) readAgain(socket)
    else if (!socket.destroyed && !socket.writableEnded) this.#stages.receive(this)
    this.#isReceived = true
  }

  turnAway(): void {
    this.#leaveWith(this.#acceptor.refuse('too-many'), 'overloaded', 'this process has too many connections')
  }

  #leaveWith(response: string, why: Ending, words: string): void {
    if (this.#speech !== undefined) this.#speech.turnAway(response, why, words)
    else {
      this.socket.write(`${response}\n`)
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
