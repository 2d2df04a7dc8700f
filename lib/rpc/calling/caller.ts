/**
 * Calls with all their attempts. Finds where an object is, follows the leader, and sends a call again only when that
 * can't make it run twice: after an error that says the attempt was not executed, when the method only reads, or when
 * it is a command, which has an identity (session and number) that all its attempts share.
 */
import { isObject } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock, Logger, Random, Transport } from '../../ports.js'
import type { Member } from './at-one-place.js'
import { Call, CALL_TIMEOUT_MS, type CallerCallOptions } from './call.js'
import { CallAttempts } from './call-attempts.js'
import { showCallersLine } from './callers-line.js'
import type { ConnectionOptions } from '../channels/connection-options.js'
import { CommandSessions } from './command-sessions.js'
import { CommonRoute } from './common-route.js'
import { Descriptions, type Description } from './descriptions.js'
import { callOf, DirectCalls, send, type DirectCall } from './direct-calls.js'
import { nothingExposed } from '../handing/exports.js'
import { followable, hasMethods } from '../handing/following.js'
import { isPointedAt, UnsentParcel } from '../handing/unsent-parcel.js'
import type { MethodSaid } from '../exposed.js'
import { Lookups, type Located } from './lookups.js'
import { writtenParams } from '../messages/request.js'
import { metOutside } from '../met-outside.js'
import { closed } from './not-sent.js'
import { Patience } from './patience.js'
import { Preparation } from './preparation.js'
import { RetryLoop, type Failure } from './retry-loop.js'
import { Route, type Places } from './route.js'
import { callNameOf, type Target } from './target.js'
import { CallsByPlace } from './calls-by-place.js'
import type { Pointers } from '../../values/tags.js'
import { untilAborted } from './until-aborted.js'
import { objectIdOf, type Uri } from '../uri.js'
import { Ways } from './ways.js'

export type { CallerCallOptions } from './call.js'
export type { Located } from './lookups.js'
export type { Target } from './target.js'

export interface CallerOptions
  extends Places, Pick<ConnectionOptions, 'exposedOf' | 'referred' | 'saidWith' | 'ownToken' | 'isReplaced'> {
  /** Who has been asked where things are, and has not answered yet: addresses. Left out: nobody knows. */
  readonly unanswered?: () => readonly string[]
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** As in ConnectionOptions, for all connections. */
  readonly heartbeatMs?: number
}

/** A call that could not be begun. */
interface Refused {
  readonly refusal: unknown
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
  readonly #byPlace: CallsByPlace

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
    this.#byPlace = new CallsByPlace(options, this.#attempts)
  }

  /**
   * Rejects with the last error when the time is over, and with OUTCOME_UNKNOWN when any attempt may have run and none
   * brought the method's own answer. An error that another attempt would meet again is thrown at once. What is given is
   * read now: it may be changed as soon as this has returned.
   */
  call(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions = {},
  ): Promise<unknown> {
    return this.#outcome(this.#begin(target, method, params, options))
  }

  /** As {@link call}; methods of the result can be called before it has come. */
  followed(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
  ): Promise<unknown> {
    const begun = this.#begin(target, method, params, options)
    return followable(this.#outcome(begun), begun instanceof Call ? begun : undefined)
  }

  /** Where nothing need be found out, it can be sent in this turn. */
  #begin(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
  ): Call | DirectCall | Refused {
    try {
      const place = this.#knownPlaceOf(target)
      const isKnown = place !== undefined && !this.#attempts.isClosed
      const direct = isKnown ? this.#direct.at(place, target, method, params, options) : undefined
      if (direct !== undefined) return direct
      const route = new Route(target, this.#options, undefined, place)
      return this.prepare(target, method, params, options, route)
    } catch (refusal) {
      return { refusal }
    }
  }

  #outcome(begun: Call | DirectCall | Refused): Promise<unknown> {
    if (begun instanceof Call) return this.#ended(begun)
    if ('refusal' in begun) return refused(begun)
    return new Promise((resolve, reject) => {
      const received = (result: unknown): void => resolve(this.#received(begun, result))
      const failed = (thrown: unknown): void => void this.#again(begun, thrown).then(resolve, reject)
      try {
        send(begun, { resolve: received, resolveValue: received, reject: failed })
      } catch (thrown) {
        failed(thrown)
      }
    })
  }

  /** What follows the first attempt of a call that was sent at once. */
  async #again(begun: DirectCall, thrown: unknown): Promise<unknown> {
    // The engine learns meanwhile who waits for it.
    await Promise.resolve()
    const call = callOf(begun, this.#options)
    return await this.#ended(call, this.#attempts.failedThere(call, begun.destination, thrown))
  }

  async #ended(call: Call, first?: Failure): Promise<unknown> {
    try {
      return await this.#run(call, first)
    } catch (error) {
      showCallersLine(error)
      throw metOutside(error)
    } finally {
      call.end()
    }
  }

  #run(call: Call, first?: Failure): Promise<unknown> {
    return whileWanted(call, () => this.#loop.run(call, call.onWaiting, first))
  }

  #received({ destination, method, ticket }: DirectCall, result: unknown): unknown {
    const { objectId, connection } = destination
    if (isObject(result) && hasMethods(result))
      this.#descriptions.brought(objectId, method, connection, 'object')
    ticket?.done()
    return result
  }

  /**
   * A call that is not sent yet: what is given is read now. It may be made later, with others that share its route.
   * @throws as {@link call} rejects
   */
  prepare(
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallerCallOptions,
    route = new Route(target, this.#options),
    cluster?: string,
  ): Call {
    const { timeoutMs = CALL_TIMEOUT_MS, isHarmless = false, meta } = options
    if (this.#attempts.isClosed) throw closed({ target, method })
    const name = callNameOf({ target, method })
    const unsent = new UnsentParcel(this.#options.exposedOf ?? nothingExposed)
    const written = writtenParams(name, params, unsent)
    const late = unsent.isEmpty ? undefined : (parcel: Pointers) => unsent.filled(written.json, name, parcel)
    const withoutTags = unsent.isEmpty ? written.withoutTags : unsent.asReferences(written.json)
    const deadline = ms(this.#options.clock.now() + timeoutMs)
    const own = meta && { ...meta }
    const parts = {
      target,
      route,
      method,
      params: { ...written, withoutTags },
      late,
      meta: own,
      deadline,
      cluster,
      isHarmless,
    }
    return new Call({ ...options, ...parts })
  }

  /** Whether an argument goes as what it is, and not as what it holds. */
  isPointedAt(value: object): boolean {
    return isPointedAt(value, this.#options.exposedOf ?? nothingExposed)
  }

  /** For calls of that target that are made together. */
  commonRoute(target: Target): CommonRoute {
    return new CommonRoute(target, this.#options)
  }

  /**
   * Calls that were prepared, with their common routes. Those that go to one place go in one message, and run there in
   * this order. `isOneway`: nobody hears what becomes of them once they are sent.
   */
  together(members: readonly Member[], isOneway = false): Promise<void> {
    return this.#byPlace.make(members, isOneway)
  }

  /**
   * What the target's process says of the object. Rejects as a call does; without methods,
   * it can't describe its objects.
   */
  async describe(target: Target, options: CallerCallOptions = {}): Promise<Description> {
    const call = this.prepare(target, 'describe', [], { ...options, isHarmless: true })
    try {
      return await whileWanted(call, () => this.#lookups.describe(call))
    } catch (error) {
      throw metOutside(error)
    }
  }

  /**
   * Which object the target is where it is, and what its process says of it, so that it
   * tells of `method` if there is one. Rejects as a call does.
   */
  async locate(target: Target, method: string, options: CallerCallOptions): Promise<Located> {
    const call = this.prepare(target, method, [], { ...options, isHarmless: true })
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
    const call = this.prepare(target, method, params, options, route, cluster)
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
    this.#byPlace.hurry()
    this.#ways.close(this.#sessions.close())
  }

  /** Where the target is, where nobody need be asked. */
  #knownPlaceOf(target: Target): Uri | undefined {
    if ('uri' in target) return target.uri
    return 'name' in target ? this.#options.known?.(target.name) : undefined
  }
}

async function refused({ refusal }: Refused): Promise<never> {
  showCallersLine(refusal)
  throw metOutside(refusal)
}

/** Until whoever made it gives it up. */
function whileWanted<T>(call: Call, run: () => Promise<T>): Promise<T> {
  return call.signal === undefined ? run() : untilAborted(call.signal, callNameOf(call), call, run)
}
