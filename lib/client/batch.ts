/** Calls that are made together: they are collected one by one, and sent when all are there. */
import { isList } from '../json.js'
import type { Call } from '../rpc/call.js'
import type { CallOptions } from '../rpc/call-options.js'
import type { CommonRoute } from '../rpc/common-route.js'
import type { Target } from '../rpc/caller.js'
import { InvalidParamsError } from '../rpc/errors.js'
import { showCallersLine } from '../rpc/callers-line.js'
import { metOutside } from '../rpc/met-outside.js'
import { createProxy, type Remote } from '../rpc/proxy.js'
import type { Methods } from '../rpc/remote-method.js'
import type { Member } from '../rpc/together.js'
import { untilAborted } from '../rpc/until-aborted.js'

/** What calls are made on that are to go together. */
export interface Batch {
  /** As `rollcall.object`. */
  object<T>(name: string): Remote<T>
  /** The object of a proxy that `rollcall.object` has made. @throws InvalidParamsError for anything else */
  of<P extends object>(proxy: P): P
}

/** A list of promises as the list of what they bring; anything else as what it brings when it is awaited. */
export type Together<R> = R extends readonly unknown[]
  ? { -readonly [I in keyof R]: Awaited<R[I]> }
  : Awaited<R>

export interface CollectorParts {
  /** For messages: `batch`. */
  readonly door: string
  /** The one that a proxy of this client stands for. */
  readonly objectOf: (proxy: object) => ObjectOf | undefined
  readonly target: (name: string) => Target
  readonly methodsOf: (target: Target) => Methods | undefined
  readonly routeOf: (target: Target) => CommonRoute
  readonly prepare: (
    target: Target,
    method: string,
    params: readonly unknown[],
    options: CallOptions | undefined,
    route: CommonRoute,
  ) => Call
}

export interface ObjectOf {
  readonly name: string
  readonly target: Target
}

export class Collector implements Batch {
  readonly members: Member[] = []
  readonly outcomes: Promise<unknown>[] = []
  readonly #parts: CollectorParts
  /** By the name of the object. */
  readonly #routes = new Map<string, CommonRoute>()
  #isOver = false

  constructor(parts: CollectorParts) {
    this.#parts = parts
  }

  object<T>(name: string): Remote<T> {
    return this.#proxy<T>({ name, target: this.#parts.target(name) })
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

  #proxy<T>({ name, target }: ObjectOf): Remote<T> {
    const { methodsOf, door } = this.#parts
    const methods = (): Methods | undefined => methodsOf(target)
    const route = this.#routes.get(name) ?? this.#parts.routeOf(target)
    this.#routes.set(name, route)
    const add = this.#add.bind(this, { name, target }, route)
    return createProxy<T>(add, {
      name,
      methods,
      // By the time that its process has answered, the others were on their way.
      learn: () => Promise.reject(notKnown(door, name)),
    })
  }

  #add(
    object: ObjectOf,
    route: CommonRoute,
    method: string,
    params: readonly unknown[],
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const outcome = this.#outcome(object, route, method, params, options)
    this.outcomes.push(outcome)
    return outcome
  }

  async #outcome(
    { name, target }: ObjectOf,
    route: CommonRoute,
    method: string,
    params: readonly unknown[],
    options: CallOptions | undefined,
  ): Promise<unknown> {
    try {
      const { door, prepare } = this.#parts
      if (this.#isOver) throw tooLate(door, `${name}.${method}`)
      const call = prepare(target, method, params, options, route)
      const outcome = new Promise((resolve, reject) => this.members.push({ call, resolve, reject }))
      if (call.signal === undefined) return await outcome
      // Nobody hears it once it was given up.
      outcome.catch(() => undefined)
      return await untilAborted(call.signal, `${name}.${method}`, call, () => outcome)
    } catch (error) {
      showCallersLine(error)
      metOutside(error)
      throw error
    }
  }
}

/** The results in the order of the list, once all are there. @throws what the first of them that failed has failed with */
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

function tooLate(door: string, call: string): InvalidParamsError {
  const sentence = `${call}: this ${door} is on its way already, and the call was not sent`
  return new InvalidParamsError(`${sentence}: make its calls before the function returns, or first awaits`)
}

function notKnown(door: string, name: string): InvalidParamsError {
  return new InvalidParamsError(
    `a ${door} can't ask what ${name} has: write options as METHOD.with(options)(…), and read attributes alone once before`,
  )
}
