/**
 * What of an object can be called from outside: nothing, but what its class has said. Three ways to say it: the
 * decorator `@expose` on a method or a class, `expose(Class, ['method'])`, or `static exposed = ['method']`.
 */
import { isList } from '../json.js'
import { whyUncallable } from './callable-names.js'
import { InvalidParamsError } from './errors.js'
import type { ExposedMethod, ExposedObject } from './host.js'

type Method = (this: object, ...params: readonly unknown[]) => unknown
type AnyFunction = (...args: never[]) => unknown
type AnyClass = abstract new (...args: never[]) => object

/** Functions marked by the method decorator. Looked up along the prototype chain of an instance. */
const marked = new WeakSet<object>()
/** Classes marked as a whole, and names given for a class. */
const named = new WeakMap<object, Set<string>>()

/**
 * As a decorator: this method, or all public methods of this class, can be called from outside. Without decorators:
 * these methods of the class. @throws InvalidParamsError when one can't be exposed.
 */
export function expose(value: AnyFunction, context: ClassMethodDecoratorContext): void
export function expose(value: AnyClass, how?: ClassDecoratorContext | readonly string[]): void
/** On a method, under TypeScript's `experimentalDecorators`. */
export function expose(prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
export function expose(
  value: object,
  how?: ClassMethodDecoratorContext | ClassDecoratorContext | readonly string[] | string | symbol,
): void {
  if (typeof how === 'string' || typeof how === 'symbol') markByName(value, how)
  else if (isList(how)) nameMethods(value, how)
  else if (how === undefined || how.kind === 'class') nameMethods(value, publicMethods(prototypeOf(value)))
  else markMethod(value, how)
}

/** TypeScript's older decorators tell the prototype and the name; of a static method the class itself. */
function markByName(prototype: object, name: string | symbol): void {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof prototype === 'function' || typeof owner !== 'function') throw notOfTheInstance(String(name))
  demandCallable(name)
  nameMethods(owner, [String(name)])
}

function notOfTheInstance(name: string): InvalidParamsError {
  return new InvalidParamsError(
    `the method ${name} can not be exposed: only a public one of the instance can be; without decorators, give a class and a list of names`,
  )
}

function prototypeOf(owner: object): object {
  const prototype: unknown = Reflect.get(owner, 'prototype')
  if (typeof prototype === 'object' && prototype !== null) return prototype
  throw new InvalidParamsError('only a class or a method can be exposed')
}

function markMethod(method: object, context: ClassMethodDecoratorContext): void {
  if (context.private || context.static) throw notOfTheInstance(String(context.name))
  demandCallable(context.name)
  marked.add(method)
}

/** @throws InvalidParamsError */
function demandCallable(name: string | symbol): void {
  const why = whyUncallable(name)
  if (why === undefined) return
  throw new InvalidParamsError(`the method ${String(name)} can not be exposed: ${why}; give it another name`)
}

function nameMethods(owner: object, names: readonly string[]): void {
  const set = named.get(owner) ?? new Set()
  for (const name of names) {
    demandCallable(name)
    set.add(name)
  }
  named.set(owner, set)
}

function publicMethods(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter(
    (name) => whyUncallable(name) === undefined && typeof methodOf(prototype, name) === 'function',
  )
}

/**
 * The object as the host wants it: all that its class and the classes above have exposed, each bound to the instance.
 * @throws InvalidParamsError when a name that was given is no method of the object.
 */
export function exposed(instance: object): ExposedObject {
  const methods = new Map<string, ExposedMethod>()
  for (const prototype of prototypesOf(instance)) {
    for (const name of exposedNames(prototype)) {
      if (!methods.has(name)) methods.set(name, plain(instance, name))
    }
  }
  return { methods }
}

function plain(instance: object, name: string): ExposedMethod {
  const method = methodOf(instance, name)
  if (method === undefined)
    throw new InvalidParamsError(`${name} is exposed but is not a method of the object`)
  const handler = (params: readonly unknown[]): unknown => method.apply(instance, [...params])
  return { kind: 'plain', handler, ofValues: handler }
}

function prototypesOf(instance: object): object[] {
  const chain: object[] = []
  let prototype: unknown = Object.getPrototypeOf(instance)
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    chain.push(prototype)
    prototype = Object.getPrototypeOf(prototype)
  }
  return chain
}

function exposedNames(prototype: object): string[] {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  const byDecorator = publicMethods(prototype).filter((name) => {
    const method = methodOf(prototype, name)
    return method !== undefined && marked.has(method)
  })
  if (typeof owner !== 'function') return byDecorator
  return [...byDecorator, ...(named.get(owner) ?? []), ...staticNames(owner)]
}

function staticNames(owner: object): string[] {
  const list: unknown = Object.getOwnPropertyDescriptor(owner, 'exposed')?.value
  if (list === undefined) return []
  if (!isList(list)) throw new InvalidParamsError('static exposed is a list of method names')
  return list.map((name) => {
    if (typeof name !== 'string') throw new InvalidParamsError('static exposed is a list of method names')
    demandCallable(name)
    return name
  })
}

/** Found without running an accessor, along the prototype chain. */
function methodOf(object: object, name: string): Method | undefined {
  for (let at: unknown = object; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor !== undefined) return isMethod(descriptor.value) ? descriptor.value : undefined
  }
  return undefined
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}
