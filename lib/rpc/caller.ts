/**
 * The one retry loop. It finds where an object is, follows the leader, and sends a call again only when that can't make
 * it run twice: after an error that says the attempt was not executed, when the method only reads, or when it is a
 * command, which has an identity (session and number) that all its attempts share.
 */
import type { Json } from '../json.js'
import { ms } from '../ports.js'
import type { Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { Backoff } from './backoff.js'
import { Connection } from './connection.js'
import { Descriptions } from './descriptions.js'
import {
  NotLeaderError,
  OutcomeUnknownError,
  RollcallError,
  SessionExpiredError,
  toWire,
  UnreachableError,
} from './errors.js'
import type { CallMeta } from './host.js'
import { PASSING, Route } from './route.js'
import type { Places, Target } from './route.js'
import { SessionKeeper } from './session-keeper.js'
import type { Ticket } from './session-keeper.js'
import { formatAddress, objectIdOf, parseUri } from './uri.js'
import type { Uri } from './uri.js'

export type { Target } from './route.js'

export interface CallerOptions extends Places {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface CallerCallOptions {
  /** For all attempts together. Default 10,000 ms. */
  readonly timeoutMs?: number
  /** With a session of the caller's own, commands are sent in that one. */
  readonly meta?: CallMeta
  /** Told before each pause, with the reason as one sentence. */
  readonly onWaiting?: (why: string) => void
}

const CALL_TIMEOUT_MS = 10_000
const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 250
const SESSION_OBJECT = objectIdOf('session')
/** Objects of each process that are what they are: no command of theirs goes in a session. */
const BUILT_IN: ReadonlySet<string> = new Set(['daemon', SESSION_OBJECT])

/**
 * Labels of what a method itself may answer. From a command with an identity they are the answer of its one run,
 * whatever became of the attempts before.
 */
const ANSWERS: ReadonlySet<string> = new Set([
  'REMOTE_ERROR',
  'NAME_NOT_FOUND',
  'NAME_TAKEN',
  'STALE_TERM',
  'COMPACTED',
])

/** One call, from its first attempt to its last. */
interface Call {
  readonly route: Route
  readonly target: Target
  readonly method: string
  readonly params: readonly Json[]
  readonly meta: CallMeta | undefined
  readonly deadline: Ms
  /** Whether it can run as often as it likes. Learnt before the first attempt, unless it is known. */
  isHarmless: boolean
  /** The identity of a command. */
  ticket: Ticket | undefined
  /** Whether its first session was found to be over. */
  isRenewed: boolean
  isOver: boolean
  /** The last attempt that may have run. */
  unknown: RollcallError | undefined
}

/** Where an attempt goes, once everything is there that it needs. */
interface Prepared {
  readonly uri: Uri
  readonly connection: Connection
}

type Attempt =
  | { readonly result: Json }
  | { readonly error: RollcallError; readonly isSent: boolean; readonly next: 'never' | 'later' | 'now' }

export class Caller {
  readonly #options: CallerOptions
  readonly #connections = new Map<string, Connection>()
  readonly #descriptions = new Descriptions()
  readonly #sessions: SessionKeeper
  /** By cluster: what was last called there, and over which connection. */
  readonly #lastUse = new Map<string, { readonly target: Target; readonly connection: Connection }>()
  #isClosed = false

  constructor(options: CallerOptions) {
    this.#options = options
    this.#sessions = new SessionKeeper({
      clock: options.clock,
      keepAlive: (cluster, session) => this.#ofSession(cluster, 'keepAlive', session),
      close: (cluster, session) => this.#closeSession(cluster, session),
    })
  }

  /**
   * Rejects with the last error when the time is over, and with OUTCOME_UNKNOWN when any attempt may have run and none
   * brought the method's own answer. An error that another attempt would meet again is thrown at once.
   */
  async call(
    target: Target,
    method: string,
    params: readonly Json[],
    options: CallerCallOptions = {},
  ): Promise<Json> {
    const call = this.#begin(target, method, params, options)
    try {
      return await this.#repeat(call, options.onWaiting)
    } finally {
      call.isOver = true
      call.ticket?.done()
    }
  }

  /** Closes all sessions, which is not waited for, and all connections. Calls under way are rejected. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#sessions.close()
    const told = new Set([...this.#lastUse.values()].map(({ connection }) => connection))
    for (const connection of this.#connections.values())
      connection.close(told.has(connection) ? 'flushed' : 'now')
    this.#connections.clear()
  }

  #begin(target: Target, method: string, params: readonly Json[], options: CallerCallOptions): Call {
    return {
      route: new Route(target, this.#options),
      target,
      method,
      params,
      meta: options.meta,
      deadline: ms(this.#options.clock.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS)),
      isHarmless: false,
      ticket: undefined,
      isRenewed: false,
      isOver: false,
      unknown: undefined,
    }
  }

  /** Calls the object `session` of a cluster as often as it takes. */
  async #ofSession(cluster: string, method: string, session: string): Promise<void> {
    const target = this.#lastUse.get(cluster)?.target
    if (target === undefined) return
    const call = this.#begin(target, method, [session], {})
    const route = new Route(target, this.#options, SESSION_OBJECT)
    await this.#repeat({ ...call, route, isHarmless: true }, undefined)
  }

  /** Over the connection that was used last, if there still is one: the session ends by itself too. */
  #closeSession(cluster: string, session: string): void {
    this.#lastUse.get(cluster)?.connection.notify(`${SESSION_OBJECT}.close`, [session])
  }

  async #repeat(call: Call, onWaiting: CallerCallOptions['onWaiting']): Promise<Json> {
    const { clock, random } = this.#options
    const backoff = new Backoff(random, PAUSE_FIRST_MS, PAUSE_MAX_MS)
    for (;;) {
      const attempt = await this.#attempt(call)
      if ('result' in attempt) return attempt.result
      const { error, isSent, next } = attempt
      const isHinted = call.route.failed(error)
      const pause = next === 'now' || isHinted ? 0 : backoff.next()
      if (next === 'never' || this.#isClosed || clock.now() + pause >= call.deadline)
        throw verdict(call, error, isSent)
      if (error.outcome === 'unknown' && isSent) call.unknown = error
      if (pause === 0) continue
      onWaiting?.(error.message)
      await this.#sleep(ms(pause))
    }
  }

  async #attempt(call: Call): Promise<Attempt> {
    let prepared: Prepared
    try {
      prepared = await this.#inTime(this.#prepare(call), call.deadline)
    } catch (thrown) {
      const error = errorOf(thrown)
      // A name that could not be resolved may be registered in a moment.
      const isPassing = PASSING.has(error.label) || error.label === 'NAME_NOT_FOUND'
      return { error, isSent: false, next: isPassing ? 'later' : 'never' }
    }
    try {
      return { result: await this.#send(call, prepared) }
    } catch (thrown) {
      const error = errorOf(thrown)
      return { error, isSent: true, next: this.#next(call, error) }
    }
  }

  /** What may follow an attempt that was sent and failed. */
  #next(call: Call, error: RollcallError): 'never' | 'later' | 'now' {
    if (error instanceof SessionExpiredError && call.ticket !== undefined)
      return this.#renew(call, call.ticket)
    if (PASSING.has(error.label)) return 'later'
    const hasIdentity = call.ticket !== undefined || call.meta?.session !== undefined
    if (hasIdentity) return error.label === 'OUTCOME_UNKNOWN' ? 'later' : 'never'
    return call.isHarmless && error.outcome === 'unknown' ? 'later' : 'never'
  }

  /** The session is over. If no attempt can have run in it, the command may go into another one. */
  #renew(call: Call, ticket: Ticket): 'never' | 'later' | 'now' {
    this.#sessions.expired(ticket)
    if (call.unknown !== undefined) return 'never'
    const isFirst = !call.isRenewed
    call.isRenewed = true
    call.ticket = undefined
    return isFirst ? 'now' : 'later'
  }

  /** Finds where the call goes, and gives a command its identity. Nothing of the call has been sent when this rejects. */
  async #prepare(call: Call): Promise<Prepared> {
    const uri = await call.route.next()
    const { objectId } = parseUri(uri)
    const connection = this.#connectionTo(uri)
    if (call.isHarmless || BUILT_IN.has(objectId)) return { uri, connection }
    const { kinds, cluster } = await this.#descriptions.of(objectId, call.method, connection)
    const kind = kinds.get(call.method)
    call.isHarmless = kind === 'query'
    if (kind === 'command' && call.meta?.session === undefined)
      await this.#identify(call, cluster, connection)
    return { uri, connection }
  }

  async #identify(call: Call, cluster: string | null | undefined, connection: Connection): Promise<void> {
    if (cluster === null) throw new NotLeaderError({ leader: null, term: 0, members: [] })
    if (call.ticket?.cluster === cluster) return
    // The name has moved to another cluster: there, the attempts before could not be told from this one.
    if (call.unknown !== undefined) throw call.unknown
    call.ticket?.done()
    call.ticket = undefined
    if (cluster === undefined) return
    this.#lastUse.set(cluster, { target: call.target, connection })
    const ticket = await this.#sessions.ticket(cluster, () => openSession(connection))
    if (call.isOver) ticket.done()
    else call.ticket = ticket
  }

  #send(call: Call, { uri, connection }: Prepared): Promise<Json> {
    const { ticket, meta, params, deadline } = call
    if (ticket !== undefined) this.#lastUse.set(ticket.cluster, { target: call.target, connection })
    const timeoutMs = Math.max(0, deadline - this.#options.clock.now())
    return connection.call(`${parseUri(uri).objectId}.${call.method}`, params, {
      timeoutMs,
      ...(meta === undefined && ticket === undefined
        ? {}
        : { meta: { ...meta, timeoutMs: meta?.timeoutMs ?? timeoutMs, ...identityOf(ticket) } }),
    })
  }

  #connectionTo(uri: Uri): Connection {
    if (this.#isClosed) throw new UnreachableError('this caller is closed')
    const { address } = parseUri(uri)
    const key = formatAddress(address)
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const { transport, clock, random, logger } = this.#options
    const connection = new Connection({ address, transport, clock, random, logger })
    this.#connections.set(key, connection)
    return connection
  }

  /** What takes too long to find out is not waited for. */
  #inTime<T>(promise: Promise<T>, deadline: Ms): Promise<T> {
    const { clock } = this.#options
    return new Promise((resolve, reject) => {
      const rest = ms(Math.max(0, deadline - clock.now()))
      const late = (): void =>
        reject(new UnreachableError('time is over before it was known where the object is'))
      const timer = clock.after(rest, late)
      promise.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  #sleep(pause: Ms): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(pause, resolve))
  }
}

async function openSession(connection: Connection): Promise<Json> {
  try {
    return await connection.call(`${SESSION_OBJECT}.open`, [])
  } catch (thrown) {
    const error = errorOf(thrown)
    if (error.outcome === 'not-executed') throw error
    const sentence = `no session could be opened, so the command was not sent: ${error.message}`
    throw new UnreachableError(sentence, { cause: error })
  }
}

function identityOf(ticket: Ticket | undefined): CallMeta {
  if (ticket === undefined) return {}
  const { session, seq, firstOutstanding } = ticket
  return { session, seq, firstOutstanding }
}

function errorOf(thrown: unknown): RollcallError {
  return thrown instanceof RollcallError ? thrown : new UnreachableError(toWire(thrown).message)
}

/** Codes speak of one attempt; this is what they come to for the call. */
function verdict({ unknown }: Call, error: RollcallError, isSent: boolean): RollcallError {
  if (unknown === undefined || error.outcome === 'unknown') return error
  if (isSent && ANSWERS.has(error.label)) return error
  const sentence = `an attempt may have run (${unknown.message}); the last said: ${error.message}`
  return new OutcomeUnknownError(sentence, { cause: error })
}
