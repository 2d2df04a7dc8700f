/**
 * Requests that came in on one channel, at whichever of its ends: its messages in, the answers out in whatever
 * order they come. Its calls run in turns with those of all other connections, and what can't begin yet is
 * held (`intake.ts`). It is busy while too many of its calls, or too large ones, are in flight or too much
 * output waits, and is dropped when it takes far too little or says nothing that can be understood. Calls that
 * wait for answers of the other end do not count as running.
 */
import type { Json } from '../../json.js'
import type { Channel, ChannelHandlers, Clock, EndHearer, Logger, Ms } from '../../ports.js'
import type { Work } from '../answering/batch.js'
import { Cancellations } from '../answering/cancellation.js'
import { InvalidRequestError, RollcallError, UnauthorizedError } from '../errors.js'
import type { ExposedOf } from '../handing/exports.js'
import { FollowedCalls } from '../answering/followed.js'
import { HELD_BYTES_COUNTED, type Holdings } from '../answering/holdings.js'
import type { ConnectionContext } from '../exposed.js'
import { Intake, type Taker } from './intake.js'
import type { JsonRpc } from '../answering/jsonrpc.js'
import type { Limits } from '../limits.js'
import { Peer, type SaidWith } from './peer.js'
import type { Referred } from '../handing/references.js'
import { errorResponse } from '../messages/response.js'
import { Silence } from './silence.js'
import type { SignsOfLife } from '../answering/signs-of-life.js'
import { CommandShare, type Turns } from '../answering/turns.js'
import { toWire } from '../wire-error.js'
import { WaitingResults } from './waiting-results.js'

// More output than this waits for the other end to read before more calls are taken.
const OUTPUT_BYTES_PAUSE = 1024 * 1024
// Each costs as much as a call: who sends more of them one after another does not speak this language.
const UNINTELLIGIBLE_MAX = 1000
// Of a call that sets nothing in motion which comes later, beside a command: its own time tells what it costs.
const LIGHT_CALL = 1 / 4
// For the other end to hear that this one closes, and to say so. Milliseconds.
const FAREWELL_TIMEOUT_MS = 1_000
// Of calls that have come in: so many may wait for the answers of whoever made them.
const BACK_CALLS_MAX = 10_000
const NOTHING_HELD = { exports: 0, imports: 0 }

/** What all connections of a daemon share. */
export interface Served {
  /** Those that have come in and not ended. Absent: nobody asks. */
  readonly open?: Set<ServedChannel>
  readonly rpc: JsonRpc
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Limits
  readonly holdings: Holdings
  readonly turns: Turns
  readonly signs: SignsOfLife
  /**
   * How an object can be called that is handed to the other end of a connection. Default: as its class has marked it.
   */
  readonly exposedOf?: ExposedOf | undefined
  /** What references stand for that come over a connection. Default: they can't be followed. */
  readonly referred?: Referred | undefined
  /** What is said of a call of what the other end has handed over. Default: what was said of it. */
  readonly saidWith?: SaidWith | undefined
}

export class ServedChannel implements ChannelHandlers, ConnectionContext, Taker {
  readonly kind: 'lines' | 'websocket'
  readonly remote: string
  readonly #channel: Channel
  readonly #served: Served
  readonly #commands: CommandShare
  /** What this end has asked of the other one, and handed to it. Undefined: nothing yet. */
  #peer: Peer | undefined
  #cancellations: Cancellations | undefined
  #followed: FollowedCalls | undefined
  /** Until the first call has come. Undefined: it is known who is there. */
  #silence: Silence | undefined
  readonly #intake: Intake
  /** Of a batch, what has not begun; it goes before what is held. */
  #work: Work | undefined
  #inflight = 0
  /** What the last message counts among the calls of a slice. */
  #weight = 1
  readonly #results = new WaitingResults()
  /** Of messages without an answer. */
  #inputBytes = 0
  #unintelligible = 0
  #isStillFavoured: (() => boolean) | undefined
  #isFinished = false
  /** It is to end with the calls that run, of which no more come. */
  #isEnding = false
  retire: (() => void) | undefined
  /** Whether it is let in has not been said yet. */
  #isJudged = false
  refusal: RollcallError | undefined
  isKnown: boolean
  isGone = false
  readsTags = false
  #endHearers: EndHearer[] = []

  /** `peer`: this end has opened the channel, and calls the other one. Default: it has come in. */
  constructor(channel: Channel, served: Served, peer?: Peer) {
    this.kind = channel.kind
    this.remote = channel.remote
    this.#channel = channel
    this.#served = served
    // A WebSocket has said what it is in its handshake.
    this.isKnown = channel.kind === 'websocket' || peer !== undefined
    this.#commands = new CommandShare(served.turns)
    this.#intake = new Intake(channel, served, this)
    if (!this.isKnown) this.#silence = this.#awaitFirst()
    if (peer !== undefined) this.#meet(peer)
  }

  get peer(): Peer {
    return this.#peer ?? this.#meet(this.#newPeer())
  }

  get followed(): FollowedCalls {
    return (this.#followed ??= new FollowedCalls((value) => this.peer.exposed(value)))
  }

  get cancellations(): Cancellations {
    this.#cancellations ??= new Cancellations()
    this.#watchEnd()
    return this.#cancellations
  }

  /** Of a fellow member, which has shown who it is: its messages run at once, and may be long. */
  favour(isStill = (): boolean => true): void {
    this.#isStillFavoured = isStill
  }

  get isFavoured(): boolean {
    if (this.#isStillFavoured === undefined) return false
    if (this.#isStillFavoured()) return true
    this.#isStillFavoured = undefined
    return false
  }

  /** Nothing begins before that. Where it rejects, the other end hears why, and the connection ends. */
  async admit(admission: Promise<void>): Promise<void> {
    this.#isJudged = true
    try {
      await admission
    } catch (error) {
      this.refusal = error instanceof RollcallError ? error : new UnauthorizedError(toWire(error).message)
      this.#silence ??= this.#awaitFirst()
    }
    this.#isJudged = false
    this.#intake.goOn()
  }

  /**
   * Ends when the calls that run have their outcomes, and what they have brought is read. Who understands it is told, and
   * sends no more: what he had sent before that has come when he answers.
   */
  async end(patience: Ms): Promise<void> {
    const isOver = new Promise<void>((resolve) => this.onEnd({ gone: resolve }))
    if (this.readsTags && !this.#isFinished)
      await this.peer
        .call('daemon.closing', [], {}, Math.min(patience, FAREWELL_TIMEOUT_MS))
        .catch(() => undefined)
    this.#isEnding = true
    this.#closeIfDone()
    await isOver
  }

  began(isCommand: boolean): void {
    this.isKnown = true
    this.#unintelligible = 0
    this.#inflight += 1
    if (isCommand) this.#commands.began()
    else this.#weight = LIGHT_CALL
  }

  ended(wasCommand: boolean): void {
    this.#inflight -= 1
    if (wasCommand) this.#commands.ended()
    if (this.#intake.isPaused) this.#intake.goOn()
    if (this.#isFinished || this.#isEnding || this.refusal !== undefined) this.#closeIfDone()
  }

  /**
   * Runs `write` now or in this connection's turn: many large results at once would keep
   * the process from hearing anybody.
   */
  result(write: () => number): void {
    const { turns } = this.#served
    if (this.isGone || (this.#isStillFavoured !== undefined && this.isFavoured)) write()
    else if (this.#results.count === 0 && turns.admitsResult()) {
      write()
      turns.ended(0)
    } else {
      this.#results.put(write)
      turns.wait(this)
    }
  }

  /** `request`: what it says, where it was read and found to be none but a request. */
  message(text: string, request?: Json): void {
    if (this.isGone) return
    let json = request
    if (json === undefined && this.#peer !== undefined && this.#peer.outgoing.count > 0) {
      const reading = this.#peer.outgoing.read(text)
      if (typeof reading === 'string') return this.#answered(reading)
      json = reading.json
    }
    const isFull = this.#inputBytes >= this.#served.limits.inputBytesMax
    const isFirst = this.#work === undefined && this.#intake.held.bytes === 0
    if (isFull || !isFirst || this.isBusy()) this.#intake.hold(text)
    else if (this.#isStillFavoured !== undefined && this.isFavoured) this.#take(text, json)
    else if (this.#served.turns.admits()) {
      this.#weight = 1
      this.#take(text, json)
      this.#served.turns.ended(this.#weight)
    } else this.#intake.hold(text)
  }

  longest(head: string): number {
    return this.#served.rpc.longest(head, this)
  }

  tooLong(ends: string): void {
    const { outgoing } = this.#peer ?? {}
    const reading = outgoing !== undefined && outgoing.count > 0 ? outgoing.readTooLong(ends) : undefined
    if (typeof reading === 'string') return this.#answered(reading)
    this.#send(this.#served.rpc.refusalOfLong(ends, this))
  }

  drained(): void {
    this.#intake.goOn()
  }

  /**
   * As `printf … | nc -N` does it: the calls that came are still answered, but nothing is asked or answered from there.
   */
  finished(): void {
    this.#isFinished = true
    this.#peer?.end('was ended by the other end')
    for (const hearer of this.#endHearers) hearer.finished?.()
    this.#watchEnd()
    this.#closeIfDone()
  }

  closed(): void {
    this.isGone = true
    this.#served.open?.delete(this)
    this.#intake.held.clear()
    this.#work = undefined
    this.#served.signs.end(this.#channel)
    this.#silence?.end()
    this.#served.holdings.closed(this)
    this.#peer?.end('has ended')
    this.#cancellations?.end()
    this.#followed?.end()
    // Whose result they are has ended as far as others are concerned.
    this.#results.writeAll()
    const hearers = this.#endHearers
    this.#endHearers = []
    for (const hearer of hearers) hearer.gone()
  }

  readonly onEnd = (hearer: EndHearer): void => {
    if (this.isGone) return hearer.gone()
    this.#endHearers.push(hearer)
    if (this.#isFinished) hearer.finished?.()
    this.#watchEnd()
  }

  /** In its turn: one call of what waits here. */
  runNext(): number | undefined {
    if (this.isGone) return undefined
    if (this.#results.count > 0) return this.#results.writeSome(this.#served.turns)
    if (this.isBusy()) return undefined
    if (this.#work !== undefined) return this.#continue(this.#work)
    if (this.#inputBytes >= this.#served.limits.inputBytesMax) return undefined
    const text = this.#intake.held.take()
    if (text === undefined) this.#rest()
    else this.#take(text)
    return text?.length
  }

  /** Of the calls that run, and of what they bring. */
  isBusy(): boolean {
    const peer = this.#peer
    // Calls that run, and wait for what the other end does, are not counted.
    const running = peer === undefined ? this.#inflight : this.#inflight - peer.waiting
    if (this.#isJudged || this.#commands.isUsedUp || running >= this.#served.limits.inflightCallsMax)
      return true
    return this.#channel.bufferedBytes > OUTPUT_BYTES_PAUSE
  }

  get isAtRest(): boolean {
    const { exports, imports } = this.#peer?.held ?? NOTHING_HELD
    const isUsed = this.#inflight > 1 || this.#results.count > 0 || exports + imports > 0
    if (isUsed || (this.#followed?.heldBytes ?? 0) > 0) return false
    return this.#endHearers.every((hearer) => hearer.isAtRest?.() === true)
  }

  /** Calls of the other end. */
  get running(): number {
    return this.#inflight
  }

  awaitsAnswers(): boolean {
    return this.#peer !== undefined && this.#peer.outgoing.size > 0
  }

  get heldBytes(): number {
    if (this.isGone) return 0
    const own = this.#inputBytes + this.#intake.held.bytes + this.#channel.bufferedBytes
    return own + (this.#peer?.heldBytes ?? 0) + (this.#followed?.heldBytes ?? 0)
  }

  drop(): void {
    const { remote, heldBytes } = this
    this.#served.logger.warn('dropped a connection that does not read its answers, or holds too much', {
      remote,
      heldBytes,
    })
    this.#leave()
  }

  #newPeer(): Peer {
    const { clock, exposedOf, referred, saidWith } = this.#served
    return new Peer({
      channel: this.#channel,
      clock,
      name: this.remote,
      callsMax: BACK_CALLS_MAX,
      exposedOf,
      referred,
      saidWith,
    })
  }

  #meet(peer: Peer): Peer {
    this.#peer = peer
    peer.grown = () => this.#served.holdings.grown(this)
    peer.outgoing.changed = () => {
      if (this.#intake.isPaused) this.#intake.goOn()
    }
    return peer
  }

  /**
   * Answers go before all that waits. They are bounded by what was asked for, and those
   * that nobody asked for by their number.
   */
  #answered(reading: 'taken' | 'unasked'): void {
    if (reading === 'taken') return
    this.#unintelligible += 1
    if (this.#unintelligible > UNINTELLIGIBLE_MAX) this.#refuseMore()
  }

  #take(text: string, json?: Json): void {
    const { length } = text
    this.#inputBytes += length
    if (length > HELD_BYTES_COUNTED) this.#served.holdings.grown(this)
    const { rpc } = this.#served
    this.#unintelligible += 1
    this.#work = rpc.answer(
      text,
      this,
      (answer) => {
        this.#inputBytes -= length
        if (answer !== undefined) this.#send(answer)
      },
      json,
    )
    if (this.#work !== undefined) this.#begin(this.#work)
    if (this.#unintelligible > UNINTELLIGIBLE_MAX) this.#refuseMore()
  }

  /** A batch of one call is a call. */
  #begin(work: Work): void {
    this.#continue(work)
    if (this.#work !== undefined) this.#intake.pause()
  }

  #continue(work: Work): number {
    if (!work.next()) this.#work = undefined
    return work.bytesOfEach
  }

  #send(answer: string): void {
    if (this.isGone) return
    this.#channel.send(answer)
    const { bufferedBytes } = this.#channel
    if (bufferedBytes > this.#served.limits.outputBytesMax) this.drop()
    else if (bufferedBytes > HELD_BYTES_COUNTED) this.#served.holdings.grown(this)
  }

  #rest(): void {
    this.#closeIfDone()
    this.#intake.rest()
    this.#watchEnd()
  }

  /**
   * Whether anybody still reads there shows only when something is sent: who wants to know
   * of the end would wait for ever.
   */
  #watchEnd(): void {
    if (!this.#isFinished || this.isGone) return
    if (this.#cancellations !== undefined || this.#endHearers.length > 0)
      this.#served.signs.begin(this.#channel)
  }

  #closeIfDone(): void {
    const isIdle = this.#inflight === 0 && this.#work === undefined && this.#intake.held.bytes === 0
    if (this.isGone || !isIdle) return
    if (this.refusal !== undefined) this.#channel.close('policy', this.refusal.message)
    else if (this.#isEnding && (this.#peer?.streams ?? 0) === 0)
      this.#channel.close('going-away', 'this process is closing')
    else if (this.#isFinished) this.#channel.close()
  }

  #refuseMore(): void {
    const sentence = `none of the last ${UNINTELLIGIBLE_MAX} messages was a call that could be taken: this connection ends`
    this.#send(errorResponse(new InvalidRequestError(sentence)))
    this.#intake.held.clear()
    this.#channel.close('policy', sentence)
  }

  #awaitFirst(): Silence {
    const { clock, limits, logger } = this.#served
    return new Silence({
      channel: this.#channel,
      clock,
      silenceMs: limits.silenceMs,
      isKnown: () => this.isKnown,
      isWaiting: () => this.#intake.held.bytes > 0,
      over: () => {
        logger.debug('closed a connection that said nothing intelligible', { remote: this.remote })
        this.#leave()
      },
    })
  }

  /** Answers of calls that still run have nowhere to go. */
  #leave(): void {
    this.isGone = true
    this.#channel.destroy()
  }
}
