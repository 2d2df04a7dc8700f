/** An object that stands for a remote one: each of its methods is a call. */
import type { Json } from '../json.js'
import type { RegisteredTypes } from '../values/registered.js'
import { isAmbiguous, whyUncallable, type UncallableName } from './callable-names.js'
import type { CallOptions } from './call-options.js'
import { remoteMethod, type ProxyCall, type ProxyKnowledge, type RemoteMethod } from './remote-method.js'

export type { ProxyCall, ProxyKnowledge } from './remote-method.js'

/**
 * Every method of T, taking what can be sent and returning a promise of what arrives, and every other member as a promise of
 * what it holds; what can't be called from outside is left out. What JSON has no word for can be neither: a parameter or a
 * result that is a `Date`, a `Map` or a function is of type `never`.
 */
export type Remote<T> = {
  readonly [K in keyof T as CallableName<K>]: T[K] extends (...args: infer A) => infer R
    ? Called<A, Result<Awaited<R>>>
    : PromiseLike<Result<T[K]>>
}

/** A method, called with what can be sent, and with options of this call. */
export interface Called<A extends readonly unknown[], R> {
  (...args: IsFixed<A> extends true ? [...SentList<A>, options?: CallOptions] : SentList<A>): Promise<R>
  /** The same with options of this call, whatever its parameters. */
  with(options: CallOptions): (...args: SentList<A>) => Promise<R>
}

/** Whether there are always as many: none may be left out, and none is a rest. */
type IsFixed<A extends readonly unknown[]> = number extends A['length']
  ? false
  : A extends Required<A>
    ? true
    : false

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

/**
 * A typed face on `call`. Trailing undefined arguments are left out, so that the method's defaults apply. The proxy
 * can be awaited, printed, logged and compared without making a call.
 */
export function createProxy<T>(call: ProxyCall, knowledge: ProxyKnowledge = {}): Remote<T> {
  const { name: objectName = 'object', methods = () => undefined, dispose } = knowledge
  const made = new Map<string, RemoteMethod>()
  const answers = (name: string): boolean =>
    whyUncallable(name) === undefined && (!isAmbiguous(name) || methods()?.has(name) === true)
  const methodNamed = (name: string): RemoteMethod => {
    const method = remoteMethod(name, call, knowledge)
    made.set(name, method)
    return method
  }
  return new Proxy(remoteObject(objectName, dispose), {
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

function remoteObject(name: string, dispose: (() => void) | undefined): object {
  const shown = { value: () => `Remote ${name}`, configurable: true }
  return Object.defineProperties(Object.create(PROTOTYPE) as object, {
    [Symbol.toStringTag]: { value: `Remote ${name}`, configurable: true },
    [Symbol.toPrimitive]: shown,
    [Symbol.for('nodejs.util.inspect.custom')]: shown,
    ...(dispose && { [Symbol.dispose]: { value: dispose } }),
  })
}
