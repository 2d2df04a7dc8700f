/**
 * From a valid call to its outcome: finds the method, runs it, turns its result into JSON text once. Whatever the
 * object does (throws, rejects, throws what is no Error, returns what JSON can't carry) becomes this call's outcome and
 * nobody else's.
 */
import { isJsonNumber, isList, quoted, type Json } from '../../json.js'
import { ms } from '../../ports.js'
import { isThenable } from '../../promised.js'
import type { Clock } from '../../ports.js'
import type { CallOutcome } from './call-outcome.js'
import { isCarried, isJson, whyNotCarried } from '../../values/carried.js'
import { encoded } from '../../values/encoded.js'
import { shortened } from '../../values/words.js'
import {
  InternalError,
  InvalidParamsError,
  MethodNotFoundError,
  resultTooLarge,
  TooLargeError,
  UnreachableError,
} from '../errors.js'
import { Answer, JsonText, TAGS_VERSION } from '../exposed.js'
import type { Host } from '../host.js'
import type { AnswerMeta, CallContext, CallMeta, ConnectionContext, ExposedMethod } from '../exposed.js'
import type { IncomingCall } from './jsonrpc.js'
import { leaveUnread } from '../handing/stream-source.js'
import { fitsFrame, surelyFits } from '../messages/message-size.js'
import { answerOf } from '../met-outside.js'
import { readMeta } from '../messages/request.js'
import { thrownTag } from '../registered-errors.js'
import { tooManyParams } from './too-many-params.js'
import { REMOTE_ERROR, toWire, withoutStacks } from '../wire-error.js'
import { withTags } from './with-tags.js'
import { withoutStack } from '../../without-stack.js'

type Settle = (outcome: CallOutcome) => void

/** A call whose result is yet to come. */
interface Running {
  readonly name: string
  readonly method: ExposedMethod | undefined
  /** Somebody waits for it, as nobody does after a notification. */
  readonly isAsked: boolean
  readonly connection: ConnectionContext
  readonly settle: Settle
}

const DOLLAR = '$'.charCodeAt(0)
const AT = '@'.charCodeAt(0)
const NO_PARAMS: readonly Json[] = []
const NO_META: CallMeta = Object.freeze({})
const UNREAD: CallOutcome = { result: 'null' }

export class Invoker {
  readonly #host: Host
  readonly #clock: Clock
  readonly #tellsStacks: boolean
  readonly #frameBytesMax: number
  readonly #surelyFits: number

  /** `frameBytesMax`: the longest message that may carry a result. `tellsStacks`: of what is thrown. */
  constructor(host: Host, clock: Clock, frameBytesMax: number, tellsStacks = true) {
    this.#host = host
    this.#clock = clock
    this.#tellsStacks = tellsStacks
    this.#frameBytesMax = frameBytesMax
    this.#surelyFits = surelyFits(frameBytesMax)
  }

  /** The method of that full name. */
  find(name: string): ExposedMethod | undefined {
    return this.#host.methods.get(name)
  }

  /**
   * Runs the call; never throws, and calls `settle` exactly once, in this turn when the method is synchronous. A result
   * that comes later is written when the connection sees fit.
   */
  run(call: IncomingCall, connection: ConnectionContext, settle: Settle): void {
    const { method: name } = call
    // Looked at first: a connection makes a peer when it is asked for one, and most have no use for it.
    const first = name.charCodeAt(0)
    const method =
      first === DOLLAR || first === AT ? ofConnection(name, first, connection) : this.#host.methods.get(name)
    const isCommand = method?.kind === 'command'
    connection.calls?.began(isCommand)
    let outcome: CallOutcome
    try {
      const value = this.#start(call, method, connection)
      if (value instanceof Promise || isThenable(value)) {
        this.#await(value, { name, method, isAsked: call.id !== undefined, connection, settle })
        return
      }
      outcome = call.id === undefined ? unread(value) : this.#encode(value, name, method, connection)
    } catch (error) {
      outcome = this.#failure(error, method, connection)
    }
    settle(outcome)
    connection.calls?.ended(isCommand)
  }

  #await(value: unknown, { name, method, isAsked, connection, settle }: Running): void {
    const isCommand = method?.kind === 'command'
    Promise.resolve(value).then(
      (result) => {
        const write = (): number => {
          const isRead = isAsked && connection.isGone !== true
          const outcome = isRead ? this.#encode(result, name, method, connection) : unread(result)
          settle(outcome)
          connection.calls?.ended(isCommand)
          return 'result' in outcome ? outcome.result.length : 0
        }
        if (connection.calls === undefined) write()
        else connection.calls.result(write)
      },
      (error: unknown) => {
        settle(this.#failure(error, method, connection))
        connection.calls?.ended(isCommand)
      },
    )
  }

  #start(call: IncomingCall, method: ExposedMethod | undefined, connection: ConnectionContext): unknown {
    if (connection.refusal !== undefined) throw connection.refusal
    if (method === undefined) return this.#missing(call, connection)
    const { id, bytes } = call
    if (bytes > (method.bytesMax ?? Infinity) && connection.isFavoured !== true)
      throw tooLong(call.method, method)
    const meta = call.meta === undefined ? NO_META : readMeta(call.meta)
    const { timeoutMs } = meta
    const deadline =
      timeoutMs === undefined ? undefined : ms((call.receivedAt ?? this.#clock.now()) + timeoutMs)
    if (call.receivedAt !== undefined && deadline !== undefined && deadline <= this.#clock.now())
      throw overBefore(call.method)
    const context = { id, connection, meta, deadline, bytes }
    const admission = method.admits?.(context)
    // Strangers hear nothing of their params; and what threw here would leave a refusal that comes later to nobody.
    if (admission instanceof Promise || meta.followers !== undefined)
      return admitted(admission, call, method, context)
    const params = paramsOf(call, method)
    if (meta.tags !== undefined) return withTags(call.method, method, params, context)
    return method.handler(params, context)
  }

  /** Who is not known is not told what there is. @throws, or rejects with, UnauthorizedError, MethodNotFoundError */
  #missing({ id, method, meta }: IncomingCall, connection: ConnectionContext): Promise<never> {
    const { gate } = this.#host
    const said = gate === undefined || meta === undefined ? NO_META : readMeta(meta)
    const missing = (): never => {
      throw withoutStack(() => new MethodNotFoundError(this.#host.whyMissing(method)))
    }
    const judging = gate?.demandKnown(method, { id, connection, meta: said, deadline: undefined })
    return judging === undefined ? missing() : judging.then(missing)
  }

  #failure(
    thrown: unknown,
    method: ExposedMethod | undefined,
    { readsTags }: ConnectionContext,
  ): CallOutcome {
    const answer = answerOf(thrown)
    const error = this.#tellsStacks ? toWire(answer) : withoutStacks(toWire(answer))
    if (readsTags !== true || method?.ofValues === undefined || error.code !== REMOTE_ERROR) return { error }
    const tag = thrownTag(answer)
    return { error: tag === undefined ? error : { ...error, thrown: tag } }
  }

  /** Never throws, whatever the object has answered: a proxy does at any question, if it likes. */
  #encode(
    value: unknown,
    name: string,
    method: ExposedMethod | undefined,
    connection: ConnectionContext,
  ): CallOutcome {
    try {
      const result = value instanceof Answer ? value.result : value
      const written = textOf(result)
      const said = value instanceof Answer ? value.meta : undefined
      if (written === undefined && method?.ofValues !== undefined && connection.readsTags === true)
        return this.#tagged(result, said, connection)
      const text = written ?? jsonText(result)
      // Nearly all do.
      const bytes = result instanceof JsonText ? result.bytes : undefined
      if (text.length > this.#surelyFits && !this.#fits(text, bytes)) return this.#tooLarge()
      return said === undefined ? { result: text } : { result: text, meta: said }
    } catch (cause) {
      leaveUnread(value)
      const sentence = `${name} has run, and its result can not be sent: ${toWire(cause).message}`
      return { error: toWire(new InternalError(sentence)) }
    }
  }

  /** What it hands over is let go of again where it is not sent. */
  #tagged(result: unknown, said: AnswerMeta | undefined, { peer }: ConnectionContext): CallOutcome {
    const parcel = peer?.parcel()
    const onDropped = (): void => parcel?.takeBack()
    try {
      const text = JSON.stringify(encoded(result, 'the result', parcel).json)
      if (this.#fits(text)) return { result: text, meta: { ...said, tags: TAGS_VERSION }, onDropped }
    } catch (error) {
      onDropped()
      throw error
    }
    onDropped()
    return this.#tooLarge()
  }

  #fits(text: string, bytes?: number): boolean {
    return text.length <= this.#surelyFits || fitsFrame(text, this.#frameBytesMax, bytes)
  }

  #tooLarge(): CallOutcome {
    return { error: toWire(resultTooLarge(`a message has at most ${this.#frameBytesMax} bytes`)) }
  }
}

/** Of a caller that is still judged, or one whose result others ask for before they can begin. */
function admitted(
  admission: unknown,
  call: IncomingCall,
  method: ExposedMethod,
  context: CallContext,
): Promise<unknown> {
  const { followers, ...meta } = context.meta
  const isJudged = admission instanceof Promise
  const run = async (): Promise<unknown> => {
    if (isJudged) await admission
    const params = paramsOf(call, method)
    if (followers === undefined && meta.tags === undefined) return method.handler(params, context)
    return withTags(call.method, method, params, { ...context, meta })
  }
  const value = run()
  if (followers !== undefined)
    context.connection.followed?.began(context.id, followers, value, isJudged ? admission : undefined)
  return value
}

/** Those of a caller that is let in. @throws InvalidParamsError */
function paramsOf(
  { method: name, params = NO_PARAMS, altered }: IncomingCall,
  { parameters }: ExposedMethod,
): readonly Json[] {
  const why = altered?.()
  if (why !== undefined) throw notKept(name, why)
  if (!isList(params)) throw new InvalidParamsError(`${name} takes its params by position: send an array`)
  if (parameters !== undefined && params.length > parameters.length)
    throw tooManyParams(name, parameters, params.length)
  return params
}

/** What has no name but on this connection. */
function ofConnection(name: string, first: number, connection: ConnectionContext): ExposedMethod | undefined {
  return first === DOLLAR ? connection.peer?.find(name) : connection.followed?.find(name)
}

/** Of a call that has waited for others until nobody waits for it. */
function overBefore(method: string): UnreachableError {
  return withoutStack(
    () =>
      new UnreachableError(
        `${shortened(method)}: its time was over before its turn came: it was not executed`,
      ),
  )
}

/** It did not say at its beginning which method it calls. */
function tooLong(name: string, { bytesMax }: ExposedMethod): TooLargeError {
  return withoutStack(
    () =>
      new TooLargeError(
        `a call of ${JSON.stringify(shortened(name))} has at most ${bytesMax} bytes: it was not executed`,
      ),
  )
}

/** Of a call whose caller is gone, or never wanted to know. */
function unread(result: unknown): CallOutcome {
  leaveUnread(result)
  return UNREAD
}

/** Undefined for what JSON has no word for. May throw what the result throws when it is looked at. */
function textOf(result: unknown): string | undefined {
  if (typeof result === 'string') return quoted(result)
  if (isJsonNumber(result)) return String(result)
  if (result instanceof JsonText) return result.text
  if (result === undefined) return 'null'
  return isJson(result) ? JSON.stringify(result) : undefined
}

/** For who reads JSON alone: what is undefined is left out, and a prototype is given to what has none. */
function jsonText(result: unknown): string {
  if (!isCarried(result, 'left out')) throw new TypeError(whyNotCarried(result, 'the result', 'left out'))
  return JSON.stringify(result)
}

function notKept(method: string, why: string): InvalidParamsError {
  return withoutStack(
    () => new InvalidParamsError(`${shortened(method)}: ${why}: send it as a string; it was not executed`),
  )
}
