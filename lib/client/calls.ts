/** Calls of objects, each with what is said of it, and within a span of its own where spans are gathered. */
import type { Json } from '../json.js'
import type { Caller, Target } from '../rpc/calling/caller.js'
import type { CallOptions } from '../rpc/proxies/call-options.js'
import type { SurroundingCall, Tracing } from '../rpc/tracing.js'
import type { Said } from './said.js'
import { objectIn } from './target.js'

export class Calls {
  readonly #caller: Pick<Caller, 'followed'>
  readonly #said: Said
  readonly #tracing: Tracing | undefined

  constructor(caller: Pick<Caller, 'followed'>, said: Said, tracing: Tracing | undefined) {
    this.#caller = caller
    this.#said = said
    this.#tracing = tracing
  }

  /** What is said of this call alone is told to the object's process, too. */
  call(target: Target, method: string, params: readonly Json[], options?: CallOptions): Promise<unknown> {
    const around = this.#said.around()
    if (this.#tracing?.isOn !== true) return this.#within(around, target, method, params, options)
    const parent = options?.meta?.traceparent ?? around?.traceparent
    const span = this.#tracing.calling({ object: objectIn(target), method, parent })
    const traceparent = span?.traceparent
    const said = traceparent === undefined ? options : { ...options, meta: { ...options?.meta, traceparent } }
    const outcome = this.#within(around, target, method, params, said)
    span?.follow(outcome)
    return outcome
  }

  #within(
    around: SurroundingCall | undefined,
    target: Target,
    method: string,
    params: readonly Json[],
    options: CallOptions | undefined,
  ): Promise<unknown> {
    return this.#caller.followed(target, method, params, this.#said.within(around, options))
  }
}
