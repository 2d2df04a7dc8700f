/** Calls of objects, each with what is said of it, and within a span of its own where spans are gathered. */
import type { Json } from '../json.js'
import type { Caller, CallerCallOptions, Target } from '../rpc/calling/caller.js'
import type { CallOptions } from '../rpc/proxies/call-options.js'
import type { SurroundingCall, Tracing } from '../rpc/tracing.js'
import type { Said } from './said.js'
import { objectIn } from './target.js'

export class Calls {
  readonly #caller: Pick<Caller, 'followed'>
  readonly #reader: Pick<Caller, 'followed'>
  readonly #said: Said
  readonly #tracing: Tracing | undefined

  /** `reader`: for queries that any member may answer. */
  constructor(
    caller: Pick<Caller, 'followed'>,
    reader: Pick<Caller, 'followed'>,
    said: Said,
    tracing: Tracing | undefined,
  ) {
    this.#caller = caller
    this.#reader = reader
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
    const said = this.#said.within(around, options)
    const caller = isForAny(said) ? this.#reader : this.#caller
    return caller.followed(target, method, params, said)
  }
}

function isForAny({ meta }: CallerCallOptions): boolean {
  const consistency = meta?.consistency
  return consistency === 'stale' || consistency === 'follower'
}
