/** The proxies of a client, and what each of them stands for. */
import type { Caller, Target } from '../rpc/calling/caller.js'
import { referredTo } from '../rpc/calling/target.js'
import { standsFor } from '../rpc/handing/references.js'
import { createProxy, type Remote } from '../rpc/proxies/proxy.js'
import type { ObjectOf } from './batch.js'
import type { Calls } from './calls.js'
import type { Defaults } from './said.js'
import { targetOf } from './target.js'

export interface ProxiesParts {
  readonly caller: Pick<Caller, 'methodsOf' | 'describe'>
  readonly calls: Calls
  readonly defaults: Defaults
}

export class Proxies {
  readonly #parts: ProxiesParts
  readonly #objects = new WeakMap<object, ObjectOf>()

  constructor(parts: ProxiesParts) {
    this.#parts = parts
  }

  /** @throws InvalidParamsError for a URI that is none */
  to<T>(name: string): Remote<T> {
    return this.#to(name, targetOf(name))
  }

  /** Of a reference, which another process has made. @throws as {@link to} */
  referred<T>(name: string): Remote<T> {
    return this.#to(name, referredTo(targetOf(name)))
  }

  #to<T>(name: string, target: Target): Remote<T> {
    const { caller, calls, defaults } = this.#parts
    const proxy = createProxy<T>((method, params, options) => calls.call(target, method, params, options), {
      name,
      methods: () => caller.methodsOf(target),
      learn: async ({ timeoutMs = defaults.timeoutMs, signal } = {}) =>
        (await caller.describe(target, { ...defaults, timeoutMs, signal })).methods,
    })
    this.#objects.set(proxy, { name, target })
    standsFor(proxy, name)
    return proxy
  }

  /** What the proxy stands for, if it is one of these. */
  objectOf(proxy: object): ObjectOf | undefined {
    return this.#objects.get(proxy)
  }
}
