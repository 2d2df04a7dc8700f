/**
 * Which methods and getters of an object can be called from outside: only those that its class marks. With decorators,
 * TC39's or TypeScript's older ones, or without any:
 *
 *     class Greeter {                          class Greeter {
 *       @expose greet(name) { … }                static exposed = ['greet', 'language']
 *       @expose get language() { … }             static oneway = ['log']
 *       @oneway log(line) { … }                  …
 *     }                                        }
 */
import { isList } from '../json.js'
import { whyUncallable } from '../rpc/callable-names.js'
import { InvalidParamsError } from '../rpc/errors.js'

type AnyFunction = (...args: never[]) => unknown
type AnyClass = abstract new (...args: never[]) => object

/** `oneway`: the caller does not wait for the method to end, and does not learn its outcome. */
export type MarkKind = 'exposed' | 'oneway'

/** Where a decorator of TC39's kind can stand. */
export type MemberContext =
  ClassMethodDecoratorContext | ClassGetterDecoratorContext | ClassAccessorDecoratorContext

/** What stands elsewhere, such as a field, is no method yet, and one on a setter would say nothing. */
const PLACES: ReadonlySet<string> = new Set([
  'method',
  'getter',
  'accessor',
] satisfies MemberContext['kind'][])

/** Functions marked by a decorator: methods and getters. Looked up along the prototype chain of an instance. */
const marked = new WeakMap<object, MarkKind>()
/** By the class, or the object, for which they were given. */
const named = new WeakMap<object, Map<string, MarkKind>>()

/**
 * Decorates a method or a getter, which can then be called from outside, or a class, for all its public ones.
 * @throws InvalidParamsError for a member that can't be exposed
 */
export function expose(
  value: AnyFunction,
  context: ClassMethodDecoratorContext | ClassGetterDecoratorContext,
): void
export function expose(value: object, context: ClassAccessorDecoratorContext): void
export function expose(value: AnyClass, context?: ClassDecoratorContext): void
/** On a method or a getter, under TypeScript's `experimentalDecorators`. */
export function expose(prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
export function expose(value: object, place?: MemberContext | ClassDecoratorContext | string | symbol): void {
  if (place === undefined || (typeof place === 'object' && place.kind === 'class'))
    nameMembers(value, publicNames(prototypeOf(value)), 'exposed')
  else markMember(value, place, 'exposed')
}

/**
 * Decorates a method that can be called from outside without waiting for it: the call resolves to undefined as soon as
 * it has been sent. What the method returns or throws is known only to its own process.
 */
export function oneway(method: AnyFunction, context: ClassMethodDecoratorContext): void
/** The same under TypeScript's `experimentalDecorators`. */
export function oneway(prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
export function oneway(value?: object, place?: MemberContext | string | symbol): void {
  if (value === undefined || place === undefined)
    throw new InvalidParamsError('@oneway stands before a method, without parentheses')
  markMember(value, place, 'oneway')
}

/**
 * Exposes these methods and getters of a class, or of a plain object, without decorators. Returns the class or object.
 * @throws InvalidParamsError for a name that can't be called
 */
export function exposed<T extends object>(target: T, names: readonly Extract<keyof Made<T>, string>[]): T {
  nameMembers(target, names, 'exposed')
  return target
}

type Made<T> = T extends abstract new (...args: never[]) => infer Instance ? Instance : T

/** The older decorators tell the prototype and the name; of a static member the class itself. */
function markMember(value: object, place: MemberContext | string | symbol, kind: MarkKind): void {
  if (typeof place === 'object') return markFunction(value, place, kind)
  const owner: unknown = Object.getOwnPropertyDescriptor(value, 'constructor')?.value
  if (typeof value === 'function' || typeof owner !== 'function') throw notOfTheInstance(String(place))
  demandCallable(place)
  nameMembers(owner, [String(place)], kind)
}

function markFunction(value: object, context: MemberContext, kind: MarkKind): void {
  if (context.private || context.static || !PLACES.has(context.kind))
    throw notOfTheInstance(String(context.name))
  demandCallable(context.name)
  const read: unknown = context.kind === 'accessor' ? Reflect.get(value, 'get') : value
  if (typeof read === 'function') setMark(marked, read, kind)
}

function notOfTheInstance(name: string): InvalidParamsError {
  return new InvalidParamsError(
    `${name} can not be exposed: only a public method or getter of the instance can be`,
  )
}

function prototypeOf(owner: object): object {
  const prototype: unknown = typeof owner === 'function' ? Reflect.get(owner, 'prototype') : undefined
  if (typeof prototype === 'object' && prototype !== null) return prototype
  throw new InvalidParamsError(
    'only a class, a method or a getter can be exposed; @expose stands there without parentheses',
  )
}

/** @throws InvalidParamsError */
function demandCallable(name: string | symbol): void {
  const why = whyUncallable(name)
  if (why === undefined) return
  throw new InvalidParamsError(`${String(name)} can not be exposed: ${why}; give it another name`)
}

function nameMembers(owner: object, names: readonly string[], kind: MarkKind): void {
  const marks = named.get(owner) ?? new Map<string, MarkKind>()
  for (const name of names) {
    demandCallable(name)
    setMark(marks, name, kind)
  }
  named.set(owner, marks)
}

interface Marks<K> {
  get(key: K): MarkKind | undefined
  set(key: K, kind: MarkKind): unknown
}

/** `@expose @oneway` says the same as `@oneway`. */
function setMark<K>(marks: Marks<K>, key: K, kind: MarkKind): void {
  if (marks.get(key) !== 'oneway') marks.set(key, kind)
}

export function publicNames(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype).filter(
    (name) => whyUncallable(name) === undefined && functionOf(prototype, name) !== undefined,
  )
}

/** Of the object itself, its class and the classes above; the nearest has the say. */
export function marksOf(instance: object): ReadonlyMap<string, MarkKind> {
  const marks = new Map<string, MarkKind>()
  const add = (name: string, kind: MarkKind): void => {
    if (!marks.has(name)) marks.set(name, kind)
  }
  named.get(instance)?.forEach((kind, name) => add(name, kind))
  for (const prototype of prototypesOf(instance)) {
    const own = new Map<string, MarkKind>()
    for (const [name, kind] of marksOfClass(prototype)) setMark(own, name, kind)
    own.forEach((kind, name) => add(name, kind))
  }
  return marks
}

export function prototypesOf(instance: object): object[] {
  const chain: object[] = []
  let prototype: unknown = Object.getPrototypeOf(instance)
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    chain.push(prototype)
    prototype = Object.getPrototypeOf(prototype)
  }
  return chain
}

function* marksOfClass(prototype: object): Generator<readonly [string, MarkKind]> {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const found = functionOf(prototype, name)
    const kind = found && marked.get(found)
    if (kind !== undefined) yield [name, kind]
  }
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof owner !== 'function') return
  yield* named.get(owner) ?? []
  for (const name of listed(owner, 'exposed')) yield [name, 'exposed']
  for (const name of listed(owner, 'oneway')) yield [name, 'oneway']
}

function listed(owner: object, list: 'exposed' | 'oneway'): readonly string[] {
  const names: unknown = Object.getOwnPropertyDescriptor(owner, list)?.value
  if (names === undefined) return []
  if (!isList(names)) throw noList(list)
  return names.map((name) => {
    if (typeof name !== 'string') throw noList(list)
    demandCallable(name)
    return name
  })
}

function noList(list: string): InvalidParamsError {
  return new InvalidParamsError(`static ${list} is a list of names`)
}

/** A method, or a getter, that the object itself has under that name. Accessors are not run. */
function functionOf(object: object, name: string): object | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(object, name) ?? {}
  for (const part of ['get', 'value']) {
    const found: unknown = Reflect.get(descriptor, part)
    if (typeof found === 'function') return found
  }
  return undefined
}
