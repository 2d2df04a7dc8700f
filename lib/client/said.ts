/**
 * What a call says of itself beside its method and params: by its own options, by the call that it is made for, and by
 * what the client was told for all its calls.
 */
import { membersOf, parseJson, type JsonObject } from '../json.js'
import { CALL_TIMEOUT_MS } from '../rpc/calling/call.js'
import type { CallerCallOptions } from '../rpc/calling/caller.js'
import { saidIn, type CallOptions } from '../rpc/proxies/call-options.js'
import type { SurroundingCall } from '../rpc/tracing.js'
import type { ConnectOptions } from './rollcall.js'

/** Of each call that does not say otherwise. */
export type Defaults = Pick<CallerCallOptions, 'onWaiting' | 'meta'> & { readonly timeoutMs: number }

export function defaultsOf(options: ConnectOptions): Defaults {
  return {
    timeoutMs: options.timeoutMs ?? CALL_TIMEOUT_MS,
    ...(options.token !== undefined && { meta: { token: options.token } }),
    ...(options.onWaiting !== undefined && { onWaiting: options.onWaiting }),
  }
}

export class Said {
  readonly #defaults: Defaults
  readonly #surrounding: (() => SurroundingCall | undefined) | undefined

  /** `surrounding`: the call that this process serves. */
  constructor(defaults: Defaults, surrounding: (() => SurroundingCall | undefined) | undefined) {
    this.#defaults = defaults
    this.#surrounding = surrounding
  }

  /** The call that others are made for, if it has said anything that goes on with them. */
  around(): SurroundingCall | undefined {
    const around = this.#surrounding?.()
    if (around === undefined) return undefined
    const { traceparent, correlationId } = around
    if (traceparent === undefined && correlationId === undefined && around.remainingMs() === undefined)
      return undefined
    around.goOn()
    return around
  }

  /** A call that is made for another one ends with it, and tells what that was told. */
  of(options: CallOptions = {}, around = this.around()): CallerCallOptions {
    const { consistency, meta, ...rest } = options
    const said = {
      ...this.#defaults.meta,
      ...(around?.traceparent !== undefined && { traceparent: around.traceparent }),
      ...(around?.correlationId !== undefined && { correlationId: around.correlationId }),
      ...saidIn(meta),
      ...(meta?.annotations !== undefined && { annotations: copyOf(meta.annotations) }),
      ...(consistency !== undefined && { consistency }),
    }
    const times = {
      timeoutMs: Math.min(rest.timeoutMs ?? this.#defaults.timeoutMs, around?.remainingMs() ?? Infinity),
      onWaiting: rest.onWaiting ?? this.#defaults.onWaiting,
    }
    return { ...rest, ...times, meta: said }
  }

  /** Within `around`. Where nobody has said anything, the defaults as they are. */
  within(around: SurroundingCall | undefined, options: CallOptions | undefined): CallerCallOptions {
    const isPlain = options === undefined && around === undefined
    return isPlain ? this.#defaults : this.of(options ?? {}, around)
  }

  /** Of a call back to who has called: what tells calls that belong together goes on, and its time is its own. */
  ofCallBack(own: CallOptions): CallOptions {
    const around = this.#surrounding?.()
    const { traceparent, correlationId } = around ?? {}
    if (traceparent === undefined && correlationId === undefined) return own
    around?.goOn()
    const carried = {
      ...(traceparent !== undefined && { traceparent }),
      ...(correlationId !== undefined && { correlationId }),
    }
    return { ...own, meta: { ...carried, ...own.meta } }
  }

  /** Of a call of what a connection has handed over. Where nobody has said anything, nothing need be. */
  ofHandedOver(own: CallOptions): CallOptions {
    const { meta, timeoutMs } = this.#defaults
    const around = this.around()
    const isPlain = around === undefined && meta === undefined && timeoutMs === CALL_TIMEOUT_MS
    return isPlain ? own : this.of(own, around)
  }
}

/** As they are now: the call may be sent again, when whoever gave them has changed them. */
function copyOf(annotations: JsonObject): JsonObject {
  return membersOf(parseJson(JSON.stringify(annotations)))
}
