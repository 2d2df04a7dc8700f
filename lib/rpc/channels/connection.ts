/**
 * One lasting connection to one address, many calls in flight:
 *
 *   idle → (a call comes) → connecting, after the backoff → hello → open → (lost, or gone silent) → idle
 *
 * A call that waits for a connection which does not come about has not been sent: UNREACHABLE. One that was sent when
 * the connection broke or its time was over may have run: OUTCOME_UNKNOWN. Nothing is ever sent twice here. While the
 * other end leaves too much unread, nothing more is sent: OVERLOADED.
 */
import type { Json } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock, Timer } from '../../ports.js'
import { Abortable, type Answered } from './abortable.js'
import { Backoff } from './backoff.js'
import type { CallOptions, ConnectionOptions, LateParams } from './connection-options.js'
import { afterInput, Deadlines } from '../deadlines.js'
import { TlsError, UnauthorizedError, UnreachableError, type RollcallError } from '../errors.js'
import { Link } from './link.js'
import type { LinkCall } from './link-call.js'
import { refused } from './no-answer.js'
import type { OutgoingCall } from './outgoing.js'
import { OwnToken } from './own-token.js'
import type { Peer } from './peer.js'
import { servedAlone } from './served.js'
import { requestText, type Params } from '../messages/request.js'
import type { Signal } from '../signal.js'
import { formatAddress } from '../uri-grammar.js'

const CALL_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 2_000
const CONNECT_TIMEOUT_MS = 5_000
/** Whoever restarts has one, perhaps two, that others wait for; who closes each one that he is given has no end of them. */
const RETIRED_MAX = 4
const BACKOFF_FIRST_MS = 25
const BACKOFF_MAX_MS = 500

export class Connection {
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #name: string
  readonly #backoff: Backoff
  readonly #waiting: Deadlines<LinkCall>
  /** How many calls have waited for a link. */
  #waited = 0
  /** Open: a call would be sent at once. To look at. */
  state: 'idle' | 'connecting' | 'open' | 'closed' = 'idle'
  /** The present one, open or not yet. To look at, and to call by frames while the connection is open. */
  link: Link | undefined
  /** Over which no more calls go, and the last answers come. */
  readonly #retired = new Set<Link>()
  /** No attempt begins before this, on the clock. */
  #notBefore: number
  #attempt: Timer | undefined
  #patience: Timer | undefined

  /** Default: told to nobody, as another process has named what is there. */
  readonly token: OwnToken

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.token = new OwnToken(options.ownToken)
    this.token.isTold = options.isChosen === true
    this.#clock = options.clock
    this.#notBefore = options.clock.now()
    this.#name = formatAddress(options.address)
    this.#backoff = new Backoff(options.random, BACKOFF_FIRST_MS, options.backoffMaxMs ?? BACKOFF_MAX_MS)
    this.#waiting = new Deadlines(options.clock, (call) =>
      call.reject(this.#unreachable(call.method, 'time is over before there is a connection', timedOut())),
    )
  }

  /** For how long there has been no link, and nobody who wants one, in milliseconds; 0 while there is either. */
  get unusedMs(): number {
    const isWanted = this.#attempt !== undefined || this.#waiting.size > 0
    if (this.state !== 'idle' || isWanted) return 0
    return Math.max(0, this.#clock.now() - this.#notBefore)
  }

  /** Who is at the other end, for as long as the link lasts; undefined while there is none. */
  get peer(): Peer | undefined {
    return this.link?.peer
  }

  /** Calls `objectId.method`. Rejects with a RollcallError, whose outcome says whether the call has run. */
  call(method: string, params: Params | LateParams, options: CallOptions = {}): Promise<Json> {
    return new Promise((resolve, reject) => this.begin(method, params, options, { resolve, reject }))
  }

  /** As `call`, for a result that may be no JSON: it is read with its tags, if it has any. */
  callForValue(method: string, params: Params | LateParams, options: CallOptions = {}): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) =>
      this.begin(method, params, options, { resolve, resolveValue: resolve, reject }),
    )
  }

  /** As `callForValue`, for who has no use for a promise of it. @throws as what can't be written down does */
  begin(method: string, params: Params | LateParams, options: CallOptions, answer: Answered): void {
    const { signal } = options
    if (signal !== undefined) return this.#beginAbortable(method, params, options, answer, signal)
    const call = this.#outgoing(method, params, options, answer)
    if (this.state === 'open') this.link?.call(call)
    else this.#later(call)
  }

  #beginAbortable(
    method: string,
    params: Params | LateParams,
    options: CallOptions,
    answer: Answered,
    signal: Signal,
  ): void {
    const aborted = new Abortable(`${method} at ${this.#name}`, signal, answer.reject)
    if (aborted.isOver) return
    const call = this.#outgoing(method, params, options, aborted.around(answer), (id) => {
      if (this.link !== undefined) aborted.sent = { id, peer: this.link.peer }
    })
    let waitsAs: number | undefined
    aborted.listen(() => {
      if (waitsAs !== undefined) this.#waiting.take(waitsAs)
    })
    if (this.state === 'open') this.link?.call(call)
    else waitsAs = this.#later(call)
  }

  /** The number under which it waits. */
  #later(call: LinkCall): number | undefined {
    if (this.state !== 'closed') return this.#wait(call)
    call.reject(this.#unreachable(call.method, 'this connection is closed', undefined))
    return undefined
  }

  /** Sends a notification, which is never answered. Dropped when there is no open connection. */
  notify(method: string, params: readonly Json[]): void {
    if (this.state === 'open') this.link?.notify(requestText(method, params, undefined))
  }

  /**
   * Ends the connection for good: calls in flight are rejected as unknown, those that wait as unreachable. `flushed`:
   * what was sent in this turn still goes out, which may take two seconds when the other end does not read. So it
   * does where calls were sent that nobody answers.
   */
  close(how: 'now' | 'flushed' = 'now'): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#attempt?.cancel()
    for (const link of this.#retired) link.end('was closed by this side', undefined, how)
    const isHeld = this.link?.peer.outgoing.hasNotified === true
    this.link?.end('was closed by this side', undefined, isHeld ? 'flushed' : how)
    this.#failWaiting('this connection was closed', undefined)
  }

  #outgoing(
    method: string,
    params: Params | LateParams,
    options: CallOptions,
    answer: Answered,
    onSent = this.#tellingOf(options),
  ): LinkCall {
    const { timeoutMs = CALL_TIMEOUT_MS, deadline: given } = options
    const deadline = given ?? ms(this.#clock.now() + Math.max(0, timeoutMs))
    const told = options.meta?.token === undefined ? options.meta : this.token.of(options.meta)
    const meta = this.#options.isVia === undefined ? told : { ...told, via: 1 as const }
    const { resolve, resolveValue, reject } = answer
    // Whatever link it goes over, if that is not this one: it has heard nothing yet.
    const isTold = resolveValue === undefined || this.link?.peer.outgoing.hasToldTags === true
    const said = isTold ? meta : { tags: 0 as const, ...meta }
    const isLate = typeof params === 'function'
    return {
      method,
      deadline,
      resolve,
      resolveValue,
      reject,
      rest: isLate ? '' : requestText(method, params, said),
      late: isLate ? (parcel) => requestText(method, params(parcel), said) : undefined,
      tellsTags: said?.tags !== undefined,
      onAnswerMeta: options.onAnswerMeta,
      onProgress: options.onProgress,
      onSent,
      batch: options.batch,
      isOneway: options.isOneway ?? false,
    }
  }

  #tellingOf({ onSent }: CallOptions): OutgoingCall['onSent'] {
    if (onSent === undefined) return undefined
    return (id) => {
      if (this.link !== undefined) onSent(id, this.link.peer)
    }
  }

  #wait(call: LinkCall): number {
    const number = ++this.#waited
    this.#waiting.put(number, call)
    if (this.state === 'idle' && this.#attempt === undefined) this.#planAttempt()
    return number
  }

  #planAttempt(): void {
    const pause = this.#notBefore - this.#clock.now()
    if (pause <= 0) this.#connect()
    else this.#attempt = this.#clock.after(ms(pause), () => this.#connect())
  }

  #connect(): void {
    this.#attempt = undefined
    this.state = 'connecting'
    const { address, transport, logger, isReplaced, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options
    const heartbeatMs = this.#options.heartbeatMs ?? HEARTBEAT_MS
    const link = new Link({
      address,
      transport,
      clock: this.#clock,
      logger,
      heartbeatMs,
      isReplaced: isReplaced && (() => isReplaced(address)),
      served: this.#options.served ?? (() => servedAlone(this.#options)),
      exposedOf: this.#options.exposedOf,
      referred: this.#options.referred,
      saidWith: (own) => this.token.ofOptions(this.#options.saidWith?.(own) ?? own),
      opened: () => void this.#greet(link),
      retired: () => this.#retire(link),
      rested: this.#options.rests === false ? undefined : () => this.#rest(link),
      ended: (why, cause) => this.#ended(link, why, cause),
    })
    this.link = link
    this.#patience = afterInput(this.#clock, ms(connectTimeoutMs), () =>
      link.end('could not be opened in time', timedOut()),
    )
  }

  async #greet(link: Link): Promise<void> {
    this.#introduce(link)
    try {
      await this.#options.hello?.(
        (method, params, options = {}) => this.#callOn(link, method, params, options),
        link,
      )
    } catch (error) {
      const why = `was refused at its hello (${error instanceof Error ? error.message : String(error)})`
      if (error instanceof UnauthorizedError && this.link === link) this.#turnedAway(error)
      link.end(why, asError(error))
      return
    }
    if (this.link !== link || this.state !== 'connecting') return
    this.#patience?.cancel()
    this.#backoff.reset()
    this.state = 'open'
    for (const call of this.#waiting.takeAll()) link.call(call)
  }

  /** What its first message brings counts for all that bring no token. Whether it is a good one those will hear. */
  #introduce(link: Link): void {
    const token = this.token.told
    if (token === undefined) return
    void this.#callOn(link, 'daemon.ping', [], { meta: { token } }).catch(() => undefined)
  }

  #callOn(link: Link, method: string, params: readonly Json[], options: CallOptions): Promise<Json> {
    return new Promise((resolve, reject) =>
      link.call(this.#outgoing(method, params, options, { resolve, reject })),
    )
  }

  /** What is called from here on goes elsewhere, or to whoever is there next. */
  #retire(link: Link): void {
    if (this.link !== link || this.state !== 'open') return
    this.#retired.add(link)
    if (this.#retired.size > RETIRED_MAX) this.#endOldest()
    this.link = undefined
    this.state = 'idle'
    this.#notBefore = this.#clock.now() + this.#backoff.next()
  }

  /** Whoever calls next opens another one at once. */
  #rest(link: Link): void {
    this.#retire(link)
    this.#notBefore = this.#clock.now()
  }

  #endOldest(): void {
    for (const link of this.#retired) {
      link.end('was left, and so were too many after it')
      return
    }
  }

  #ended(link: Link, why: string, cause: Error | undefined): void {
    if (this.#retired.delete(link)) return
    this.#patience?.cancel()
    this.link = undefined
    if (this.state === 'closed') return
    this.#options.logger.debug('lost a connection', { address: this.#name, why })
    this.state = 'idle'
    this.#notBefore = this.#clock.now() + this.#backoff.next()
    this.#failWaiting(`the connection ${why}`, cause)
  }

  /** To knock again would not help. */
  #turnedAway(cause: UnauthorizedError): void {
    for (const call of this.#waiting.takeAll())
      call.reject(new UnauthorizedError(`${this.#name}: ${cause.message}`, { cause }))
  }

  #failWaiting(why: string, cause: Error | undefined): void {
    for (const call of this.#waiting.takeAll()) call.reject(this.#unreachable(call.method, why, cause))
  }

  #unreachable(method: string, why: string, cause: Error | undefined): RollcallError {
    if (cause instanceof TlsError) return refused(`${method} at ${this.#name}`, cause)
    return new UnreachableError(`${method} at ${this.#name}: ${why}; the call was not sent`, { cause })
  }
}

/** As the system says it of a host that does not answer, once it has waited for longer than anybody here does. */
function timedOut(): Error {
  return Object.assign(new Error('the host does not answer'), { code: 'ETIMEDOUT' })
}

function asError(error: unknown): Error | undefined {
  return error instanceof Error ? error : undefined
}
