/**
 * Calls of which nothing need be found out before they are sent: it is known where the object is and what its method
 * does, the connection is open, a command's session too, and the params are JSON. Nearly all are such. Their first
 * attempt goes out in the turn in which they are made; what follows when it fails is no different from other calls.
 */
import { ms } from '../../ports.js'
import type { Clock, Ms } from '../../ports.js'
import { Call, CALL_TIMEOUT_MS, metaOf, type CallerCallOptions } from './call.js'
import type { CommandSessions } from './command-sessions.js'
import type { Answered } from '../channels/abortable.js'
import type { Connection } from '../channels/connection.js'
import type { Description, Descriptions } from './descriptions.js'
import type { MethodKind } from '../exposed.js'
import { plainText, type ParamsText } from '../messages/request.js'
import { Route, type Places } from './route.js'
import type { Ticket } from './session-keeper.js'
import type { Target } from './target.js'
import type { Uri } from '../uri.js'
import type { Destination, Ways } from './ways.js'

export interface DirectCallsOptions {
  readonly clock: Clock
  readonly ways: Ways
  readonly descriptions: Descriptions
  readonly sessions: CommandSessions
}

/** What is known of a call before it is sent, as it was given. */
export interface DirectCall extends Omit<CallerCallOptions, 'signal' | 'onProgress'> {
  readonly isHarmless: boolean
  readonly target: Target
  readonly place: Uri
  readonly destination: Destination
  readonly method: string
  readonly text: ParamsText
  readonly kind: MethodKind
  readonly ticket: Ticket | undefined
  readonly isOneway: boolean
  /** For all attempts together. */
  readonly deadline: Ms
  readonly timeoutMs: number
}

export class DirectCalls {
  readonly #options: DirectCallsOptions

  constructor(options: DirectCallsOptions) {
    this.#options = options
  }

  /** Undefined: something must be found out first, somebody may give the call up or hear of it, or its time is over. */
  at(
    place: Uri,
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
  ): DirectCall | undefined {
    const { ways, descriptions, clock } = this.#options
    const destination = ways.to(place, target)
    const { objectId, connection } = destination
    const isHeard = options.signal !== undefined || options.onProgress !== undefined
    if (connection.state !== 'open' || isHeard || options.timeoutMs === 0) return undefined
    const said = descriptions.known(objectId, method, connection)
    const how = said?.methods.get(method)
    const kind = how?.kind
    const isOneway = how?.form === 'oneway'
    // Of an object that it may bring methods may be called in this turn, which is to be known before it is sent.
    if (kind === 'plain' && how?.brings !== 'value' && !isOneway) return undefined
    const text = kind === undefined ? undefined : plainText(params)
    if (said === undefined || kind === undefined || text === undefined) return undefined
    const ticket = kind === 'command' ? this.#ticket(said, target, connection, options) : undefined
    if (ticket === null) return undefined
    const { timeoutMs = CALL_TIMEOUT_MS, attemptMs, isHarmless = false, onWaiting, onAnswerMeta } = options
    const deadline = ms(clock.now() + timeoutMs)
    const meta = options.meta && { ...options.meta }
    return {
      target,
      place,
      destination,
      method,
      text,
      kind,
      ticket,
      deadline,
      timeoutMs,
      attemptMs,
      meta,
      isHarmless,
      onWaiting,
      onAnswerMeta,
      isOneway,
    }
  }

  /** Undefined: it goes without one. Null: its session must be opened first, or waited for. */
  #ticket(
    { cluster }: Description,
    target: Target,
    connection: Connection,
    { meta }: CallerCallOptions,
  ): Ticket | undefined | null {
    if (cluster === undefined || cluster === null || meta?.session !== undefined) return undefined
    return this.#options.sessions.ready(cluster, target, connection) ?? null
  }
}

/** Sends it, and tells its outcome as a connection does. */
export function send(call: DirectCall, answer: Answered): void {
  const { destination, method, text, ticket, deadline, meta, onAnswerMeta, isOneway } = call
  const { timeoutMs, attemptMs = timeoutMs } = call
  const until = attemptMs < timeoutMs ? ms(deadline - timeoutMs + attemptMs) : deadline
  const said = metaOf(meta, ticket, Math.min(timeoutMs, attemptMs))
  const options = { deadline: until, meta: said, onAnswerMeta, isOneway }
  destination.connection.begin(`${destination.objectId}.${method}`, text, options, answer)
}

/** The same as a call like any other, whose first attempt was made. */
export function callOf(direct: DirectCall, places: Places): Call {
  const { target, place, destination, text, kind, ticket } = direct
  const route = new Route(target, places)
  route.began(place, destination.objectId)
  const params = { text, whyTagged: undefined }
  const call = new Call({ ...direct, route, params })
  call.isQuery = kind === 'query'
  call.isCommand = kind === 'command'
  call.isOneway = direct.isOneway
  if (ticket !== undefined) call.take(ticket)
  return call
}
