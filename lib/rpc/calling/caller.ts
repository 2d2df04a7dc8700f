/**
 * Calls with all their attempts. Finds where an object is, follows the leader, and sends a call again only when that
 * can't make it run twice: after an error that says the attempt was not executed, when the method only reads, or when it
 * is a command, which has an identity (session and number) that all its attempts share.
 */
import { isObject, type Json } from '../../json.js'
import { ms } from '../../ports.js'
import type { Clock, Logger, Random, Timer, Transport } from '../../ports.js'
import { Call, type CallerCallOptions } from './call.js'
import type { Signal } from '../proxies/call-options.js'
import type { Connection, ConnectionOptions } from '../channels/connection.js'
import { CommonRoute } from './common-route.js'
import { Descriptions, type Description } from './descriptions.js'
import { begun, CALL_TIMEOUT_MS, DirectCalls, sent } from './direct-calls.js'
import {
  InvalidParamsError,
  MethodNotFoundError,
  NameNotFoundError,
  NotLeaderError,
  RollcallError,
  SessionExpiredError,
  UnreachableError,
} from '../errors.js'
import type { MethodSaid } from '../host.js'
import { afterInput } from '../deadlines.js'
import { showCallersLine } from './callers-line.js'
import { nothingExposed } from '../handing/exports.js'
import { followable, hasMethods, SENT_BEFORE } from '../handing/following.js'
import { HandedParams } from '../handing/handed-params.js'
import { metOutside } from '../met-outside.js'
import type { BatchToSend } from '../channels/outgoing.js'
import { noSuchMethod } from '../no-such-method.js'
import { notSent } from './not-sent.js'
import { writtenParams } from '../messages/request.js'
import { RetryLoop } from './retry-loop.js'
import type { Attempt, Failure, Next } from './retry-loop.js'
import { Route } from './route.js'
import type { Greeting, Places, Target } from './route.js'
import { SessionKeeper } from './session-keeper.js'
import { formatAddress, objectIdOf, parseUri, type Uri } from '../uri.js'
import { Together } from './together.js'
import type { Member, TogetherPorts } from './together.js'
import type { Travellers } from '../travellers.js'
import { untilAborted } from './until-aborted.js'
import { Ways } from './ways.js'
import type { Destination } from './ways.js'
import { toWire } from '../wire-error.js'

export type { CallerCallOptions } from './call.js'
export type { Target } from './route.js'

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

/** An object where it is. */
export interface Located {
  readonly objectId: string
  readonly said: Description
}

/** Who waits is told what is known when nothing could be sent for so long. */
const HINT_MS = 700
const SESSION_OBJECT = objectIdOf('session')
/** Objects of each process that are what they are: no command of theirs goes in a session. */
const BUILT_IN: ReadonlySet<string> = new Set(['daemon', SESSION_OBJECT])

export class Caller {
  readonly #options: CallerOptions
  readonly #ways: Ways
  readonly #descriptions = new Descriptions()
  readonly #sessions: SessionKeeper
  readonly #direct: DirectCalls
  readonly #loop: RetryLoop<Call, unknown>
  readonly #looking: RetryLoop<Call, Description>
  readonly #together: RetryLoop<Together, undefined>
  readonly #locating: RetryLoop<Call, Located>
  /** By cluster: what was last called there, and over which connection. */
  readonly #lastUse = new Map<string, { readonly target: Target; readonly connection: Connection }>()
  /** By target: what was last said of the object that was called there. */
  readonly #described = new Map<string, Description>()
  /** Ends the waiting for what a call needs before it can be sent. */
  readonly #preparing = new Set<() => void>()
  #isClosed = false
  /** By the call that is being made now, before it returns. Undefined: it was sent at once. */
  #lastBegun: Call | undefined

  constructor(options: CallerOptions) {
    this.#options = options
    this.#ways = new Ways({ ...options, begun: (connection) => this.#descriptions.forget(connection) })
    this.#loop = new RetryLoop(options, {
      attempt: (call, before) => this.#attempt(call, before),
      verdict: (call, { error }) => call.verdict(error),
    })
    this.#looking = new RetryLoop(options, {
      attempt: (call, before) => this.#look(call, before),
      verdict: (call, { error }) => call.verdict(error),
    })
    this.#locating = new RetryLoop(options, {
      attempt: (call, before) => this.#locate(call, before),
      verdict: (call, { error }) => call.verdict(error),
    })
    this.#together = new RetryLoop(options, {
      attempt: (together) => together.attempt(),
      verdict: (_, { error }) => error,
    })
    this.#sessions = new SessionKeeper({
      clock: options.clock,
      keepAlive: (cluster, session) => this.#ofSession(cluster, 'keepAlive', session),
      close: (cluster, session) => this.#closeSession(cluster, session),
    })
    this.#direct = new DirectCalls({
      clock: options.clock,
      ways: this.#ways,
      descriptions: this.#descriptions,
      sessions: this.#sessions,
      greetingOf: (target) => this.#greetingOf(target),
      used: (cluster, target, connection) => void this.#lastUse.set(cluster, { target, connection }),
    })
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
      const isKnown = place !== undefined && !this.#isClosed
      const direct = isKnown ? this.#direct.at(place, target, method, params, options) : undefined
      if (direct === undefined) {
        const route = new Route(target, this.#options, undefined, place)
        call = this.#begin(target, method, params, options, route)
        this.#lastBegun = call
        return await this.#run(call, options.signal)
      }
      try {
        const result = await sent(direct)
        if (isObject(result) && hasMethods(result)) this.#direct.brought(direct.destination, method, true)
        direct.ticket?.done()
        return result
      } catch (thrown) {
        call = begun(direct, this.#options)
        return await this.#loop.run(call, call.onWaiting, this.#failedThere(call, direct.destination, thrown))
      }
    } catch (error) {
      showCallersLine(error)
      throw metOutside(error)
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
  async together(members: readonly Member[], isOneway = false): Promise<void> {
    const places = new Map<string, Member[]>()
    const found = await Promise.all(members.map(({ call }) => this.#placeOf(call)))
    members.forEach((member, at) => {
      const place = found[at] ?? ''
      const there = places.get(place)
      if (there === undefined) places.set(place, [member])
      else there.push(member)
    })
    const all = [...places.values()].map((some) => new Together(this.#togetherPorts, some, isOneway))
    await Promise.all(all.map((each) => this.#runTogether(each)))
    for (const { call } of members) call.end()
  }

  async #runTogether(together: Together): Promise<void> {
    try {
      await this.#together.run(together)
    } catch {
      together.end()
    }
  }

  /** Those whose places are not known in time go by themselves. */
  #placeOf({ route, target, deadline }: Call): Promise<string> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const alone = (): void => resolve(shown(target))
      const timer = afterInput(clock, ms(Math.max(0, deadline - clock.now())), alone)
      route
        .next()
        .then((found) => resolve(formatAddress(parseUri(found).address)), alone)
        .finally(() => timer.cancel())
    })
  }

  get #togetherPorts(): TogetherPorts {
    return {
      clock: this.#options.clock,
      ready: (call, before) => this.#ready(call, before),
      send: (call, destination, batch) => this.#send(call, destination, batch),
      failed: (call, destination, thrown) => this.#failedThere(call, destination, thrown),
    }
  }

  async #ready(call: Call, before: RollcallError | undefined): Promise<Destination | Failure> {
    try {
      const destination = await this.#inTime(call, before)
      if (call.isAborted || this.#options.clock.now() >= call.deadline) throw before ?? late(call)
      return destination
    } catch (thrown) {
      const error = errorOf(thrown)
      return this.#failed(call, error, false, afterPreparing(error))
    }
  }

  #run(call: Call, signal: Signal | undefined): Promise<unknown> {
    const run = (): Promise<unknown> => this.#loop.run(call, call.onWaiting)
    if (signal === undefined) return run()
    return untilAborted(signal, nameOf(call), call, run)
  }

  /** What the target's process says of the object. Rejects as a call does; without methods, it can't describe its objects. */
  async describe(target: Target, options: CallerCallOptions = {}): Promise<Description> {
    const call = this.#begin(target, 'describe', [], { ...options, isHarmless: true })
    const run = (): Promise<Description> => this.#looking.run(call, call.onWaiting)
    try {
      return await (call.signal === undefined ? run() : untilAborted(call.signal, nameOf(call), call, run))
    } catch (error) {
      throw metOutside(error)
    }
  }

  /**
   * Which object the target is where it is, and what its process says of it, so that it tells of `method` if there is one.
   * Rejects as a call does.
   */
  async locate(target: Target, method: string, options: CallerCallOptions): Promise<Located> {
    const route = new Route(target, this.#options)
    const call = this.#begin(target, method, [], { ...options, isHarmless: true }, route)
    const run = (): Promise<Located> => this.#locating.run(call, call.onWaiting)
    return await (call.signal === undefined ? run() : untilAborted(call.signal, nameOf(call), call, run))
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
      return await this.#run(call, options.signal)
    } finally {
      call.end()
    }
  }

  /** The methods of the target's object as its process last listed them; undefined while nobody has asked. */
  methodsOf(target: Target): ReadonlyMap<string, MethodSaid> | undefined {
    return this.#described.get(shown(target))?.methods
  }

  /** Closes all sessions, which is not waited for, and all connections. Calls under way are rejected. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const end of this.#preparing) end()
    this.#loop.hurry()
    this.#looking.hurry()
    this.#together.hurry()
    this.#locating.hurry()
    this.#sessions.close()
    this.#ways.close(new Set([...this.#lastUse.values()].map(({ connection }) => connection)))
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
    if (this.#isClosed) throw closed(target, method)
    const name = `${shown(target)}.${method}`
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

  /** Calls the object `session` of a cluster as often as it takes. */
  async #ofSession(cluster: string, method: string, session: string): Promise<void> {
    const target = this.#lastUse.get(cluster)?.target
    if (target === undefined) return
    const route = new Route(target, this.#options, SESSION_OBJECT)
    const deadline = ms(this.#options.clock.now() + CALL_TIMEOUT_MS)
    const parts = { target, route, method, params: writtenParams(method, [session]), deadline }
    await this.#loop.run(new Call({ ...parts, isHarmless: true }))
  }

  /** Over the connection that was used last, if there still is one: the session ends by itself too. */
  #closeSession(cluster: string, session: string): void {
    this.#lastUse.get(cluster)?.connection.notify(`${SESSION_OBJECT}.close`, [session])
  }

  async #attempt(call: Call, before: RollcallError | undefined): Promise<Attempt<unknown>> {
    let destination: Destination
    try {
      destination = await this.#inTime(call, before)
      if (call.isAborted) throw before ?? late(call)
      if (this.#options.clock.now() >= call.deadline) throw before ?? late(call)
    } catch (thrown) {
      const error = errorOf(thrown)
      return this.#failed(call, error, false, afterPreparing(error))
    }
    try {
      const result = await this.#send(call, destination)
      this.#direct.brought(destination, call.method, isObject(result) && hasMethods(result))
      return { result }
    } catch (thrown) {
      return this.#failedThere(call, destination, thrown)
    }
  }

  #failedThere(call: Call, { connection }: Destination, thrown: unknown): Failure {
    const error = errorOf(thrown)
    const isExpired = error instanceof SessionExpiredError && call.ticket !== undefined
    if (isExpired) this.#sessions.expired(call.ticket)
    if (error instanceof MethodNotFoundError) this.#descriptions.forget(connection)
    return this.#failed(call, error, true, call.after(error))
  }

  async #look(call: Call, before: RollcallError | undefined): Promise<Attempt<Description>> {
    try {
      const said = await this.#describe(call, await this.#inTime(call, before))
      if (said.methods.size > 0) this.#learn(call.target, said)
      return { result: said }
    } catch (thrown) {
      const error = errorOf(thrown)
      return this.#failed(call, error, false, afterPreparing(error))
    }
  }

  async #locate(call: Call, before: RollcallError | undefined): Promise<Attempt<Located>> {
    try {
      const destination = await this.#inTime(call, before)
      const { objectId, connection } = destination
      const known = this.#descriptions.known(objectId, call.method, connection)
      const said = known ?? (await this.#describe(call, destination))
      if (said.methods.size > 0) this.#learn(call.target, said)
      if (said.cluster === null) throw nobodyLeads()
      return { result: { objectId, said } }
    } catch (thrown) {
      const error = errorOf(thrown)
      return this.#failed(call, error, false, afterPreparing(error))
    }
  }

  #failed(call: Call, error: RollcallError, isSent: boolean, next: Next): Failure {
    call.isUnderWay = false
    call.failed(error, isSent)
    const isMissing = error instanceof MethodNotFoundError && !call.isUnlisted
    const isGone = isMissing && (isSent || error.cause !== undefined)
    const isHinted = call.route.failed(error, isGone)
    // Whatever it met, another attempt would have been made.
    if (this.#isClosed && !isSent) return { error: closed(call.target, call.method), next: 'never' }
    if (this.#isClosed || call.isAborted) return { error, next: 'never' }
    if (isGone) return { error, next: call.afterGone() }
    return { error, next: next === 'later' && isHinted ? 'now' : next }
  }

  /** Finds where the call goes, and gives a command its identity. Nothing of the call has been sent when this rejects. */
  async #prepare(call: Call): Promise<Destination> {
    const uri = await call.route.next()
    const destination = this.#ways.to(uri, this.#greetingOf(call.target))
    const { objectId, connection } = destination
    const isKnown = call.isHarmless || call.isQuery || BUILT_IN.has(objectId)
    if (isKnown && call.whyTagged === undefined) return destination
    const known = this.#descriptions.known(objectId, call.method, connection)
    const said = known ?? (await this.#describe(call, destination))
    if (said.methods.size > 0 && !call.route.isOther) this.#learn(call.target, said)
    // It has moved there since it was asked.
    if (call.cluster !== undefined && said.cluster !== call.cluster) throw nobodyLeads()
    call.isUnlisted = said.methods.size > 0 && !said.methods.has(call.method)
    const { cluster } = said
    if (!call.isUnlisted) demandTags(call, said)
    else if (call.whyTagged !== undefined)
      throw new MethodNotFoundError(noSuchMethod(shown(call.target), call.method, [...said.methods.keys()]))
    const kind = said.methods.get(call.method)?.kind
    call.isQuery = kind === 'query'
    call.isCommand = kind === 'command'
    if (call.isCommand && !call.isIdentified) await this.#identify(call, cluster, connection)
    return destination
  }

  /** @throws MethodNotFoundError, with a cause, when there is no such object. */
  async #describe({ target, method }: Call, { objectId, connection }: Destination): Promise<Description> {
    try {
      return await this.#descriptions.of(objectId, connection)
    } catch (cause) {
      if (!(cause instanceof NameNotFoundError)) throw cause
      throw new MethodNotFoundError(`${shown(target)}.${method}: ${cause.message}`, { cause })
    }
  }

  #learn(target: Target, said: Description): void {
    const name = shown(target)
    if (this.#described.get(name) !== said) this.#described.set(name, said)
  }

  async #identify(call: Call, cluster: string | null | undefined, connection: Connection): Promise<void> {
    if (cluster === null) throw nobodyLeads()
    if (call.ticket?.cluster === cluster) return
    call.leaveSession()
    if (cluster === undefined) return
    this.#lastUse.set(cluster, { target: call.target, connection })
    call.take(await this.#sessions.ticket(cluster, () => openSession(connection)))
  }

  #send(call: Call, { objectId, connection }: Destination, batch?: BatchToSend): Promise<unknown> {
    const { ticket, method, params, late, target, onAnswerMeta, signal } = call
    if (ticket !== undefined) this.#lastUse.set(ticket.cluster, { target, connection })
    const timeoutMs = Math.min(call.attemptMs, Math.max(0, call.deadline - this.#options.clock.now()))
    const meta = call.metaFor(timeoutMs)
    call.isUnderWay = true
    return connection.callForValue(`${objectId}.${method}`, late ?? params, {
      timeoutMs,
      ...(meta !== undefined && { meta }),
      ...(signal !== undefined && { signal }),
      ...(onAnswerMeta !== undefined && { onAnswerMeta }),
      ...(batch !== undefined && { batch }),
      ...(call.followers > 0 && { onSent: (id, peer) => call.close({ id, peer }) }),
    })
  }

  #greetingOf(target: Target): Greeting | undefined {
    if ('uri' in target) return undefined
    return this.#options.greeting?.('name' in target ? target.name : undefined)
  }

  /**
   * What takes too long to find out is not waited for, nor when this caller is closed. What the attempt `before` met says
   * more than that the time is over.
   */
  #inTime(call: Call, before: RollcallError | undefined): Promise<Destination> {
    return new Promise((resolve, reject) => {
      const timer = this.#patience(call, () => reject(before ?? late(call)), reject)
      const end = (): void => reject(closed(call.target, call.method))
      this.#preparing.add(end)
      this.#prepare(call)
        .then(resolve, reject)
        .finally(() => {
          timer.cancel()
          this.#preparing.delete(end)
        })
    })
  }

  /** Until the call's time is over; who listens is told on the way what is known, and what it throws is the call's error. */
  #patience(call: Call, over: () => void, failed: (error: unknown) => void): Timer {
    const { clock } = this.#options
    const restMs = Math.max(0, call.deadline - clock.now())
    if (call.onWaiting === undefined || restMs <= HINT_MS) return afterInput(clock, ms(restMs), over)
    let timer = afterInput(clock, ms(HINT_MS), () => {
      timer = afterInput(clock, ms(restMs - HINT_MS), over)
      try {
        call.onWaiting?.(this.#hint(call))
      } catch (error) {
        failed(error)
      }
    })
    return { cancel: () => timer.cancel() }
  }

  #hint({ target, method, route }: Call): string {
    const asked = route.place === undefined ? (this.#options.unanswered?.() ?? []) : [route.place]
    const what = route.place === undefined ? 'where it is, is not known yet' : 'it could not be sent yet'
    const who = asked.length === 0 ? '' : `; no answer so far from ${asked.join(', ')}`
    return `${shown(target)}.${method}: ${what}${who}`
  }
}

/** @throws InvalidParamsError where params with tags would not be understood. */
function demandTags(call: Call, said: Description): void {
  const { target, method, whyTagged } = call
  if (whyTagged === undefined || said.methods.get(method)?.tags !== undefined || call.goesWithoutTags())
    return
  const kind = said.methods.get(method)?.kind
  const isReplicated = kind === 'command' || kind === 'query'
  const who = isReplicated ? 'a replicated object' : 'this method'
  const sentence = `${whyTagged} (${who} takes JSON alone)`
  throw new InvalidParamsError(`${shown(target)}.${method}: ${sentence}; the call was not sent`)
}

function nobodyLeads(): NotLeaderError {
  return new NotLeaderError({ leader: null, term: 0, members: [] })
}

/** The call in an error's sentence. */
function nameOf({ target, method }: Call): string {
  return `${shown(target)}.${method}`
}

/** The target in an error's sentence. */
function shown(target: Target): string {
  if ('name' in target) return target.name
  return 'uri' in target ? target.uri : 'the leader'
}

function late({ target, method }: Call): UnreachableError {
  return new UnreachableError(`${shown(target)}.${method}: time is over before the call could be sent`)
}

function closed(target: Target, method: string): UnreachableError {
  return new UnreachableError(`${shown(target)}.${method}: this client is closed; the call was not sent`)
}

/** What may follow a failure before anything of the attempt was sent. */
function afterPreparing(error: RollcallError): Next {
  // One that was left unasked may know the name, and be back in a moment.
  if (error instanceof NameNotFoundError && error.cause !== undefined) return 'later'
  // Only an attempt before can have run.
  return error.outcome === 'not-executed' && error.retry !== 'never' ? 'later' : 'never'
}

async function openSession(connection: Connection): Promise<Json> {
  try {
    return await connection.call(`${SESSION_OBJECT}.open`, [])
  } catch (thrown) {
    const error = errorOf(thrown)
    throw notSent(error, `no session could be opened, so the command was not sent: ${error.message}`)
  }
}

function errorOf(thrown: unknown): RollcallError {
  return thrown instanceof RollcallError ? thrown : new UnreachableError(toWire(thrown).message)
}
