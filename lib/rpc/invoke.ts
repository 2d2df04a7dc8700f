/**
 * From a valid call to its outcome: finds the method, runs it, turns its result into JSON text once. Whatever the
 * object does (throws, rejects, throws what is no Error, returns what JSON can't carry) becomes this call's outcome and
 * nobody else's.
 */
import { isList, jsonText, type Json } from '../json.js'
import { ms } from '../ports.js'
import type { Clock } from '../ports.js'
import type { CallOutcome } from './call-outcome.js'
import { isCarried, whyNotCarried } from './carried.js'
import { InternalError, InvalidParamsError, MethodNotFoundError, TooLargeError, toWire } from './errors.js'
import { Answer } from './host.js'
import type { CallMeta, ConnectionContext, ExposedMethod, Host } from './host.js'
import type { IncomingCall } from './jsonrpc.js'
import { fitsFrame, surelyFits } from './message-size.js'
import { readMeta } from './request.js'

type Settle = (outcome: CallOutcome) => void

const NO_PARAMS: readonly Json[] = []
const NO_META: CallMeta = Object.freeze({})

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

  isCommand(name: string): boolean {
    return this.#host.find(name)?.kind === 'command'
  }

  /**
   * Runs the call; never throws, and calls `settle` exactly once, in this turn when the method is synchronous. A result that
   * comes later is written when the connection sees fit.
   */
  run(call: IncomingCall, connection: ConnectionContext, settle: Settle): void {
    let value: unknown
    try {
      value = this.#start(call, connection)
      if (value instanceof Promise || isThenable(value)) {
        Promise.resolve(value).then(
          (result) => {
            const write = (): number => {
              const outcome = this.#encode(result, call.method)
              settle(outcome)
              return 'result' in outcome ? outcome.result.length : 0
            }
            if (connection.result === undefined) write()
            else connection.result(write)
          },
          (error: unknown) => settle({ error: toWire(error) }),
        )
        return
      }
    } catch (error) {
      settle({ error: toWire(error) })
      return
    }
    settle(this.#encode(value, call.method))
  }

  #start(call: IncomingCall, connection: ConnectionContext): unknown {
    const method = this.#host.find(call.method)
    if (method === undefined)
      throw new MethodNotFoundError(`there is no exposed method ${shortened(call.method)} here`)
    const { params = NO_PARAMS, bytes } = call
    if (bytes > (method.bytesMax ?? Infinity) && connection.isFavoured !== true)
      throw tooLong(call.method, method)
    const meta = call.meta === undefined ? NO_META : readMeta(call.meta)
    const { timeoutMs } = meta
    const deadline = timeoutMs === undefined ? undefined : ms(this.#clock.now() + timeoutMs)
    if (!isList(params))
      throw new InvalidParamsError(`${call.method} takes its params by position: send an array`)
    return method.handler(params, { connection, meta, deadline, bytes })
  }

  /** Never throws, whatever the object has answered: a proxy does at any question, if it likes. */
  #encode(value: unknown, method: string): CallOutcome {
    try {
      if (!(value instanceof Answer)) return this.#encodeResult(value, method)
      const outcome = this.#encodeResult(value.result, method)
      return 'result' in outcome ? { ...outcome, meta: value.meta } : outcome
    } catch (cause) {
      const sentence = `${method} has run, and its result can not be sent: ${toWire(cause).message}`
      return { error: toWire(new InternalError(sentence)) }
    }
  }

  /** May throw what the result throws when it is looked at. */
  #encodeResult(result: unknown, method: string): CallOutcome {
    if (result !== undefined && !isCarried(result, 'left out'))
      throw new TypeError(whyNotCarried(result, 'the result', 'left out'))
    const text = jsonText(result) ?? 'null'
    if (text.length <= this.#surelyFits || fitsFrame(text, this.#frameBytesMax)) return { result: text }
    const sentence = `the result of ${method} is too long: a message has at most ${this.#frameBytesMax} bytes`
    return { error: toWire(new InternalError(sentence)) }
  }
}

/** It did not say at its beginning which method it calls. */
function tooLong(name: string, { bytesMax }: ExposedMethod): TooLargeError {
  return new TooLargeError(`a call of ${shortened(name)} has at most ${bytesMax} bytes: it was not executed`)
}

function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

function shortened(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}
