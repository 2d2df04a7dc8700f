/**
 * One call from its first attempt to its last: what it has learnt on the way, and what may
 * follow an attempt that failed.
 */
import type { Ms } from '../../ports.js'
import { NoQuorumError, OutcomeUnknownError, SessionExpiredError, UnreachableError } from '../errors.js'
import type { RollcallError } from '../errors.js'
import { Followable } from '../handing/following.js'
import type { AnswerMeta, CallMeta, InOrder } from '../exposed.js'
import type { LateParams } from '../channels/connection-options.js'
import type { ParamsText, WrittenParams } from '../messages/request.js'
import type { Signal } from '../signal.js'
import type { Next } from './retry-loop.js'
import type { Route } from './route.js'
import type { Ticket } from './session-keeper.js'
import type { Target } from './target.js'
import type { Uri } from '../uri.js'

/**
 * Labels of what a method itself may answer. From a command with an identity it is the answer of its one run, whatever
 * became of the attempts before.
 */
const ANSWERS: ReadonlySet<string> = new Set([
  'REMOTE_ERROR',
  'ROLLED_BACK',
  'NAME_NOT_FOUND',
  'NAME_TAKEN',
  'STALE_TERM',
  'COMPACTED',
])

/** For those that bring no time of their own. */
export const CALL_TIMEOUT_MS = 10_000

export interface CallerCallOptions {
  /** For all attempts together. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined
  /**
   * The longest that one attempt waits for its answer, in milliseconds, so that the next one gets its turn. Default: as
   * long as there is time.
   */
  readonly attemptMs?: number | undefined
  /** With a session of the caller's own, commands are sent in that one. */
  readonly meta?: CallMeta | undefined
  /** The method may run more than once: it is also sent again after an attempt that may have run. Default false. */
  readonly isHarmless?: boolean
  /** Whoever aborts it waits no longer. */
  readonly signal?: Signal | undefined
  /** Told before each pause, and where an attempt takes long before it can be sent, the reason as one sentence. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /** Told just before the call resolves what the answer says beside its result, if it does. It must not throw. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /** Told how far the method has come, while the call waits for its outcome. */
  readonly onProgress?: ((value: unknown) => void) | undefined
}

export interface CallParts {
  readonly target: Target
  readonly route: Route
  readonly method: string
  readonly params: Omit<WrittenParams, 'json'>
  /** What its params hand over, for one connection. Undefined: nothing. */
  readonly late?: LateParams | undefined
  /** With a session of the user's own, it is used instead of the caller's. */
  readonly meta?: CallMeta | undefined
  /** On `clock.now()`, for all attempts together. */
  readonly deadline: Ms
  /** The longest that one attempt waits for its answer, in milliseconds. Undefined: as long as there is time. */
  readonly attemptMs?: number | undefined
  /** Whether it may run as often as it likes, which is known before anybody is asked. */
  readonly isHarmless: boolean
  /** It must not go to any other cluster. Undefined: it goes where its target is. */
  readonly cluster?: string | undefined
  /** Told why it has to wait. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /** Told what the answer says beside its result. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /** Told how far the method has come. */
  readonly onProgress?: ((value: unknown) => void) | undefined
  /** Whoever aborts it waits no longer. */
  readonly signal?: Signal | undefined
}

/** What goes beside the params of a call whose own meta is `own`. */
export function metaOf(
  own: CallMeta | undefined,
  ticket: Ticket | undefined,
  timeoutMs: number,
): CallMeta | undefined {
  if (ticket === undefined) return own && { timeoutMs, ...own }
  const { session, seq, firstOutstanding } = ticket
  // Nearly all commands have no meta of their own, and the engine is slow to spread nothing.
  if (own === undefined) return { timeoutMs, session, seq, firstOutstanding }
  return { timeoutMs, ...own, session, seq, firstOutstanding }
}

export class Call extends Followable {
  readonly target: Target
  readonly route: Route
  readonly method: string
  params: ParamsText
  /** Why its params have tags. Undefined: they have none. */
  whyTagged: string | undefined
  readonly #late: LateParams | undefined
  readonly #withoutTags: ParamsText | undefined
  readonly deadline: Ms
  readonly attemptMs: number
  readonly onWaiting: CallParts['onWaiting']
  readonly onAnswerMeta: CallParts['onAnswerMeta']
  readonly onProgress: CallParts['onProgress']
  readonly signal: Signal | undefined
  readonly isHarmless: boolean
  readonly cluster: string | undefined
  /** Whether it only reads. */
  isQuery = false
  /** Whether it goes through a log, where an identity makes it run once. */
  isCommand = false
  /** Its method says that nobody need wait for it. */
  isOneway = false
  /** Its place among the calls that it is made with. Undefined: it is made alone, or is the first. */
  inOrder: InOrder | undefined
  /** Whether its connection has an attempt, which it sends as soon as it can. */
  isUnderWay = false
  /** The object's process has listed its methods, and this one is not among them: it is asked to say why. */
  isUnlisted = false
  readonly #meta: CallMeta | undefined
  #ticket: Ticket | undefined
  /** The last attempt that may have run. */
  #unknown: RollcallError | undefined
  /** What the members said who answered: more than that the leader that they lack does not. */
  #leaderless: NoQuorumError | undefined
  /** Whether the last attempt has left this process. */
  #isSent = false
  #hasMoved = false
  #isOver = false
  #hasLookedAgain = false
  #isAborted = false

  constructor(parts: CallParts) {
    super()
    this.target = parts.target
    this.route = parts.route
    this.method = parts.method
    this.params = parts.params.text
    this.whyTagged = parts.params.whyTagged
    this.#late = parts.late
    this.#withoutTags = parts.params.withoutTags
    this.deadline = parts.deadline
    this.attemptMs = parts.attemptMs ?? Infinity
    this.isHarmless = parts.isHarmless
    this.cluster = parts.cluster
    this.#meta = parts.meta
    this.onWaiting = parts.onWaiting
    this.onAnswerMeta = parts.onAnswerMeta
    this.onProgress = parts.onProgress
    this.signal = parts.signal
  }

  /** In place of `params`. */
  get late(): LateParams | undefined {
    return this.whyTagged === undefined ? undefined : this.#late
  }

  /** Whether its params have no tags, or can do without them, as from here on they do. */
  goesWithoutTags(): boolean {
    if (this.whyTagged !== undefined && this.#withoutTags !== undefined) {
      this.params = this.#withoutTags
      this.whyTagged = undefined
    }
    return this.whyTagged === undefined
  }

  /** The identity of a command, the same in all its attempts. */
  get ticket(): Ticket | undefined {
    return this.#ticket
  }

  /** Whether the user has given it an identity. */
  get isIdentified(): boolean {
    return this.#meta?.session !== undefined
  }

  /** An identity that comes when nobody waits any more is given back. */
  take(ticket: Ticket): void {
    this.#ticket = ticket
    if (this.#isOver) ticket.done()
  }

  /**
   * The command is to go into another session. @throws the unknown outcome of an earlier attempt,
   * which the other session could not tell from the next one.
   */
  leaveSession(): void {
    if (this.#unknown !== undefined) throw this.#unknown
    this.#ticket?.done()
    this.#ticket = undefined
  }

  /** What goes beside the params; `timeoutMs` is what is left of the call's time. */
  metaFor(timeoutMs: number): CallMeta | undefined {
    const meta = this.#metaAlone(timeoutMs)
    const { inOrder, followers, onProgress } = this
    if (inOrder === undefined && followers === 0 && onProgress === undefined) return meta
    return {
      timeoutMs,
      ...meta,
      ...(inOrder !== undefined && { inOrder }),
      ...(followers > 0 && { followers }),
      ...(onProgress !== undefined && { progress: 1 }),
    }
  }

  #metaAlone(timeoutMs: number): CallMeta | undefined {
    const own = 'find' in this.target ? this.#forHolder(this.target.token) : this.#meta
    if (this.whyTagged !== undefined) return { timeoutMs, ...own, tags: 1 }
    return metaOf(own, this.#ticket, timeoutMs)
  }

  #forHolder(tokenOf: ((holder: Uri) => string | undefined) | undefined): CallMeta | undefined {
    const { place } = this.route
    const token = place === undefined ? undefined : tokenOf?.(place)
    return token === undefined ? this.#meta : { ...this.#meta, token }
  }

  /** What may follow an attempt that was sent and failed. */
  after(error: RollcallError): Next {
    if (error instanceof SessionExpiredError && this.#ticket !== undefined) return this.#afterSession()
    // Even what broke at the other end may not break again, and to read costs nothing.
    if (this.isQuery && error.outcome === 'unknown') return 'later'
    if (error.retry === 'never') return 'never'
    return error.outcome === 'not-executed' || this.isHarmless || this.#runsOnce ? 'later' : 'never'
  }

  /**
   * What may follow when the object is not at the place that was found: it may have moved, and is looked for once more.
   */
  afterGone(): Next {
    const next = 'name' in this.target && !this.#hasLookedAgain ? 'later' : 'never'
    this.#hasLookedAgain = true
    return next
  }

  /** Whether it has an identity, with which it runs once however often it is sent. */
  get #runsOnce(): boolean {
    return this.#ticket !== undefined || (this.isCommand && this.isIdentified)
  }

  /** If no attempt can have run in the session that is over, the command may go into another one. */
  #afterSession(): Next {
    if (this.#unknown !== undefined) return 'never'
    const next = this.#hasMoved ? 'later' : 'now'
    this.#hasMoved = true
    this.leaveSession()
    return next
  }

  failed(error: RollcallError, isSent: boolean): void {
    this.#isSent = isSent
    if (error instanceof NoQuorumError) this.#leaderless = error
    if (isSent && error.outcome === 'unknown') this.#unknown = error
  }

  /** Codes speak of one attempt; this is what they come to for the call, whose last attempt brought `error`. */
  verdict(error: RollcallError): RollcallError {
    if (this.#unknown === undefined && this.#leaderless !== undefined && error instanceof UnreachableError)
      return this.#leaderless
    if (this.#unknown === undefined || error.outcome === 'unknown') return error
    if (this.#isSent && ANSWERS.has(error.label)) return error
    const sentence = `an attempt may have run (${this.#unknown.message}); the last said: ${error.message}`
    return new OutcomeUnknownError(sentence, { cause: error })
  }

  /** No other attempt is made. */
  abort(): void {
    this.#isAborted = true
  }

  /** Whether an attempt that has ended may have run. */
  get mayHaveRun(): boolean {
    return this.#unknown !== undefined
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  /** Nobody waits for the call any more. */
  end(): void {
    this.#isOver = true
    this.close()
    this.#ticket?.done()
  }
}
