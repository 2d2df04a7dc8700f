/**
 * The one retry loop. It finds where an object is, follows the leader, and sends a call again only when that can't make
 * it run twice: after an error that says the attempt was not executed, or when the method only reads.
 */
import type { Json } from '../json.js'
import { ms } from '../ports.js'
import type { Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { Backoff } from './backoff.js'
import { Connection } from './connection.js'
import { NotLeaderError, OutcomeUnknownError, RollcallError, toWire, UnreachableError } from './errors.js'
import type { CallMeta } from './host.js'
import { MethodKinds } from './method-kinds.js'
import { formatAddress, formatUri, parseUri } from './uri.js'
import type { ObjectId, Uri } from './uri.js'

export type Target = { readonly uri: Uri } | { readonly name: string }

export interface CallerOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Where the name's object is now. May reject; it is asked again. */
  readonly resolve: (name: string) => Promise<Uri>
  /** The URI that `resolve` gave for the name is of no use any more. */
  readonly forget: (name: string, uri: Uri) => void
}

export interface CallerCallOptions {
  /** For all attempts together. Default 10,000 ms. */
  readonly timeoutMs?: number
  readonly meta?: CallMeta
  /** Told before each pause, with the reason as one sentence. */
  readonly onWaiting?: (why: string) => void
}

const CALL_TIMEOUT_MS = 10_000
const PAUSE_FIRST_MS = 20
const PAUSE_MAX_MS = 250

/** Labels of errors that another attempt may not meet. Other errors without execution would come again. */
const PASSING: ReadonlySet<string> = new Set(['NOT_LEADER', 'UNREACHABLE', 'NO_QUORUM', 'OVERLOADED'])

export class Caller {
  readonly #options: CallerOptions
  readonly #connections = new Map<string, Connection>()
  readonly #kinds = new MethodKinds()
  #isClosed = false

  constructor(options: CallerOptions) {
    this.#options = options
  }

  /**
   * Rejects with the last error when the time is over, and with OUTCOME_UNKNOWN when any attempt may have run. An
   * error that another attempt would meet again is thrown at once.
   */
  async call(
    target: Target,
    method: string,
    params: readonly Json[],
    options: CallerCallOptions = {},
  ): Promise<Json> {
    const { clock, random } = this.#options
    const deadline = ms(clock.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS))
    const backoff = new Backoff(random, PAUSE_FIRST_MS, PAUSE_MAX_MS)
    const route = new Route(target, this.#options)
    let unknown: RollcallError | undefined
    for (;;) {
      const attempt = await this.#attempt(route, method, params, options.meta, deadline)
      if ('result' in attempt) return attempt.result
      const { error, isSafe } = attempt
      if (error.outcome === 'unknown') unknown = error
      if (!isSafe || this.#isClosed) throw error
      const isHinted = route.failed(error)
      const pause = isHinted ? 0 : backoff.next()
      if (clock.now() + pause >= deadline)
        throw unknown === undefined ? error : unknownOutcome(error, unknown)
      if (isHinted) continue
      options.onWaiting?.(error.message)
      await this.#sleep(ms(pause))
    }
  }

  /** Closes all connections. Calls under way are rejected. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  async #attempt(
    route: Route,
    method: string,
    params: readonly Json[],
    meta: CallMeta | undefined,
    deadline: Ms,
  ): Promise<{ result: Json } | { error: RollcallError; isSafe: boolean }> {
    let isSent = false
    try {
      const uri = await this.#inTime(route.next(), deadline)
      const { objectId } = parseUri(uri)
      const connection = this.#connectionTo(uri)
      this.#kinds.learn(objectId, connection)
      isSent = true
      const timeoutMs = Math.max(0, deadline - this.#options.clock.now())
      const result = await connection.call(`${objectId}.${method}`, params, {
        timeoutMs,
        ...(meta === undefined ? {} : { meta: { ...meta, timeoutMs: meta.timeoutMs ?? timeoutMs } }),
      })
      return { result }
    } catch (thrown) {
      const error = thrown instanceof RollcallError ? thrown : new UnreachableError(toWire(thrown).message)
      // A name that could not be resolved may be registered in a moment; nothing has been sent.
      const isSafe =
        !isSent || PASSING.has(error.label) || (await this.#isHarmless(route.objectId, method, error))
      return { error, isSafe }
    }
  }

  async #isHarmless(objectId: ObjectId | undefined, method: string, error: RollcallError): Promise<boolean> {
    if (error.outcome !== 'unknown' || objectId === undefined) return false
    return (await this.#kinds.of(objectId, method)) === 'query'
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

  /** A resolver that takes too long is not waited for. */
  #inTime(uri: Promise<Uri>, deadline: Ms): Promise<Uri> {
    const { clock } = this.#options
    return new Promise((resolve, reject) => {
      const rest = ms(Math.max(0, deadline - clock.now()))
      const late = (): void =>
        reject(new UnreachableError('time is over before it was known where the object is'))
      const timer = clock.after(rest, late)
      uri.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  #sleep(pause: Ms): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(pause, resolve))
  }
}

/** Where the next attempt of one call goes: a leader that was named, else the members in turn, else the target. */
class Route {
  objectId: ObjectId | undefined
  readonly #target: Target
  readonly #options: CallerOptions
  #current: Uri | undefined
  #isResolved = false
  #hint: Uri | undefined
  readonly #candidates: Uri[] = []

  constructor(target: Target, options: CallerOptions) {
    this.#target = target
    this.#options = options
  }

  async next(): Promise<Uri> {
    const member = this.#hint ?? this.#candidates.shift()
    this.#hint = undefined
    this.#isResolved = member === undefined
    this.#current = member ?? (await this.#resolve())
    this.objectId ??= parseUri(this.#current).objectId
    return this.#current
  }

  /** Takes what the error says about where to go. Whether the next attempt can be made at once. */
  failed(error: RollcallError): boolean {
    const failed = this.#current
    // One that has not answered may be a process that is stopped: it may never answer.
    const isUseless = PASSING.has(error.label) || error.outcome === 'unknown'
    if (failed !== undefined && this.#isResolved && 'name' in this.#target && isUseless) {
      this.#options.forget(this.#target.name, failed)
    }
    this.#current = undefined
    if (!(error instanceof NotLeaderError) || this.objectId === undefined) return false
    const { leader, members } = error.hint
    const here = failed === undefined ? undefined : formatAddress(parseUri(failed).address)
    const named = leader === null ? undefined : this.#at(leader)
    if (this.#candidates.length === 0) {
      this.#candidates.push(...members.map((member) => this.#at(member)).filter((uri) => uri !== failed))
    }
    // A member that names itself as the leader and yet does not lead is about to learn better: a pause, then.
    if (named === undefined || formatAddress(parseUri(named).address) === here) return false
    this.#hint = named
    return true
  }

  #resolve(): Promise<Uri> {
    return 'uri' in this.#target
      ? Promise.resolve(this.#target.uri)
      : this.#options.resolve(this.#target.name)
  }

  /** This call's object at a member's address. */
  #at(member: Uri): Uri {
    return formatUri(this.objectId ?? parseUri(member).objectId, parseUri(member).address)
  }
}

function unknownOutcome(last: RollcallError, unknown: RollcallError): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `an attempt may have run (${unknown.message}); the last said: ${last.message}`,
    {
      cause: last,
    },
  )
}
