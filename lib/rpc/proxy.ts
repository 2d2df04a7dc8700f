/** An object that stands for a remote one: each of its methods is a call. */
import type { Json } from '../json.js'
import { whyUncallable, type UncallableName } from './callable-names.js'

/** Every method of T, returning a promise of what it returns; what can't be called from outside is left out. */
export type Remote<T> = {
  readonly [
    K in keyof T as T[K] extends (...args: never[]) => unknown ? CallableName<K> : never
  ]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}

type CallableName<K> = K extends UncallableName ? never : K extends string ? K : never

/** Makes a call of a method by its name. */
export type ProxyCall = (method: string, params: readonly Json[]) => Promise<Json>

/**
 * A typed face on `call`. Trailing undefined arguments are left out, so that the method's defaults apply. The proxy
 * can be awaited, printed and compared without making a call.
 */
export function createProxy<T>(call: ProxyCall): Remote<T> {
  const methods = new Map<string, (...params: Json[]) => Promise<Json>>()
  const target: object = Object.create(null) as object
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name === 'symbol') return undefined
      const known = methods.get(name)
      if (known !== undefined || whyUncallable(name) !== undefined) return known
      const method = (...params: readonly (Json | undefined)[]): Promise<Json> => call(name, trimmed(params))
      methods.set(name, method)
      return method
    },
    has: (_, name) => whyUncallable(name) === undefined,
    set: () => false,
  }) as Remote<T>
}

function trimmed(params: readonly (Json | undefined)[]): readonly Json[] {
  const last = params.findLastIndex((param) => param !== undefined)
  return params.slice(0, last + 1).map((param) => param ?? null)
}
