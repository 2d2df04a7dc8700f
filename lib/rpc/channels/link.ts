/**
 * One channel from its dialling to its end: calls go out with an id each, answers are matched by it, and a heartbeat
 * notices when the other end has gone silent: when no byte comes, and none of those that wait is taken. After the end
 * there is no way back; a connection makes a new link.
 */
import { jsonIn, type Json } from '../../json.js'
import { ms } from '../../ports.js'
import type {
  Address,
  Clock,
  DialHandlers,
  DialledChannel,
  Logger,
  Ms,
  PeerCertificate,
  Timer,
  Transport,
} from '../../ports.js'
import { afterInput } from '../deadlines.js'
import type { WhoIsThere } from './connection-options.js'
import { Doubts } from './doubts.js'
import { InternalError, InvalidParamsError, RollcallError, TlsError } from '../errors.js'
import type { NoAnswer } from '../errors.js'
import type { ExposedOf } from '../handing/exports.js'
import type { LinkCall } from './link-call.js'
import type { Parcel } from '../handing/parcel.js'
import { Peer, type SaidWith } from './peer.js'
import type { Referred } from '../handing/references.js'
import { readResponse, readResponses } from '../messages/response.js'
import type { Response } from '../messages/response.js'
import { ServedChannel } from './served-channel.js'
import type { Served } from './served.js'
import { formatAddress } from '../uri-grammar.js'
import { fromWire, toWire } from '../wire-error.js'

export interface LinkOptions {
  readonly address: Address
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly heartbeatMs: number
  /** Whether the other end is to be left, as in {@link Doubts}. Default: it is not asked. */
  readonly isReplaced?: (() => Promise<boolean>) | undefined
  /** What runs the requests of the other end. Asked once at most, when the first has come. */
  readonly served: () => Served
  /** How an object can be called that is handed to the other end. Default: as its class has marked it. */
  readonly exposedOf?: ExposedOf | undefined
  /** What references stand for that come over the link. Default: they can't be followed. */
  readonly referred?: Referred | undefined
  readonly saidWith?: SaidWith | undefined
  /** The channel is there, nothing has been sent on it yet. */
  readonly opened: () => void
  /** The other end takes no more calls: those that wait for their answers get them, and it is ended from there. */
  readonly retired: () => void
  /** Nobody has used it for long, nor is anything kept for it at the other end: it is ended from there. */
  readonly rested: (() => void) | undefined
  /** Exactly once, after all calls of the link have been rejected. `why` completes "the connection …". */
  readonly ended: (why: string, cause: Error | undefined) => void
}

/** How often it is looked whether the other end is there while nobody uses the link. */
const RESTING_MS = 2_000
/** After so long without use it is asked whether the link is still needed, and again after as long. Milliseconds. */
const UNUSED_MAX_MS = 5 * 60_000

export class Link implements DialHandlers, WhoIsThere {
  readonly #options: LinkOptions
  readonly #name: string
  readonly #channel: DialledChannel
  readonly peer: Peer
  readonly #doubts: Doubts | undefined
  /** Only who has sent some gets some. */
  takesFrames = false
  /** What the other end has asked for. Undefined: nothing yet. */
  #incoming: ServedChannel | undefined
  #heartbeat: Timer | undefined
  #wasHeard = false
  /** Something waited to be taken at the last look, when so much had been. */
  #wasWaiting = false
  #takenBytes = 0
  #isPinged = false
  /** Nobody has used it for a while: it is looked rarely whether the other end is there. */
  #isResting = false
  #countAtLook = 0
  #isOpen = false
  #wasUsed = false
  #unusedSince: Ms | undefined
  /** How those hear of the end who wait for an answer. */
  #noAnswer: NoAnswer = 'broken'
  #isEnded = false

  constructor(options: LinkOptions) {
    this.#options = options
    this.#name = formatAddress(options.address)
    this.#channel = options.transport.dial(options.address, this)
    const { clock, exposedOf, referred, saidWith, isReplaced } = options
    this.#doubts = isReplaced && this.#doubtsOf(isReplaced)
    this.#doubts?.called()
    const isLocal = options.address.kind === 'unix'
    const [channel, name] = [this.#channel, this.#name]
    this.peer = new Peer({ channel, clock, name, exposedOf, referred, saidWith, isLocal })
  }

  /** Rejects with OVERLOADED while the other end leaves too much unread. */
  call(call: LinkCall): void {
    this.#wasUsed = true
    if (this.#isResting) this.#wake()
    this.#doubts?.called()
    if (call.late === undefined) this.peer.outgoing.call(call)
    else this.#write(call, call.late)
  }

  /**
   * Calls by a frame whose content the other end has said it understands, and resolves with that of the answer. Over a
   * channel that carries them.
   */
  callFrame(method: string, content: readonly Uint8Array[], timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const inJson = (): void => reject(new InternalError(`${method} at ${this.#name}: answered in JSON`))
      const deadline = ms(this.#options.clock.now() + timeoutMs)
      this.takesFrames = true
      this.call({ method, deadline, rest: '', content, resolve: inJson, resolveContent: resolve, reject })
    })
  }

  notify(rest: string): void {
    this.#wasUsed = true
    this.peer.outgoing.notify(rest)
  }

  /** As of the channel. */
  get certificate(): PeerCertificate | undefined {
    return this.#channel.dialledCertificate
  }

  get carriesFrames(): boolean {
    return this.#channel.sendFrame !== undefined
  }

  frame(frame: Uint8Array): void {
    if (!this.#isEnded) this.peer.outgoing.answeredByFrame(frame)
  }

  /** Ends the link now; calls without an answer are rejected as unknown. `flushed`: what is queued still goes out. */
  end(why: string, cause?: Error, how: 'now' | 'flushed' = 'now'): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#heartbeat?.cancel()
    this.#doubts?.end()
    if (how === 'flushed') this.#channel.close()
    else this.#channel.destroy()
    this.peer.end(why, cause, this.#noAnswer)
    this.#incoming?.closed()
    this.#options.ended(why, cause)
  }

  opened(): void {
    if (this.#isEnded) return
    this.#isOpen = true
    this.#listen()
    this.#options.opened()
  }

  /** Of an answer that takes long a part will do, and so will the empty lines by which a server says that it reads. */
  heard(): void {
    this.#wasHeard = true
    this.#doubts?.heard()
  }

  message(text: string): void {
    if (this.#isEnded) return
    if (text.startsWith('[')) return this.#answersOf(text)
    const json = jsonIn(text)
    const response = readResponse(text, json)
    if (response === undefined) {
      this.end('brought something that is no response of JSON-RPC 2.0')
      return
    }
    if (response === 'request') {
      if (this.peer.outgoing.reported(json) === undefined) this.#serve(text, json)
    } else if (!this.peer.outgoing.answered(response)) this.#unasked(response)
  }

  /** To a batch; a request is none, as nobody sends this end batches of them. */
  #answersOf(text: string): void {
    const responses = readResponses(text)
    if (responses === undefined) this.end('brought something that is no response of JSON-RPC 2.0')
    for (const response of responses ?? [])
      if (!this.peer.outgoing.answered(response)) this.#unasked(response)
  }

  #unasked(response: Response): void {
    if (!('error' in response)) return
    const error = fromWire(response.error)
    if (error instanceof TlsError) this.end('was refused', error)
    else this.#complaint(response.error.message)
  }

  drained(): void {
    // What waits is bounded by the calls that the owner has in flight.
    this.#incoming?.drained()
  }

  closed(reason: Error | undefined): void {
    this.end(reason === undefined ? 'was closed by the other end' : `failed (${reason.message})`, reason)
  }

  #write(call: LinkCall, late: (parcel: Parcel) => string): void {
    const parcel = this.peer.parcel()
    try {
      this.peer.outgoing.call({ ...call, rest: late(parcel), onRefused: () => parcel.takeBack() })
    } catch (thrown) {
      parcel.takeBack()
      call.reject(thrown instanceof RollcallError ? thrown : new InvalidParamsError(toWire(thrown).message))
    }
  }

  #serve(request: string, json: Json | undefined): void {
    this.#wasUsed = true
    this.#incoming ??= this.#served()
    this.#incoming.message(request, json)
  }

  #served(): ServedChannel {
    const incoming = new ServedChannel(this.#channel, this.#options.served(), this.peer)
    incoming.retire = this.#options.retired
    return incoming
  }

  #doubtsOf(isReplaced: () => Promise<boolean>): Doubts {
    return new Doubts({
      clock: this.#options.clock,
      isAwaited: () => !this.#isOpen || this.peer.outgoing.size > 0,
      ping: () => this.#isOpen && this.#ask('daemon.ping'),
      isReplaced,
      replaced: () => {
        this.#noAnswer = 'silent'
        this.end('has gone silent, and is not waited for')
      },
    })
  }

  #complaint(message: string): void {
    this.#options.logger.warn('the other end could not read what was sent', { address: this.#name, message })
  }

  /** Whether the other end has taken some of what waited, as it can only when it reads. */
  #wasTaken(): boolean {
    const { takenBytes, bufferedBytes } = this.#channel
    const wasTaken = this.#wasWaiting && takenBytes > this.#takenBytes
    this.#takenBytes = takenBytes
    this.#wasWaiting = bufferedBytes > 0
    return wasTaken
  }

  /** Looks once in a heartbeat, unless nobody has called since the last look, and nobody waits for an answer. */
  #listen(): void {
    const { clock, heartbeatMs } = this.#options
    this.#isResting = false
    this.#heartbeat = afterInput(clock, ms(heartbeatMs), () => {
      const wasCalled = this.peer.outgoing.count !== this.#countAtLook
      this.#countAtLook = this.peer.outgoing.count
      if (wasCalled || this.peer.outgoing.size > 0 || heartbeatMs >= RESTING_MS) this.#look()
      else this.#rest()
    })
  }

  #wake(): void {
    this.#heartbeat?.cancel()
    this.#listen()
  }

  /** Until the next call, or for a longer while. */
  #rest(): void {
    this.#isResting = true
    this.#heartbeat = afterInput(this.#options.clock, ms(RESTING_MS), () => this.#look())
  }

  /** A sign of life since the last look, fine; none, ping; none since the ping, over. */
  #look(): void {
    if (this.#wasTaken()) this.#wasHeard = true
    if (!this.#wasHeard && this.#isPinged) {
      this.#noAnswer = 'silent'
      this.end('has gone silent')
      return
    }
    this.#isPinged = !this.#wasHeard
    this.#wasHeard = false
    this.#listen()
    if (this.#wasUsed) this.#unusedSince = undefined
    if (this.#isPinged) this.#ask('daemon.ping')
    else if (!this.#wasUsed && this.#options.rested !== undefined) this.#lookForUse()
    this.#wasUsed = false
  }

  /** Connections to places that nobody calls any more would be kept, and pinged, for as long as the process lives. */
  #lookForUse(): void {
    const now = this.#options.clock.now()
    this.#unusedSince ??= now
    if (this.#isUsed()) this.#unusedSince = undefined
    else if (now - this.#unusedSince >= UNUSED_MAX_MS) {
      this.#unusedSince = now
      this.#ask('daemon.rest', (isAtRest) => {
        if (isAtRest === true && !this.#isUsed()) this.#leave()
      })
    }
  }

  #isUsed(): boolean {
    const { outgoing, held } = this.peer
    const isHeld = held.exports + held.imports > 0
    return this.#wasUsed || isHeld || outgoing.size > 0 || (this.#incoming?.running ?? 0) > 0
  }

  #leave(): void {
    this.#options.rested?.()
    this.end('was not used any more', undefined, 'flushed')
  }

  // An error is a sign of life, too: the other end need not have a `daemon` object, nor know the method.
  #ask(method: string, resolve: (answer: Json) => void = () => undefined): void {
    const deadline = ms(this.#options.clock.now() + 2 * this.#options.heartbeatMs)
    const rest = `"method":"${method}","params":[]}`
    this.peer.outgoing.call({ method, deadline, rest, resolve, reject: () => undefined })
  }
}
