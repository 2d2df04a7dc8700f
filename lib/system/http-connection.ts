/**
 * One connection that speaks HTTP, over all its requests: how long it is waited for, how many of them are under way,
 * and what of their answers is not read.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { ms } from '../ports.js'
import type { Acceptor, Ending, OnEnd, Timer } from '../ports.js'
import { afterInput } from '../rpc/deadlines.js'
import { systemClock } from './clock.js'
import { refuseRaw } from './http-answers.js'
import { HttpOutput } from './http-output.js'
import type { SlicedResponse } from './sliced-response.js'
import type { Visit, Visitor } from './visit.js'

/** Requests that one connection may have under way by HTTP pipelining. */
const PIPELINED_MAX = 64

const KEEP_ALIVE_GRACE_MS = 1_000

/** How long it is waited for: for the next sign of life, and for the next request. Milliseconds. */
interface HttpPatience {
  readonly silenceMs: number
  readonly keepAliveMs: number
}

export class HttpConnection implements Visitor {
  readonly visit: Visit
  readonly output: HttpOutput
  /** Its last request has shown who it is, where that is asked. */
  isKnown = false
  readonly #socket: Socket
  readonly #options: HttpPatience
  #patience: Timer | undefined
  #underWay = 0
  /** What follows once all is answered. */
  #next: (() => void) | undefined

  /** `closed`: it is over. */
  constructor(visit: Visit, acceptor: Acceptor, options: HttpPatience, closed: () => void) {
    const { socket } = visit
    this.visit = visit
    this.output = new HttpOutput(socket, acceptor)
    this.#socket = socket
    this.#options = options
    // Each request under way listens for the end, and so do Node and the door itself.
    socket.setMaxListeners(2 * PIPELINED_MAX)
    socket.once('close', () => {
      this.stopWaiting()
      this.output.closed()
      closed()
    })
    visit.speaks({
      with: this,
      turnAway: (response, why) => this.#turnAway(response, why),
      leave: () => socket.destroy(),
    })
  }

  /** From now on, for the next sign of life. */
  wait(patienceMs = this.#options.silenceMs): void {
    this.stopWaiting()
    this.#patience = afterInput(systemClock, ms(patienceMs), () => this.#socket.destroy())
  }

  stopWaiting(): void {
    this.#patience?.cancel()
    this.#patience = undefined
  }

  /** A whole head has come; `isKnown`: it shows who it is, or nobody asks. False: too many requests are under way. */
  begins(request: IncomingMessage, response: SlicedResponse, isKnown: boolean): boolean {
    this.isKnown = isKnown
    this.#underWay += 1
    // For all that is still to come of it.
    if (!isKnown) this.wait()
    request.once('end', () => this.stopWaiting())
    this.output.add(response)
    response.once('close', () => this.#answered())
    return this.#underWay <= PIPELINED_MAX
  }

  /** Runs `task` once no request is under way, unless the connection ends with their answers. */
  whenIdle(task: () => void): void {
    this.#next = task
    this.stopWaiting()
    if (this.#underWay === 0) this.#goOn(task)
  }

  #answered(): void {
    this.#underWay -= 1
    if (this.#underWay > 0 || this.#socket.destroyed) return
    const { silenceMs, keepAliveMs } = this.#options
    // Node ends it in time where nothing comes; this is for what begins to come and stops.
    if (this.#next === undefined) this.wait(Math.max(silenceMs, keepAliveMs + KEEP_ALIVE_GRACE_MS))
    else this.#goOn(this.#next)
  }

  #goOn(task: () => void): void {
    this.#next = undefined
    if (this.#socket.writable) task()
  }

  /** Between two requests; amid one, its own answer says enough. */
  #turnAway(response: string, why: Ending): void {
    if (this.#underWay === 0) refuseRaw(this.#socket, why === 'policy' ? 403 : 503, response)
    else this.#socket.destroy()
  }
}

/** Of one exchange: its connection may have many, one after another. */
export function endOf({ socket }: IncomingMessage, response: SlicedResponse): OnEnd {
  return (hearer) => {
    if (response.closed || socket.destroyed) return hearer.gone()
    const finished = (): void => hearer.finished?.()
    socket.once('end', finished)
    response.once('close', () => {
      socket.off('end', finished)
      hearer.gone()
    })
    if (socket.readableEnded) finished()
  }
}
