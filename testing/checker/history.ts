/**
 * What clients did to a shared object and what they were told, as plain data. Only the order of the times counts:
 * an operation that was answered before another was invoked comes before it, all others are concurrent.
 */
import type { Json } from '../../lib/json.js'

/** A method of a remote object that a client called, and with what. */
export interface MethodCall {
  /** The name of the object. A history is about one object; those of others are told apart by it. */
  readonly object: string
  readonly method: string
  readonly params: readonly Json[]
}

/** One call of one client. A client may have several in flight. */
export interface Operation<Call = MethodCall, Result = Json> {
  readonly client: string
  readonly call: Call
  /** In any unit, on one clock for the whole history. */
  readonly invokedAt: number
  readonly outcome: Outcome<Result>
}

/**
 * `answered`: it took effect once, between `invokedAt` and `at`; an error of the object's own is a result too, in
 * whatever form the model gives it. `unknown`: it took effect once, at any time after `invokedAt`, however late, or
 * never.
 *
 * A call that surely was not executed is in no history.
 */
export type Outcome<Result> =
  { readonly kind: 'answered'; readonly at: number; readonly result: Result } | { readonly kind: 'unknown' }

/** A call that has begun. Exactly one of the three ends it; until then its outcome counts as unknown. */
export interface Begun<Result> {
  /** It has ended with this result. */
  ok(result: Result): void
  /** Perhaps executed. A mere query without an answer has told nothing: end it with {@link failed}. */
  unknown(): void
  /** Certainly not executed: it leaves no trace in the history. */
  failed(): void
}

/** Writes down a history while the clients of one process make it. */
export class Recorder<Call = MethodCall, Result = Json> {
  readonly #operations = new Set<Operation<Call, Result>>()
  #events = 0
  readonly #now: () => number

  /**
   * `now` must never go back; times that are equal count as concurrent. By default the events are numbered as they
   * are recorded, which tells more: no two are equal.
   */
  constructor(now?: () => number) {
    this.#now = now ?? (() => (this.#events += 1))
  }

  /** Call it before the request leaves. @throws Error when a call is ended twice, by the methods of what it returns. */
  begin(client: string, call: Call): Begun<Result> {
    const begun: Operation<Call, Result> = {
      client,
      call,
      invokedAt: this.#now(),
      outcome: { kind: 'unknown' },
    }
    this.#operations.add(begun)
    let ended = false
    const end = (operation: Operation<Call, Result> | undefined): void => {
      if (ended) throw new Error(`a call of ${client} has ended twice in its history`)
      ended = true
      if (operation === begun) return
      this.#operations.delete(begun)
      if (operation !== undefined) this.#operations.add(operation)
    }
    return {
      ok: (result) => end({ ...begun, outcome: { kind: 'answered', at: this.#now(), result } }),
      unknown: () => end(begun),
      failed: () => end(undefined),
    }
  }

  /** By the time of invocation. Calls that have not ended are in it with an unknown outcome. */
  get history(): readonly Operation<Call, Result>[] {
    return [...this.#operations].sort((a, b) => a.invokedAt - b.invokedAt)
  }
}
