/** One connection that has come in, from its first byte to its end, whatever language it turns out to speak. */
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Acceptor } from '../ports.js'
import type { Reader } from './reading-turns.js'
import type { Guest } from './seats.js'
import { farewell } from './sockets.js'
import { readAgain, stopReading } from './stop-reading.js'

/** What ends a connection in its own language. */
export interface Speech {
  readonly isFavoured: () => boolean
  /** It has made a call. */
  readonly isKnown: () => boolean
  /** `sentence`: an error of JSON-RPC that says why. */
  readonly turnAway: (sentence: string) => void
  /** This process ends. */
  readonly leave: () => void
}

export class Visit implements Guest, Reader {
  readonly socket: Socket
  readonly #acceptor: Acceptor
  #bytesRead = 0
  #heardAt: number
  #speech: Speech | undefined

  constructor(socket: Socket, acceptor: Acceptor) {
    this.socket = socket
    this.#acceptor = acceptor
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
    return this.#speech?.isFavoured() ?? false
  }

  get isKnown(): boolean {
    return this.#speech?.isKnown() ?? false
  }

  stopReading(): boolean {
    return stopReading(this.socket)
  }

  readAgain(): void {
    readAgain(this.socket)
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
