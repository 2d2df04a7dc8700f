/** An object that stands for a remote one: each of its methods is a call. */
import type { Json } from '../json.js'
import type { RegisteredTypes } from '../values/registered.js'
import { isAmbiguous, whyUncallable, type UncallableName } from './callable-names.js'
import { trimmed } from './request.js'

/**
 * Every method of T, taking what can be sent and returning a promise of what arrives; what can't be called from outside
 * is left out. A parameter or a result that can't travel, such as a function or a promise, is of type `never`.
 */
export type Remote<T> = {
  readonly [
    K in keyof T as T[K] extends (...args: never[]) => unknown ? CallableName<K> : never
  ]: T[K] extends (...args: infer A) => infer R
    ? (...args: SentList<A>) => Promise<Result<Awaited<R>>>
    : never
}

type CallableName<K> = K extends UncallableName ? never : K extends string ? K : never

type SentList<A extends readonly unknown[]> = { [I in keyof A]: Sent<A[I]> }

/** T as it arrives; `never` where it would be refused. What nobody knows stays what it is. */
export type Sent<T> = unknown extends T
  ? T
  : T extends Json
    ? T
    : T extends undefined | bigint | RegisteredTypes[keyof RegisteredTypes] | Address
      ? T
      : T extends symbol | Lost
        ? never
        : T extends ReadonlyMap<infer K, infer V>
          ? SentWith<T, K | V>
          : T extends ReadonlySet<infer V>
            ? SentWith<T, V>
            : T extends object
              ? { [K in keyof T]: Sent<T[K]> }
              : T

/** A collection travels if all that it holds does. */
type SentWith<T, Held> = [Held] extends [Sent<Held>] ? T : never

/** A method that returns undefined answers null; what one of type void answers is nobody's business. */
type Result<R> = R extends undefined ? null : Sent<R>

/** A `URL`, whose type not every platform has. */
interface Address {
  readonly href: string
  readonly origin: string
  toJSON(): string
}

/** What stays where it is. */
type Lost = ((...args: never[]) => unknown) | PromiseLike<unknown>

/** Makes a call of a method by its name. The params are what the user has given, and not looked at. */
export type ProxyCall = (method: string, params: readonly Json[]) => Promise<unknown>

/** What a proxy may know of the object. */
export interface ProxyKnowledge {
  /** As it is printed: `kv`. Default: `object`. */
  readonly name?: string
  /** The object's methods, once its process has said them. Default: it never has. */
  readonly methods?: () => { has(name: string): boolean } | undefined
}

/**
 * A typed face on `call`. Trailing undefined arguments are left out, so that the method's defaults apply. The proxy
 * can be awaited, printed, logged and compared without making a call.
 */
export function createProxy<T>(
  call: ProxyCall,
  { name: objectName = 'object', methods = () => undefined }: ProxyKnowledge = {},
): Remote<T> {
  const made = new Map<string, (...params: readonly Json[]) => Promise<unknown>>()
  const answers = (name: string): boolean =>
    whyUncallable(name) === undefined && (!isAmbiguous(name) || methods()?.has(name) === true)
  const methodNamed = (name: string): ((...params: readonly Json[]) => Promise<unknown>) => {
    const method = (...params: readonly Json[]): Promise<unknown> => call(name, trimmed(params))
    made.set(name, method)
    return method
  }
  return new Proxy(remoteObject(objectName), {
    get: (target, name): unknown => {
      if (typeof name === 'symbol') return Reflect.get(target, name)
      const known = made.get(name)
      if (known !== undefined) return known
      return answers(name) ? methodNamed(name) : undefined
    },
    has: (_, name) => typeof name === 'string' && answers(name),
    set: () => false,
  }) as Remote<T>
}

/** What a proxy is when nobody calls it: no plain object, and a name, which is all that printing and comparing find. */
const PROTOTYPE = Object.freeze({})

function remoteObject(name: string): object {
  const shown = { value: () => `Remote ${name}`, configurable: true }
  return Object.defineProperties(Object.create(PROTOTYPE) as object, {
    [Symbol.toStringTag]: { value: `Remote ${name}`, configurable: true },
    [Symbol.toPrimitive]: shown,
    [Symbol.for('nodejs.util.inspect.custom')]: shown,
  })
}
