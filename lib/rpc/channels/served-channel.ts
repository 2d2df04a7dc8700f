/**
 * Requests that came in on one channel, at whichever of its ends: its messages in, the answers out in whatever order they
 * come. Its calls run in turns with those of all other connections. It reads no further while its calls wait for their turn,
 * while too many of them, or too large ones, are in flight or too much output waits, but shows that somebody is here, and is
 * dropped when it takes far too little or says nothing that can be understood.
 *
 * While this end itself waits for answers it reads on, as they come between requests: two ends that wait for each other would
 * wait for ever. Requests that come meanwhile are held, and calls that wait for such answers do not count as running.
 */
import { ms } from '../../ports.js'
import type { Channel, ChannelHandlers, Clock, EndHearer, Holder, Logger, Timer } from '../../ports.js'
import { afterInput } from '../deadlines.js'
import type { Work } from '../answering/batch.js'
import { Cancellations } from '../answering/cancellation.js'
import { InvalidRequestError } from '../errors.js'
import type { ExposedOf } from '../handing/exports.js'
import { FollowedCalls } from '../answering/followed.js'
import type { Holdings } from '../answering/holdings.js'
import type { ConnectionContext } from '../host.js'
import type { JsonRpc } from '../answering/jsonrpc.js'
import type { Limits } from '../limits.js'
import type { Reading } from './outgoing.js'
import { Peer } from './peer.js'
import { Queue } from '../answering/queue.js'
import type { Referred } from '../handing/references.js'
import { errorResponse } from '../messages/response.js'
import type { SignsOfLife } from '../answering/signs-of-life.js'
import { CommandShare, type Party, type Turns } from '../answering/turns.js'

// More output than this waits for the other end to read before more calls are taken.
const OUTPUT_BYTES_PAUSE = 1024 * 1024
// What is held below this is let go of soon, and not worth counting.
const HELD_BYTES_COUNTED = 16 * 1024
// Of a first message that takes longer than silence is allowed, so much must come in as long a time.
const FIRST_MESSAGE_BYTES_MIN = 10 * 1024
// Each costs as much as a call: who sends more of them one after another does not speak this language.
const UNINTELLIGIBLE_MAX = 1000
// Of a call that sets nothing in motion which comes later, beside a command: its own time tells what it costs.
const LIGHT_CALL = 1 / 4
// Of calls that have come in: so many may wait for the answers of whoever made them.
const BACK_CALLS_MAX = 10_000

/** What all connections of a daemon share. */
export interface Served {
  readonly rpc: JsonRpc
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Limits
  readonly holdings: Holdings
  readonly turns: Turns
  readonly signs: SignsOfLife
  /** How an object can be called that is handed to the other end of a connection. Default: as its class has marked it. */
  readonly exposedOf?: ExposedOf | undefined
  /** What references stand for that come over a connection. Default: they can't be followed. */
  readonly referred?: Referred | undefined
}

export class ServedChannel implements ChannelHandlers, ConnectionContext, Holder, Party {
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
  #silence: Timer | undefined
  /** Of a first message that has begun, when it was last looked at. */
  #unfinishedBytes = 0
  /** What came and has not begun. */
  readonly #inbox = new Queue()
  /** Of a batch, what has not begun; it goes before the inbox. */
  #work: Work | undefined
  #inflight = 0
  /** What the last message counts among the calls of a slice. */
  #weight = 1
  /** Results that are there and not written. */
  #results: (() => number)[] = []
  /** Of the inbox, when it was last counted among what all hold. */
  #countedBytes = 0
  /** Of messages without an answer. */
  #inputBytes = 0
  #unintelligible = 0
  #isStillFavoured: (() => boolean) | undefined
  #spoken = false
  /** What comes is held. */
  #paused = false
  /** It is read no further. */
  #isStopped = false
  #isFinished = false
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
    this.#spoken = channel.kind === 'websocket' || peer !== undefined
    this.#commands = new CommandShare(served.turns)
    if (peer === undefined) this.#silence = this.#awaitFirst()
    else this.#meet(peer)
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

  get isKnown(): boolean {
    return this.#spoken
  }

  began(isCommand: boolean): void {
    this.#spoken = true
    this.#unintelligible = 0
    this.#inflight += 1
    if (isCommand) this.#commands.began()
    else this.#weight = LIGHT_CALL
  }

  ended(wasCommand: boolean): void {
    this.#inflight -= 1
    if (wasCommand) this.#commands.ended()
    if (this.#paused) this.#goOn()
    if (this.#isFinished) this.#closeIfDone()
  }

  /** Runs `write` now or in this connection's turn: many large results at once would keep the process from hearing anybody. */
  result(write: () => number): void {
    const { turns } = this.#served
    if (this.isGone || (this.#isStillFavoured !== undefined && this.isFavoured)) write()
    else if (this.#results.length === 0 && turns.admitsResult()) {
      write()
      turns.ended(0)
    } else {
      this.#results.push(write)
      turns.wait(this)
    }
  }

  message(text: string): void {
    if (this.isGone) return
    if (this.#peer !== undefined && this.#hasAnswered(this.#peer, text)) return
    const isFull = this.#inputBytes >= this.#served.limits.inputBytesMax
    const isFirst = this.#work === undefined && this.#inbox.bytes === 0
    if (isFull || !isFirst || this.#isBusy()) this.#hold(text)
    else if (this.#isStillFavoured !== undefined && this.isFavoured) this.#take(text)
    else if (this.#served.turns.admits()) {
      this.#weight = 1
      this.#take(text)
      this.#served.turns.ended(this.#weight)
    } else this.#hold(text)
  }

  longest(head: string): number {
    return this.#served.rpc.longest(head, this)
  }

  tooLong(ends: string): void {
    const outgoing = this.#peer?.outgoing
    if (outgoing !== undefined && outgoing.count > 0 && this.#wasAnswer(outgoing.readTooLong(ends))) return
    this.#send(this.#served.rpc.refusalOfLong(ends, this))
  }

  drained(): void {
    this.#goOn()
  }

  /** As `printf … | nc -N` does it: the calls that came are still answered, but nothing is asked or answered from there. */
  finished(): void {
    this.#isFinished = true
    this.#peer?.end('was ended by the other end')
    for (const hearer of this.#endHearers) hearer.finished?.()
    this.#watchEnd()
    this.#closeIfDone()
  }

  closed(): void {
    this.isGone = true
    this.#inbox.clear()
    this.#work = undefined
    this.#served.signs.end(this.#channel)
    this.#silence?.cancel()
    this.#served.holdings.closed(this)
    this.#peer?.end('has ended')
    this.#cancellations?.end()
    this.#followed?.end()
    // Whose result they are has ended as far as others are concerned.
    for (const write of this.#results.splice(0)) write()
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
    if (this.#results.length > 0) return this.#writeResults()
    if (this.#isBusy()) return undefined
    if (this.#work !== undefined) return this.#continue(this.#work)
    if (this.#inputBytes >= this.#served.limits.inputBytesMax) return undefined
    const text = this.#inbox.take()
    if (text === undefined) this.#rest()
    else this.#take(text)
    return text?.length
  }

  get heldBytes(): number {
    if (this.isGone) return 0
    const own = this.#inputBytes + this.#inbox.bytes + this.#channel.bufferedBytes
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

  /** As many as a turn is long: there may be many, and small ones. */
  #writeResults(): number {
    const results = this.#results
    let written = 0
    let bytes = 0
    this.#results = []
    while (written < results.length && this.#served.turns.admitsResult()) {
      bytes += results[written++]?.() ?? 0
      this.#served.turns.ended(0)
    }
    this.#results = [...results.slice(written), ...this.#results]
    return bytes
  }

  /** Who has been asked for something. */
  #hasAnswered({ outgoing }: Peer, text: string): boolean {
    return outgoing.count > 0 && this.#wasAnswer(outgoing.read(text))
  }

  #newPeer(): Peer {
    const { clock, exposedOf, referred } = this.#served
    return new Peer({
      channel: this.#channel,
      clock,
      name: this.remote,
      callsMax: BACK_CALLS_MAX,
      exposedOf,
      referred,
    })
  }

  #meet(peer: Peer): Peer {
    this.#peer = peer
    peer.grown = () => this.#served.holdings.grown(this)
    peer.outgoing.changed = () => {
      if (this.#paused) this.#goOn()
    }
    return peer
  }

  /** Answers go before all that waits. They are bounded by what was asked for, and those that nobody asked for by their number. */
  #wasAnswer(reading: Reading): boolean {
    if (reading !== 'unasked') return reading === 'taken'
    this.#unintelligible += 1
    if (this.#unintelligible > UNINTELLIGIBLE_MAX) this.#refuseMore()
    return true
  }

  #hold(text: string): void {
    this.#inbox.put(text)
    if (this.#inbox.bytes > this.#countedBytes + HELD_BYTES_COUNTED) this.#count()
    this.#pause()
    this.#goOn()
  }

  #count(): void {
    this.#countedBytes = this.#inbox.bytes
    this.#served.holdings.grown(this)
  }

  #take(text: string): void {
    const { length } = text
    this.#inputBytes += length
    if (length > HELD_BYTES_COUNTED) this.#served.holdings.grown(this)
    const { rpc } = this.#served
    this.#unintelligible += 1
    this.#work = rpc.answer(text, this, (answer) => {
      this.#inputBytes -= length
      if (answer !== undefined) this.#send(answer)
    })
    if (this.#work !== undefined) this.#begin(this.#work)
    if (this.#unintelligible > UNINTELLIGIBLE_MAX) this.#refuseMore()
  }

  /** A batch of one call is a call. */
  #begin(work: Work): void {
    this.#continue(work)
    if (this.#work === undefined) return
    this.#pause()
    this.#goOn()
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

  #pause(): void {
    this.#paused = true
    this.#readIfNeeded()
  }

  /** Input stands still while what came waits, unless an answer is waited for that may come behind it. */
  #readIfNeeded(): void {
    const isWaiting = this.#peer !== undefined && this.#peer.outgoing.size > 0
    const stops = this.#paused && (!isWaiting || this.#inbox.bytes >= this.#served.limits.inputBytesMax)
    if (stops === this.#isStopped || this.isGone) return
    this.#isStopped = stops
    if (stops) this.#channel.pause()
    else this.#channel.resume()
  }

  /** What waits here is due in its turn, and when nothing does, more is read. */
  #goOn(): void {
    if (!this.#paused || this.isGone) return
    this.#readIfNeeded()
    if (this.#isBusy()) this.#served.signs.begin(this.#channel)
    else this.#served.turns.wait(this)
  }

  /** Nothing waits here. */
  #rest(): void {
    this.#countedBytes = 0
    this.#closeIfDone()
    if (!this.#paused || this.isGone) return
    this.#paused = false
    this.#served.signs.end(this.#channel)
    this.#watchEnd()
    this.#readIfNeeded()
  }

  /** Whether anybody still reads there shows only when something is sent: who wants to know of the end would wait for ever. */
  #watchEnd(): void {
    if (!this.#isFinished || this.isGone) return
    if (this.#cancellations !== undefined || this.#endHearers.length > 0)
      this.#served.signs.begin(this.#channel)
  }

  #closeIfDone(): void {
    const isIdle = this.#inflight === 0 && this.#work === undefined && this.#inbox.bytes === 0
    if (this.#isFinished && !this.isGone && isIdle) this.#channel.close()
  }

  /** Of the calls that run, and of what they bring. */
  #isBusy(): boolean {
    const peer = this.#peer
    // Calls that run, and wait for what the other end does, are not counted.
    const running = peer === undefined ? this.#inflight : this.#inflight - peer.waiting
    if (this.#commands.isUsedUp || running >= this.#served.limits.inflightCallsMax) return true
    return this.#channel.bufferedBytes > OUTPUT_BYTES_PAUSE
  }

  #refuseMore(): void {
    const sentence = `none of the last ${UNINTELLIGIBLE_MAX} messages was a call that could be taken: this connection ends`
    this.#send(errorResponse(new InvalidRequestError(sentence)))
    this.#inbox.clear()
    this.#channel.close('policy', sentence)
  }

  #awaitFirst(): Timer {
    const { clock, limits } = this.#served
    return afterInput(clock, ms(limits.silenceMs), () => this.#endSilence())
  }

  /** Whose first message takes its time is not silent, nor is one who waits for a turn. */
  #endSilence(): void {
    if (this.#spoken) return
    const { unfinishedBytes } = this.#channel
    const isComing = unfinishedBytes - this.#unfinishedBytes >= FIRST_MESSAGE_BYTES_MIN
    this.#unfinishedBytes = unfinishedBytes
    if (isComing || this.#inbox.bytes > 0) {
      this.#silence = this.#awaitFirst()
      return
    }
    this.#served.logger.debug('closed a connection that said nothing intelligible', { remote: this.remote })
    this.#leave()
  }

  /** Answers of calls that still run have nowhere to go. */
  #leave(): void {
    this.isGone = true
    this.#channel.destroy()
  }
}
