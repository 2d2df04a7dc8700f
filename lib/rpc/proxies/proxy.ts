/** An object that stands for a remote one: each of its methods is a call. */
import { isAmbiguous, whyUncallable } from '../callable-names.js'
import type { Remote } from './remote.js'
import { remoteMethod, type ProxyCall, type ProxyKnowledge, type RemoteMethod } from './remote-method.js'

export type { Remote } from './remote.js'
export type { ProxyCall, ProxyKnowledge } from './remote-method.js'

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
    has: (target, name) => (typeof name === 'string' ? answers(name) : Reflect.has(target, name)),
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
