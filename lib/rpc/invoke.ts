/**
 * From a valid call to its outcome: finds the method, runs it, turns its result into JSON text once. Whatever the
 * object does (throws, rejects, throws what is no Error, returns what JSON can't carry) becomes this call's outcome and
 * nobody else's.
 */
import { isList, type Json } from '../json.js'
import { ms } from '../ports.js'
import type { Clock } from '../ports.js'
import type { CallOutcome } from './call-outcome.js'
import { isCarried, isJson, whyNotCarried } from '../values/carried.js'
import { decoded } from '../values/decoded.js'
import { encoded } from '../values/encoded.js'
import { UnreadableValueError } from '../values/unsuitable.js'
import { shortened } from '../values/words.js'
import {
  InternalError,
  InvalidParamsError,
  MethodNotFoundError,
  resultTooLarge,
  TooLargeError,
} from './errors.js'
import { Answer, JsonText, TAGS_VERSION } from './host.js'
import type { CallContext, CallMeta, ConnectionContext, ExposedMethod, Host } from './host.js'
import type { IncomingCall } from './jsonrpc.js'
import { fitsFrame, surelyFits } from './message-size.js'
import { answerOf } from './met-outside.js'
import { travellersOf } from './parcel.js'
import { readMeta } from './request.js'
import { isExportId, type Travellers } from './travellers.js'
import { toWire } from './wire-error.js'

type Settle = (outcome: CallOutcome) => void

const DOLLAR = '$'.charCodeAt(0)
const NO_PARAMS: readonly Json[] = []
const NO_META: CallMeta = Object.freeze({})
/** Of a call whose caller is gone. */
const UNREAD: CallOutcome = { result: 'null' }

export class Invoker {
  readonly #host: Host
  readonly #clock: Clock
  readonly #frameBytesMax: number
  readonly #surelyFits: number

  /** `frameBytesMax`: the longest message that may carry a result. */
  constructor(host: Host, clock: Clock, frameBytesMax: number) {
    this.#host = host
    this.#clock = clock
    this.#frameBytesMax = frameBytesMax
    this.#surelyFits = surelyFits(frameBytesMax)
  }

  /** The method of that full name. */
  find(name: string): ExposedMethod | undefined {
    return this.#host.find(name)
  }

  /**
   * Runs the call; never throws, and calls `settle` exactly once, in this turn when the method is synchronous. A result that
   * comes later is written when the connection sees fit.
   */
  run(call: IncomingCall, connection: ConnectionContext, settle: Settle): void {
    const method = handedOver(call.method, connection) ?? this.#host.find(call.method)
    const isCommand = method?.kind === 'command'
    const readsTags = (): boolean => method?.ofValues !== undefined && connection.readsTags === true
    const done: Settle = (outcome) => {
      settle(outcome)
      connection.ended?.(isCommand)
    }
    connection.began?.(isCommand)
    let value: unknown
    try {
      value = this.#start(call, method, connection)
      if (value instanceof Promise || isThenable(value)) {
        Promise.resolve(value).then(
          (result) => {
            const write = (): number => {
              const outcome =
                connection.isGone === true ? UNREAD : this.#encode(result, call, readsTags, connection)
              done(outcome)
              return 'result' in outcome ? outcome.result.length : 0
            }
            if (connection.result === undefined) write()
            else connection.result(write)
          },
          (error: unknown) => done({ error: toWire(answerOf(error)) }),
        )
        return
      }
    } catch (error) {
      done({ error: toWire(answerOf(error)) })
      return
    }
    done(this.#encode(value, call, readsTags, connection))
  }

  #start(call: IncomingCall, method: ExposedMethod | undefined, connection: ConnectionContext): unknown {
    if (method === undefined) throw new MethodNotFoundError(this.#host.whyMissing(call.method))
    const altered = call.altered?.()
    if (altered !== undefined) throw notKept(call.method, altered)
    const { id, params = NO_PARAMS, bytes } = call
    if (bytes > (method.bytesMax ?? Infinity) && connection.isFavoured !== true)
      throw tooLong(call.method, method)
    const meta = call.meta === undefined ? NO_META : forHandler(readMeta(call.meta))
    const { timeoutMs } = meta
    const deadline = timeoutMs === undefined ? undefined : ms(this.#clock.now() + timeoutMs)
    if (!isList(params))
      throw new InvalidParamsError(`${call.method} takes its params by position: send an array`)
    if (method.parameters !== undefined && params.length > method.parameters.length)
      throw tooMany(call.method, method.parameters, params.length)
    if (meta.tags !== undefined)
      return withTags(call.method, method, params, { id, connection, meta, deadline, bytes })
    return method.handler(params, { id, connection, meta, deadline, bytes })
  }

  /** Never throws, whatever the object has answered: a proxy does at any question, if it likes. */
  #encode(
    value: unknown,
    { method }: IncomingCall,
    readsTags: () => boolean,
    connection: ConnectionContext,
  ): CallOutcome {
    try {
      const result = value instanceof Answer ? value.result : value
      const written = textOf(result)
      const isTagged = written === undefined && readsTags()
      const text = written ?? (isTagged ? taggedText(result, connection) : jsonText(result))
      const said = value instanceof Answer ? value.meta : undefined
      const meta = isTagged ? { ...said, tags: TAGS_VERSION } : said
      if (text.length > this.#surelyFits && !fitsFrame(text, this.#frameBytesMax))
        return { error: toWire(resultTooLarge(`a message has at most ${this.#frameBytesMax} bytes`)) }
      return meta === undefined ? { result: text } : { result: text, meta }
    } catch (cause) {
      const sentence = `${method} has run, and its result can not be sent: ${toWire(cause).message}`
      return { error: toWire(new InternalError(sentence)) }
    }
  }
}

/** The method of what this connection has handed over: `$3.call`. */
function handedOver(name: string, connection: ConnectionContext): ExposedMethod | undefined {
  // Looked at first: a connection makes a peer when it is asked for one, and most have no use for it.
  if (name.charCodeAt(0) !== DOLLAR) return undefined
  const { peer } = connection
  const dot = name.indexOf('.')
  const id = name.slice(0, dot)
  return isExportId(id) ? peer?.find(id, name.slice(dot + 1)) : undefined
}

/** Its place in its batch is nothing to the method. */
function forHandler(read: CallMeta): CallMeta {
  if (read.inOrder === undefined) return read
  const { inOrder: _, ...meta } = read
  return meta
}

/** It did not say at its beginning which method it calls. */
function tooLong(name: string, { bytesMax }: ExposedMethod): TooLargeError {
  return new TooLargeError(`a call of ${quoted(name)} has at most ${bytesMax} bytes: it was not executed`)
}

function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

/** Of a caller that has said whether its params have tags, which is nothing to the method: it reads them. */
function withTags(
  name: string,
  method: ExposedMethod,
  params: readonly Json[],
  context: CallContext,
): unknown {
  const { tags, ...meta } = context.meta
  context.connection.readsTags = true
  if (tags !== 1) return method.handler(params, { ...context, meta })
  if (method.ofValues === undefined)
    throw new InvalidParamsError(`${quoted(name)} takes JSON without tags: it was not executed`)
  const values = valuesOf(name, params, travellersOf(context.connection))
  return method.ofValues(values, { ...context, meta })
}

function valuesOf(name: string, params: readonly Json[], travellers: Travellers): readonly unknown[] {
  try {
    return params.map((param, at) => decoded(param, travellers, `args[${at}]`))
  } catch (cause) {
    if (!(cause instanceof UnreadableValueError)) throw cause
    throw new InvalidParamsError(`${shortened(name)}: ${cause.message}; it was not executed`, { cause })
  }
}

/** Undefined for what JSON has no word for. May throw what the result throws when it is looked at. */
function textOf(result: unknown): string | undefined {
  if (typeof result === 'string') return JSON.stringify(result)
  if (result instanceof JsonText) return result.text
  if (result === undefined) return 'null'
  return isJson(result) ? JSON.stringify(result) : undefined
}

/** What it hands over is let go of again where it can't be written. */
function taggedText(result: unknown, { peer }: ConnectionContext): string {
  const parcel = peer?.parcel()
  try {
    return JSON.stringify(encoded(result, 'the result', parcel).json)
  } catch (error) {
    parcel?.takeBack()
    throw error
  }
}

/** For who reads JSON alone: what is undefined is left out, and a prototype is given to what has none. */
function jsonText(result: unknown): string {
  if (!isCarried(result, 'left out')) throw new TypeError(whyNotCarried(result, 'the result', 'left out'))
  return JSON.stringify(result)
}

/** What is left unread might be the end of a text that was meant to be one. */
function tooMany(name: string, parameters: readonly string[], given: number): InvalidParamsError {
  const takes = `${shortened(name)}(${parameters.join(', ')}) takes ${parameters.length === 0 ? 'no params' : `at most ${parameters.length}`}`
  return new InvalidParamsError(`${takes}, and got ${given}: it was not executed`)
}

function notKept(method: string, why: string): InvalidParamsError {
  return new InvalidParamsError(`${shortened(method)}: ${why}: send it as a string; it was not executed`)
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}
