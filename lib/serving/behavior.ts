/** How many instances of a served class there are, and who makes them. */
import { isObject } from '../json.js'
import { checkOptions, FUNCTION, type Rules } from '../rpc/options.js'

export type Class<T extends object = object> = new (...args: never[]) => T

/**
 * `single`: one instance for all callers. `session`: one for each connection, disposed of when that ends; over HTTP
 * each request is a connection. `call`: one for each call, disposed of when that has its result, or when the stream it
 * returned has ended. An instance is disposed of by its `Symbol.dispose` or `Symbol.asyncDispose`, if it has one.
 */
export type InstanceMode = 'single' | 'session' | 'call'

/** How instances of a served class are made: for `@behavior` and `static behavior`. */
export interface Behavior<T extends object = object> {
  /** Default `single`. */
  readonly mode?: InstanceMode | undefined
  /** Makes an instance. Default: `new`, without arguments. */
  readonly create?: (() => T) | undefined
}

const MODES: readonly unknown[] = ['single', 'session', 'call'] satisfies readonly InstanceMode[]

const RULES: Rules<Behavior> = {
  mode: { holds: (value) => MODES.includes(value), wanted: '"single", "session" or "call"' },
  create: FUNCTION,
}

const behaviors = new WeakMap<object, Behavior>()

/**
 * Decorates a class that is served itself, rather than as an instance. Without decorators:
 * `static behavior = { mode: 'session' }`. @throws InvalidParamsError for an unknown or invalid option
 */
export function behavior<T extends object>(
  how: Behavior<T>,
): (served: Class<T>, context?: ClassDecoratorContext) => void {
  checkOptions('@behavior', how, RULES)
  return (served) => void behaviors.set(served, how)
}

/** Of the class, or else of the nearest above it that says so. @throws InvalidParamsError */
export function behaviorOf(served: Class): Behavior {
  for (let at: unknown = served; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const how: unknown = behaviors.get(at) ?? Object.getOwnPropertyDescriptor(at, 'behavior')?.value
    if (how === undefined) continue
    if (isObject(how)) checkOptions(`static behavior of ${served.name}`, how, RULES)
    return how as Behavior
  }
  return {}
}
