/**
 * Calls with all their attempts. Finds where an object is, follows the leader, and sends a call again only when that
 * can't make it run twice: after an error that says the attempt was not executed, when the method only reads, or when it
 * is a command, which has an identity (session and number) that all its attempts share.
 */
import { isObject } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock, Logger, Random, Transport } from '../../ports.js'
import type { Member } from './at-one-place.js'
import { Call, CALL_TIMEOUT_MS, type CallerCallOptions } from './call.js'
import { CallAttempts } from './call-attempts.js'
import { showCallersLine } from './callers-line.js'
import type { ConnectionOptions } from '../channels/connection.js'
import { CommandSessions } from './command-sessions.js'
import { CommonRoute } from './common-route.js'
import { Descriptions, type Description } from './descriptions.js'
import { begun, DirectCalls, sent } from './direct-calls.js'
import { nothingExposed } from '../handing/exports.js'
import { followable, hasMethods, SENT_BEFORE } from '../handing/following.js'
import { HandedParams } from '../handing/handed-params.js'
import type { MethodSaid } from '../host.js'
import { Lookups, type Located } from './lookups.js'
import { writtenParams } from '../messages/request.js'
import { metOutside } from '../met-outside.js'
import { closed } from './not-sent.js'
import { Patience } from './patience.js'
import { Preparation } from './preparation.js'
import { RetryLoop } from './retry-loop.js'
import { Route, type Places } from './route.js'
import { callNameOf, type Target } from './target.js'
import { Together } from './together.js'
import type { Travellers } from '../travellers.js'
import { untilAborted } from './until-aborted.js'
import { objectIdOf, type Uri } from '../uri.js'
import { Ways } from './ways.js'

export type { CallerCallOptions } from './call.js'
export type { Located } from './lookups.js'
export type { Target } from './target.js'

export interface CallerOptions
  extends Places, Pick<ConnectionOptions, 'exposedOf' | 'referred' | 'saidWith'> {
  /** Who has been asked where things are, and has not answered yet: addresses. Left out: nobody knows. */
  readonly unanswered?: () => readonly string[]
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** As in ConnectionOptions, for all connections. */
  readonly heartbeatMs?: number
}

export class Caller {
  readonly #options: CallerOptions
  readonly #ways: Ways
  readonly #descriptions = new Descriptions()
  readonly #sessions: CommandSessions
  readonly #direct: DirectCalls
  readonly #attempts: CallAttempts
  readonly #loop: RetryLoop<Call, unknown>
  readonly #lookups: Lookups
  readonly #together: Together
  /** By the call that is being made now, before it returns. Undefined: it was sent at once. */
  #lastBegun: Call | undefined

  constructor(options: CallerOptions) {
    this.#options = options
    const { clock } = options
    const descriptions = this.#descriptions
    const ways = new Ways({ ...options, begun: (connection) => descriptions.forget(connection) })
    this.#ways = ways
    const run = (call: Call): Promise<unknown> => this.#loop.run(call)
    const sessions = new CommandSessions({ clock, places: options, run })
    this.#sessions = sessions
    this.#direct = new DirectCalls({ clock, ways, descriptions, sessions })
    const preparation = new Preparation({ ways, descriptions, sessions })
    const patience = new Patience(options)
    this.#attempts = new CallAttempts({ clock, descriptions, sessions, preparation, patience })
    this.#loop = new RetryLoop(options, this.#attempts)
    this.#lookups = new Lookups(options, this.#attempts, preparation, descriptions)
    this.#together = new Together(options, this.#attempts)
  }

  /**
   * Rejects with the last error when the time is over, and with OUTCOME_UNKNOWN when any attempt may have run and none
   * brought the method's own answer. An error that another attempt would meet again is thrown at once. What is given is
   * read now: it may be changed as soon as this has returned.
   */
  async call(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions = {},
  ): Promise<unknown> {
    let call: Call | undefined
    try {
      const place = this.#knownPlaceOf(target)
      const isKnown = place !== undefined && !this.#attempts.isClosed
      const direct = isKnown ? this.#direct.at(place, target, method, params, options) : undefined
      if (direct === undefined) {
        const route = new Route(target, this.#options, undefined, place)
        call = this.#begin(target, method, params, options, route)
        this.#lastBegun = call
        return await this.#run(call)
      }
      try {
        const result = await sent(direct)
        const { objectId, connection } = direct.destination
        if (isObject(result) && hasMethods(result))
          this.#descriptions.brought(objectId, method, connection, 'object')
        direct.ticket?.done()
        return result
      } catch (thrown) {
        call = begun(direct, this.#options)
        const first = this.#attempts.failedThere(call, direct.destination, thrown)
        return await this.#loop.run(call, call.onWaiting, first)
      }
    } catch (error) {
      showCallersLine(error)
      metOutside(error)
      throw error
    } finally {
      call?.end()
    }
  }

  /** As {@link call}; methods of the result can be called before it has come. */
  followed(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
  ): Promise<unknown> {
    this.#forgetBegun()
    const outcome = this.call(target, method, params, options)
    return followable(outcome, this.#lastBegun ?? SENT_BEFORE)
  }

  #forgetBegun(): void {
    this.#lastBegun = undefined
  }

  /** A call that is made later, with others: what is given is read now. @throws as {@link call} rejects */
  prepare(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
    route: CommonRoute,
  ): Call {
    return this.#begin(target, method, params, options, route)
  }

  /** For calls of that target that are made together. */
  commonRoute(target: Target): CommonRoute {
    return new CommonRoute(target, this.#options)
  }

  /**
   * Calls that were prepared, with their common routes. Those that go to one place go in one message, and run there in this
   * order. `isOneway`: nobody hears what becomes of them once they are sent.
   */
  together(members: readonly Member[], isOneway = false): Promise<void> {
    return this.#together.make(members, isOneway)
  }

  /** What the target's process says of the object. Rejects as a call does; without methods, it can't describe its objects. */
  async describe(target: Target, options: CallerCallOptions = {}): Promise<Description> {
    const call = this.#begin(target, 'describe', [], { ...options, isHarmless: true })
    try {
      return await whileWanted(call, () => this.#lookups.describe(call))
    } catch (error) {
      metOutside(error)
      throw error
    }
  }

  /**
   * Which object the target is where it is, and what its process says of it, so that it tells of `method` if there is one.
   * Rejects as a call does.
   */
  async locate(target: Target, method: string, options: CallerCallOptions): Promise<Located> {
    const call = this.#begin(target, method, [], { ...options, isHarmless: true })
    return await whileWanted(call, () => this.#lookups.locate(call))
  }

  /** As {@link call}, of another object that is where the target is, if that belongs to the cluster of that id. */
  async callBeside(
    target: Target,
    objectId: string,
    cluster: string,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
  ): Promise<unknown> {
    const route = new Route(target, this.#options, objectIdOf(objectId))
    const call = this.#begin(target, method, params, options, route, cluster)
    try {
      return await this.#run(call)
    } finally {
      call.end()
    }
  }

  /** The methods of the target's object as its process last listed them; undefined while nobody has asked. */
  methodsOf(target: Target): ReadonlyMap<string, MethodSaid> | undefined {
    return this.#descriptions.last(target)?.methods
  }

  /** Closes all sessions, which is not waited for, and all connections. Calls under way are rejected. */
  close(): void {
    if (this.#attempts.isClosed) return
    this.#attempts.close()
    this.#loop.hurry()
    this.#lookups.hurry()
    this.#together.hurry()
    this.#ways.close(this.#sessions.close())
  }

  #run(call: Call): Promise<unknown> {
    return whileWanted(call, () => this.#loop.run(call, call.onWaiting))
  }

  /** Where the target is, where nobody need be asked. */
  #knownPlaceOf(target: Target): Uri | undefined {
    if ('uri' in target) return target.uri
    return 'name' in target ? this.#options.known?.(target.name) : undefined
  }

  #begin(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
    route = new Route(target, this.#options),
    cluster?: string,
  ): Call {
    const { timeoutMs = CALL_TIMEOUT_MS, attemptMs, meta, isHarmless = false } = options
    const { onWaiting, onAnswerMeta } = options
    if (this.#attempts.isClosed) throw closed({ target, method })
    const name = callNameOf({ target, method })
    const handed = new HandedParams(this.#options.exposedOf ?? nothingExposed)
    const written = writtenParams(name, params, handed)
    const late = handed.isEmpty
      ? undefined
      : (parcel: Travellers) => handed.filled(written.json, name, parcel)
    const deadline = ms(this.#options.clock.now() + timeoutMs)
    const own = meta && { ...meta }
    const parts = { target, route, method, params: written, late, meta: own, deadline }
    const { signal } = options
    return new Call({ ...parts, cluster, attemptMs, isHarmless, onWaiting, onAnswerMeta, signal })
  }
}

/** Until whoever made it gives it up. */
function whileWanted<T>(call: Call, run: () => Promise<T>): Promise<T> {
  return call.signal === undefined ? run() : untilAborted(call.signal, callNameOf(call), call, run)
}
