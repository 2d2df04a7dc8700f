/** The proxies of a client, and what each of them stands for. */
import { unheeded } from '../promised.js'
import type { Caller, Target } from '../rpc/calling/caller.js'
import { referredTo } from '../rpc/calling/target.js'
import { standsFor } from '../rpc/handing/references.js'
import { createProxy, type ProxyCall, type Remote } from '../rpc/proxies/proxy.js'
import type { ObjectOf } from './batch.js'
import type { Calls } from './calls.js'
import type { Defaults } from './said.js'
import { targetOf } from './target.js'

export interface ProxiesParts {
  readonly caller: Pick<Caller, 'methodsOf' | 'describe' | 'isPointedAt'>
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

  /** Of a reference, which another process has made. `isGiven`: as an argument. @throws as {@link to} */
  referred<T>(name: string, isGiven = false): Remote<T> {
    return this.#to(name, referredTo(targetOf(name)), isGiven)
  }

  #to<T>(name: string, target: Target, isGiven = false): Remote<T> {
    const { caller, calls, defaults } = this.#parts
    const call: ProxyCall = (method, params, options) => calls.call(target, method, params, options)
    const proxy = createProxy<T>(isGiven ? (...of) => unheeded(call(...of)) : call, {
      name,
      methods: () => caller.methodsOf(target),
      learn: async ({ timeoutMs = defaults.timeoutMs, signal } = {}) =>
        (await caller.describe(target, { ...defaults, timeoutMs, signal })).methods,
      isPointedAt: (value) => caller.isPointedAt(value),
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
