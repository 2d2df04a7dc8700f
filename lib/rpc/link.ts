/**
 * One channel from its dialling to its end: calls go out with an id each, answers are matched by it, and a heartbeat
 * notices when the other end has gone silent: when no byte comes, and none of those that wait is taken. After the end
 * there is no way back; a connection makes a new link.
 */
import type { Json } from '../json.js'
import { decoded } from '../values/decoded.js'
import { ms } from '../ports.js'
import type { Address, Clock, DialHandlers, DialledChannel, Logger, Ms, Timer, Transport } from '../ports.js'
import { afterInput, Deadlines } from './deadlines.js'
import { InternalError, OutcomeUnknownError, OverloadedError } from './errors.js'
import type { NoAnswer, RollcallError } from './errors.js'
import type { AnswerMeta } from './host.js'
import { DEFAULT_LIMITS } from './limits.js'
import { readResponse } from './response.js'
import { formatAddress } from './uri-grammar.js'
import { fromWire, toWire } from './wire-error.js'

/** A call whose request is written up to its id. */
export interface OutgoingCall {
  readonly method: string
  /** On `clock.now()`. */
  readonly deadline: Ms
  readonly resolve: (result: Json) => void
  /** In place of `resolve`, for a result with tags. Absent: who calls reads none. */
  readonly resolveValue?: ((value: unknown) => void) | undefined
  readonly reject: (error: RollcallError) => void
  /** The members of the request after its id, and the closing brace. */
  readonly rest: string
  /** Told before `resolve` when the answer has a member `meta`. */
  readonly onAnswerMeta?: (meta: AnswerMeta) => void
}

export interface LinkOptions {
  readonly address: Address
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly heartbeatMs: number
  /** The channel is there, nothing has been sent on it yet. */
  readonly opened: () => void
  /** Exactly once, after all calls of the link have been rejected. `why` completes "the connection …". */
  readonly ended: (why: string, cause: Error | undefined) => void
}

/** How often it is looked whether the other end is there while nobody uses the link. */
const RESTING_MS = 2_000
const OUTPUT_BYTES_MAX = DEFAULT_LIMITS.outputBytesMax

export class Link implements DialHandlers {
  readonly #options: LinkOptions
  readonly #name: string
  readonly #channel: DialledChannel
  readonly #pending: Deadlines<number, OutgoingCall>
  #nextId = 1
  #heartbeat: Timer | undefined
  #wasHeard = false
  /** Something waited to be taken at the last look, when so much had been. */
  #wasWaiting = false
  #takenBytes = 0
  #isPinged = false
  /** Nobody has used it for a while: it is looked rarely whether the other end is there. */
  #isResting = false
  #nextIdAtLook = 1
  /** How those hear of the end who wait for an answer. */
  #noAnswer: NoAnswer = 'broken'
  #isEnded = false

  constructor(options: LinkOptions) {
    this.#options = options
    this.#name = formatAddress(options.address)
    this.#pending = new Deadlines(options.clock, (call) => this.#expire(call))
    this.#channel = options.transport.dial(options.address, this)
  }

  /** Rejects with OVERLOADED while the other end leaves too much unread. */
  call(call: OutgoingCall): void {
    if (this.#channel.bufferedBytes > OUTPUT_BYTES_MAX) return call.reject(this.#overloaded(call.method))
    const id = this.#nextId++
    this.#pending.add(id, call)
    if (this.#isResting) this.#wake()
    this.#channel.send(`{"jsonrpc":"2.0","id":${id},${call.rest}`)
  }

  notify(rest: string): void {
    this.#channel.send(`{"jsonrpc":"2.0",${rest}`)
  }

  /** Ends the link now; calls without an answer are rejected as unknown. `flushed`: what is queued still goes out. */
  end(why: string, cause?: Error, how: 'now' | 'flushed' = 'now'): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#heartbeat?.cancel()
    if (how === 'flushed') this.#channel.close()
    else this.#channel.destroy()
    for (const call of this.#pending.takeAll()) call.reject(this.#lost(call.method, why, cause))
    this.#options.ended(why, cause)
  }

  opened(): void {
    if (this.#isEnded) return
    this.#listen()
    this.#options.opened()
  }

  /** Of an answer that takes long a part will do, and so will the empty lines by which a server says that it reads. */
  heard(): void {
    this.#wasHeard = true
  }

  message(text: string): void {
    if (this.#isEnded) return
    const response = readResponse(text)
    if (response === undefined) {
      this.end('brought something that is no response of JSON-RPC 2.0')
      return
    }
    const call = response.id === undefined ? undefined : this.#pending.take(response.id)
    if (call !== undefined && 'error' in response) call.reject(fromWire(response.error))
    else if (call !== undefined && 'result' in response) {
      if (response.meta !== undefined) call.onAnswerMeta?.(response.meta)
      if (response.isTagged === undefined) call.resolve(response.result)
      else this.#resolveTagged(call, response.result)
    } else if ('error' in response) this.#complaint(response.error.message)
  }

  drained(): void {
    // What waits is bounded by the calls that the owner has in flight.
  }

  closed(reason: Error | undefined): void {
    this.end(reason === undefined ? 'was closed by the other end' : `failed (${reason.message})`, reason)
  }

  #resolveTagged({ method, resolveValue, reject }: OutgoingCall, result: Json): void {
    let value: unknown
    try {
      if (resolveValue === undefined) throw new TypeError('it has tags, for which nobody has asked')
      value = decoded(result, undefined, 'the result')
    } catch (cause) {
      const sentence = `${method} at ${this.#name} has run, and its result can't be read: ${toWire(cause).message}`
      return reject(new InternalError(sentence, { cause }))
    }
    resolveValue(value)
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
      const wasCalled = this.#nextId !== this.#nextIdAtLook
      this.#nextIdAtLook = this.#nextId
      if (wasCalled || this.#pending.size > 0 || heartbeatMs >= RESTING_MS) this.#look()
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
    if (this.#isPinged) this.#ping()
  }

  // The answer matters as a sign of life only, an error too: the other end need not have a `daemon` object.
  #ping(): void {
    const ignore = (): void => undefined
    const deadline = ms(this.#options.clock.now() + 2 * this.#options.heartbeatMs)
    const rest = '"method":"daemon.ping","params":[]}'
    this.call({ method: 'daemon.ping', deadline, rest, resolve: ignore, reject: ignore })
  }

  #expire(call: OutgoingCall): void {
    const sentence = `${call.method} at ${this.#name}: time is over without an answer; it may have run`
    call.reject(new OutcomeUnknownError(sentence, { noAnswer: 'silent' }))
  }

  #overloaded(method: string): OverloadedError {
    const sentence = `${method} at ${this.#name}: not sent, as ${OUTPUT_BYTES_MAX} bytes wait to be read there`
    return new OverloadedError(`${sentence}: wait for answers before you send more`)
  }

  #lost(method: string, why: string, cause: Error | undefined): RollcallError {
    const sentence = `${method} at ${this.#name}: the connection ${why} before the answer came; the call may have run`
    return new OutcomeUnknownError(sentence, { cause, noAnswer: this.#noAnswer })
  }
}
