/**
 * Attempts at calls. Each finds out what it must, and sends the call; what it fails with is judged here: what it says
 * of the way to the object, and whether another attempt may follow.
 */
import { isObject } from '../../json.js'
import type { Clock } from '../../ports.js'
import type { Call } from './call.js'
import type { BatchToSend } from '../channels/gathering.js'
import type { CommandSessions } from './command-sessions.js'
import type { Descriptions } from './descriptions.js'
import { MethodNotFoundError, SessionExpiredError, type RollcallError } from '../errors.js'
import { hasMethods } from '../handing/following.js'
import { afterNotSent, closed, errorOf, late } from './not-sent.js'
import type { Patience } from './patience.js'
import type { Preparation } from './preparation.js'
import type { Attempt, Attempts, Failure, Next } from './retry-loop.js'
import type { Destination } from './ways.js'

export interface CallAttemptsOptions {
  readonly clock: Clock
  readonly descriptions: Descriptions
  readonly sessions: CommandSessions
  readonly preparation: Preparation
  readonly patience: Patience
}

export class CallAttempts implements Attempts<Call, unknown> {
  readonly #options: CallAttemptsOptions
  #isClosed = false

  constructor(options: CallAttemptsOptions) {
    this.#options = options
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What is not sent yet will not be, and no attempt follows one that fails. */
  close(): void {
    this.#isClosed = true
    this.#options.patience.close()
  }

  async attempt(call: Call, before: RollcallError | undefined): Promise<Attempt<unknown>> {
    const destination = await this.ready(call, before)
    if ('next' in destination) return destination
    try {
      const result = await this.send(call, destination)
      const { objectId, connection } = destination
      const isMethods = isObject(result) && hasMethods(result)
      this.#options.descriptions.brought(objectId, call.method, connection, isMethods ? 'object' : 'value')
      return { result }
    } catch (thrown) {
      return this.failedThere(call, destination, thrown)
    }
  }

  verdict(call: Call, { error }: Failure): RollcallError {
    return call.verdict(error)
  }

  /** Finds out where the call goes, or why it can't be sent. */
  async ready(call: Call, before: RollcallError | undefined): Promise<Destination | Failure> {
    const { clock, patience, preparation } = this.#options
    if (this.#isClosed) return this.failedBefore(call, closed(call))
    try {
      const destination = await patience.inTime(call, before, preparation.prepare(call))
      if (call.isAborted || clock.now() >= call.deadline) throw before ?? late(call)
      return destination
    } catch (thrown) {
      return this.failedBefore(call, thrown)
    }
  }

  send(call: Call, { objectId, connection }: Destination, batch?: BatchToSend): Promise<unknown> {
    const { ticket, method, params, late, target, onAnswerMeta, onProgress, signal } = call
    const { sessions, clock } = this.#options
    if (ticket !== undefined) sessions.used(ticket.cluster, target, connection)
    const timeoutMs = Math.min(call.attemptMs, Math.max(0, call.deadline - clock.now()))
    const meta = call.metaFor(timeoutMs)
    call.isUnderWay = true
    return connection.callForValue(`${objectId}.${method}`, late ?? params, {
      timeoutMs,
      ...(meta !== undefined && { meta }),
      ...(signal !== undefined && { signal }),
      ...(onAnswerMeta !== undefined && { onAnswerMeta }),
      ...(onProgress !== undefined && { onProgress }),
      ...(batch !== undefined && { batch }),
      // What it hands over is taken back where the other end refuses it, and in a batch others wait for it.
      isOneway: call.isOneway && late === undefined && batch === undefined,
      ...(call.followers > 0 && { onSent: (id, peer) => call.close({ id, peer }) }),
    })
  }

  /** Nothing of the attempt was sent. */
  failedBefore(call: Call, thrown: unknown): Failure {
    const error = errorOf(thrown)
    return this.#failed(call, error, false, afterNotSent(error))
  }

  /** It was sent there. */
  failedThere(call: Call, { connection }: Destination, thrown: unknown): Failure {
    const { sessions, descriptions } = this.#options
    const error = errorOf(thrown)
    const isExpired = error instanceof SessionExpiredError && call.ticket !== undefined
    if (isExpired) sessions.expired(call.ticket)
    if (error instanceof MethodNotFoundError) descriptions.forget(connection)
    return this.#failed(call, error, true, call.after(error))
  }

  #failed(call: Call, error: RollcallError, isSent: boolean, next: Next): Failure {
    call.isUnderWay = false
    call.failed(error, isSent)
    const isMissing = error instanceof MethodNotFoundError && !call.isUnlisted
    const isGone = isMissing && (isSent || error.cause !== undefined)
    const isHinted = call.route.failed(error, isGone)
    // Whatever it met, another attempt would have been made.
    if (this.#isClosed && !isSent) return { error: closed(call), next: 'never' }
    if (this.#isClosed || call.isAborted) return { error, next: 'never' }
    if (isGone) return { error, next: call.afterGone() }
    return { error, next: next === 'later' && isHinted ? 'now' : next }
  }
}
