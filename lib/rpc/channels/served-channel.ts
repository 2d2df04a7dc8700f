/**
 * One channel, at whichever of its ends, as the side that serves: messages in, answers out in whatever order they come.
 * Its calls run in turns with those of all others (`incoming-calls.ts`); it is dropped when it takes far too little, or
 * says nothing that can be understood (`standing.ts`), and ends when both sides have said all (`ending.ts`).
 */
import type { Json } from '../../json.js'
import type { Channel, ChannelHandlers, EndHearer, Ms, PeerCertificate } from '../../ports.js'
import { Cancellations } from '../answering/cancellation.js'
import { InvalidRequestError, UnauthorizedError, type RollcallError } from '../errors.js'
import { FollowedCalls } from '../answering/followed.js'
import type { AnswerFrame } from '../exposed.js'
import { HELD_BYTES_COUNTED } from '../answering/holdings.js'
import { Ending } from './ending.js'
import { IncomingCalls, type Caller } from './incoming-calls.js'
import { Peer } from './peer.js'
import { errorResponse } from '../messages/response.js'
import type { Served } from './served.js'
import { Standing, UNINTELLIGIBLE_MAX } from './standing.js'

// For the other end to hear that this one closes, and to say so. Milliseconds.
const FAREWELL_TIMEOUT_MS = 1_000
// Of calls that have come in: so many may wait for the answers of whoever made them.
const BACK_CALLS_MAX = 10_000
const UNSHOWN =
  'this connection has not shown who it is by a token or a certificate, and ends: connect with one'
const NOTHING_HELD = { exports: 0, imports: 0 }

export class ServedChannel implements ChannelHandlers, Caller {
  readonly kind: 'lines' | 'websocket'
  readonly remote: string
  readonly peerCertificate: PeerCertificate | undefined
  readonly bearer: string | undefined
  readonly #channel: Channel
  readonly #served: Served
  readonly #standing: Standing
  readonly calls: IncomingCalls
  readonly #ending: Ending
  /** What this end has asked of the other one, and handed to it. Undefined: nothing yet. */
  #peer: Peer | undefined
  #cancellations: Cancellations | undefined
  #followed: FollowedCalls | undefined
  retire: (() => void) | undefined
  readsTags = false
  isKept = false
  refusal: RollcallError | undefined
  #answerFrame: AnswerFrame | undefined
  takesFrames = false
  isGone = false
  isEnding = false

  /** `peer`: this end has opened the channel, and calls the other one. Default: it has come in. */
  constructor(channel: Channel, served: Served, peer?: Peer) {
    this.kind = channel.kind
    this.remote = channel.remote
    this.peerCertificate = channel.peerCertificate
    this.bearer = channel.bearer
    this.#channel = channel
    this.#served = served
    this.#ending = new Ending(channel, served.signs)
    const { clock, limits, logger } = served
    // A WebSocket has said what it is in its handshake.
    this.#standing = new Standing(channel.kind === 'websocket' || peer !== undefined, {
      channel,
      clock,
      limits,
      logger,
      isWaiting: () => this.calls.isAnyHeld,
      isShown: () => peer !== undefined || served.isShown(this),
      over: () => this.leave(),
      unshown: () => this.#endWith(new UnauthorizedError(UNSHOWN)),
    })
    this.calls = new IncomingCalls(channel, served, this, this.#standing)
    this.#standing.begin()
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
    this.#ending.isAwaited()
    return this.#cancellations
  }

  get isKnown(): boolean {
    return this.#standing.isKnown
  }

  /** Of a fellow member, which has shown who it is: its messages run at once, and may be long. */
  favour(isStill = (): boolean => true): void {
    this.#standing.favour(isStill)
  }

  get isFavoured(): boolean {
    return this.#standing.isFavoured
  }

  takeFrames(answer: AnswerFrame): boolean {
    if (this.#channel.sendFrame === undefined) return false
    this.#answerFrame = answer
    this.takesFrames = true
    return true
  }

  frame(frame: Uint8Array): void {
    if (!this.isGone && this.#answerFrame !== undefined) this.calls.takeFrame(frame, this.#answerFrame)
  }

  /** Nothing begins before that. Where it rejects, the other end hears why, and the connection ends. */
  async admit(admission: Promise<void>): Promise<void> {
    await this.#standing.judge(admission)
    this.refusal = this.#standing.refusal
    this.isEnding ||= this.refusal !== undefined
    this.calls.goOn()
  }

  /** What is too long for a stranger may be none of a stranger's. */
  judged(judging: Promise<void>): void {
    if (this.#standing.isKnown) return
    this.calls.hold()
    void this.admit(judging)
  }

  /**
   * Ends when the calls that run have their outcomes, and what they have brought is read. Who understands it is told, and
   * sends no more: what he had sent before that has come when he answers.
   */
  async end(patience: Ms): Promise<void> {
    const isOver = new Promise<void>((resolve) => this.onEnd({ gone: resolve }))
    if (this.readsTags && !this.#ending.isFinished)
      await this.peer
        .call('daemon.closing', [], {}, Math.min(patience, FAREWELL_TIMEOUT_MS))
        .catch(() => undefined)
    this.#ending.isPlanned = true
    this.isEnding = true
    this.#closeIfDone()
    await isOver
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
    this.calls.take(text, json)
  }

  longest(head: string): number {
    return this.#served.rpc.longest(head, this)
  }

  tooLong(ends: string): void {
    const { outgoing } = this.#peer ?? {}
    const reading = outgoing !== undefined && outgoing.count > 0 ? outgoing.readTooLong(ends) : undefined
    if (typeof reading === 'string') return this.#answered(reading)
    this.answer(this.#served.rpc.refusalOfLong(ends, this))
  }

  drained(): void {
    this.calls.goOn()
  }

  /**
   * As `printf … | nc -N` does it: the calls that came are still answered, but nothing is asked or answered from there.
   */
  finished(): void {
    this.#ending.isFinished = true
    this.isEnding = true
    this.#peer?.end('was ended by the other end')
    this.#ending.tellFinished()
    this.#closeIfDone()
  }

  closed(): void {
    this.isGone = true
    this.#ending.over()
    this.#served.open?.delete(this)
    this.calls.forget()
    this.#standing.end()
    this.#served.holdings.closed(this)
    this.#peer?.end('has ended')
    this.#cancellations?.end()
    this.#followed?.end()
    this.calls.writeAll()
    this.#ending.tell()
  }

  readonly onEnd = (hearer: EndHearer): void => this.#ending.hear(hearer)

  get waiting(): number {
    return this.#peer?.waiting ?? 0
  }

  get isAtRest(): boolean {
    const { exports, imports } = this.#peer?.held ?? NOTHING_HELD
    if (this.isKept || !this.calls.isOne || exports + imports > 0 || (this.#followed?.heldBytes ?? 0) > 0)
      return false
    return this.#ending.isAtRest
  }

  /** Calls of the other end. */
  get running(): number {
    return this.calls.running
  }

  awaitsAnswers(): boolean {
    return this.#peer !== undefined && this.#peer.outgoing.size > 0
  }

  get heldBytes(): number {
    if (this.isGone) return 0
    const own = this.calls.bytes + this.#channel.bufferedBytes
    return own + (this.#peer?.heldBytes ?? 0) + (this.#followed?.heldBytes ?? 0)
  }

  drop(): void {
    const { remote, heldBytes } = this
    this.#served.logger.warn('dropped a connection that does not read its answers, or holds too much', {
      remote,
      heldBytes,
    })
    this.leave()
  }

  answer(what: string | Uint8Array): void {
    if (this.isGone) return
    if (typeof what === 'string') this.#channel.send(what)
    else this.#channel.sendFrame?.(what)
    const { bufferedBytes } = this.#channel
    if (bufferedBytes > this.#served.limits.outputBytesMax) this.drop()
    else if (bufferedBytes > HELD_BYTES_COUNTED) this.#served.holdings.grown(this)
  }

  rested(): void {
    this.#closeIfDone()
    this.#ending.watch()
  }

  refuseMore(): void {
    const sentence = `none of the last ${UNINTELLIGIBLE_MAX} messages was a call that could be taken: this connection ends`
    this.#endWith(new InvalidRequestError(sentence))
  }

  #endWith(error: RollcallError): void {
    this.answer(errorResponse(error))
    this.calls.forgetHeld()
    this.#channel.close('policy', error.message)
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
      isLocal: this.#channel.isLocal,
    })
  }

  #meet(peer: Peer): Peer {
    this.#peer = peer
    peer.grown = () => this.#served.holdings.grown(this)
    peer.outgoing.changed = () => this.calls.goOn()
    return peer
  }

  /**
   * Answers go before all that waits. They are bounded by what was asked for, and those
   * that nobody asked for by their number.
   */
  #answered(reading: 'taken' | 'unasked'): void {
    if (reading === 'unasked' && !this.#standing.heard()) this.refuseMore()
  }

  #closeIfDone(): void {
    if (this.isGone || !this.calls.areDone) return
    if (this.refusal !== undefined) this.#channel.close('policy', this.refusal.message)
    else if (this.#ending.isPlanned && (this.#peer?.streams ?? 0) === 0)
      this.#channel.close('going-away', 'this process is closing')
    else if (this.#ending.isFinished) this.#channel.close()
  }

  /** Answers of calls that still run have nowhere to go. */
  leave(): void {
    this.isGone = true
    this.#ending.isOver = true
    this.#channel.destroy()
  }
}
