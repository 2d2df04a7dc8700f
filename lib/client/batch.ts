/** Calls that are made together: they are collected one by one, and sent when all are there. */
import { isList } from '../json.js'
import type { CallOptions } from '../rpc/proxies/call-options.js'
import type { CommonRoute } from '../rpc/calling/common-route.js'
import type { Caller, CallerCallOptions, Target } from '../rpc/calling/caller.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { showCallersLine } from '../rpc/calling/callers-line.js'
import { followable } from '../rpc/handing/following.js'
import { metOutside } from '../rpc/met-outside.js'
import { isReference, type Reference } from '../rpc/kept-reference.js'
import { referredTo } from '../rpc/calling/target.js'
import { createProxy, type Remote } from '../rpc/proxies/proxy.js'
import type { Methods } from '../rpc/proxies/remote-method.js'
import type { Member } from '../rpc/calling/at-one-place.js'
import { untilAborted } from '../rpc/calling/until-aborted.js'

/** Makes the proxies whose calls go together. */
export interface Batch {
  /** As `rollcall.object`, for this batch. */
  object<T>(name: string | Reference<T>): Remote<T>
  /** The same object as `proxy`, which `rollcall.object` made. @throws InvalidParamsError for anything else */
  of<P extends object>(proxy: P): P
}

/** For a list of promises, or a promise of one: the list of their results. For anything else: what it resolves to. */
export type Together<R> = Results<Awaited<R>>

type Results<L> = L extends readonly unknown[] ? { -readonly [I in keyof L]: Awaited<L[I]> } : L

export interface CollectorParts {
  /** For messages: `batch`. */
  readonly door: string
  /** The one that a proxy of this client stands for. */
  readonly objectOf: (proxy: object) => ObjectOf | undefined
  readonly target: (name: string) => Target
  readonly methodsOf: (target: Target) => Methods | undefined
  /** Takes a call. What it throws is that call's outcome. */
  readonly add: (call: CollectedCall) => Promise<unknown>
  /** Methods of a result can be called before it has come. */
  readonly isFollowable: boolean
}

export interface CollectedCall {
  readonly object: ObjectOf
  readonly method: string
  readonly params: readonly unknown[]
  readonly options: CallOptions | undefined
}

export interface ObjectOf {
  readonly name: string
  readonly target: Target
}

export class Collector implements Batch {
  readonly outcomes: Promise<unknown>[] = []
  readonly #parts: CollectorParts
  #isOver = false

  constructor(parts: CollectorParts) {
    this.#parts = parts
  }

  object<T>(name: string | Reference<T>): Remote<T> {
    const { target } = this.#parts
    if (!isReference(name)) return this.#proxy<T>({ name, target: target(name) })
    return this.#proxy<T>({ name: name.of, target: referredTo(target(name.of)) })
  }

  of<P extends object>(proxy: P): P {
    const { door, objectOf } = this.#parts
    const object = objectOf(proxy)
    if (object !== undefined) return this.#proxy(object) as P
    throw new InvalidParamsError(
      `${door}: of() takes a proxy that object() of this client has made; what came over a connection can't be in a ${door}`,
    )
  }

  /** Runs what makes the calls, and no call is taken after that. What has no result yet is asked for it at once. */
  collect<R>(make: (calls: Batch) => R): R {
    try {
      const made = make(this)
      return isList(made) ? (made.map(asked) as R) : made
    } finally {
      this.#isOver = true
    }
  }

  #proxy<T>(object: ObjectOf): Remote<T> {
    const { methodsOf, door } = this.#parts
    const { name, target } = object
    const methods = (): Methods | undefined => methodsOf(target)
    const add = (
      method: string,
      params: readonly unknown[],
      options: CallOptions | undefined,
    ): Promise<unknown> => this.#add({ object, method, params, options })
    return createProxy<T>(add, {
      name,
      methods,
      // By the time that its process has answered, the others were on their way.
      learn: () => Promise.reject(notKnown(door, name)),
    })
  }

  #add(call: CollectedCall): Promise<unknown> {
    const outcome = this.#outcome(call)
    this.outcomes.push(outcome)
    return this.#parts.isFollowable ? followable(outcome) : outcome
  }

  async #outcome(call: CollectedCall): Promise<unknown> {
    try {
      const { door, add } = this.#parts
      if (this.#isOver) throw tooLate(door, nameOf(call))
      return await add(call)
    } catch (error) {
      showCallersLine(error)
      throw metOutside(error)
    }
  }
}

/** Sends its calls when all are there. */
export class BatchToBe {
  readonly #caller: Caller
  readonly #said: (options: CallOptions | undefined) => CallerCallOptions
  readonly #members: Member[] = []
  /** By the name of the object. */
  readonly #routes = new Map<string, CommonRoute>()

  constructor(caller: Caller, said: (options: CallOptions | undefined) => CallerCallOptions) {
    this.#caller = caller
    this.#said = said
  }

  readonly add = (collected: CollectedCall): Promise<unknown> => {
    const { object, method, params, options } = collected
    const call = this.#caller.prepare(
      object.target,
      method,
      params,
      this.#said(options),
      this.#routeOf(object),
    )
    const outcome = new Promise((resolve, reject) => this.#members.push({ call, resolve, reject }))
    if (call.signal === undefined) return outcome
    // Nobody hears it once it was given up.
    outcome.catch(() => undefined)
    return untilAborted(call.signal, nameOf(collected), call, () => outcome)
  }

  send(isOneway: boolean): void {
    void this.#caller.together(this.#members, isOneway)
  }

  #routeOf({ name, target }: ObjectOf): CommonRoute {
    const route = this.#routes.get(name) ?? this.#caller.commonRoute(target)
    this.#routes.set(name, route)
    return route
  }
}

/** As {@link Together}. Rejects as {@link resultsOf} throws. */
export async function brought(made: unknown): Promise<unknown> {
  const all = await made
  return isList(all) ? resultsOf(all) : all
}

/**
 * The results in the order of the list, once all are there. @throws what the first of them that failed has failed with
 */
export async function resultsOf(list: readonly unknown[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(list)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** An attribute is read when it is awaited, which must be now. */
function asked(value: unknown): unknown {
  if (typeof value !== 'function') return value
  const then: unknown = Reflect.get(value, 'then')
  if (typeof then !== 'function') return value
  return new Promise<unknown>((resolve, reject) => void Reflect.apply(then, value, [resolve, reject]))
}

/** In an error's sentence. */
export function nameOf({ object: { name }, method }: CollectedCall): string {
  return `${name}.${method}`
}

function tooLate(door: string, call: string): InvalidParamsError {
  const sentence = `${call}: this ${door} is on its way already, and the call was not sent`
  return new InvalidParamsError(`${sentence}: make its calls before the function returns, or first awaits`)
}

function notKnown(door: string, name: string): InvalidParamsError {
  return new InvalidParamsError(
    `a ${door} can't ask what ${name} has: write options as METHOD.with(options)(…), and read attributes alone once before`,
  )
}
