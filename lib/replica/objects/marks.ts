/**
 * What of a class is replicated: which methods are commands (they change the object and go through the log) and
 * which are queries (they only read). Marked by decorators, or in plain JavaScript by two static lists:
 *
 *     class Counter {
 *       static commands = ['increment']
 *       static queries = ['value']
 *     }
 */
import { whyUncallable } from '../../rpc/callable-names.js'

/** A class whose instances can be replicated: its constructor takes nothing. */
export type ReplicatedClass = new () => object

/** Makes the one instance that a replica hosts. A factory must make the same state on every replica. */
export type ReplicatedSource = ReplicatedClass | (() => object)

export type MarkKind = 'command' | 'query'

type Method = (this: never, ...args: never[]) => unknown

/** A class that can't be replicated as it stands. The message says which one, why, and what to change. */
export class UnsuitableClassError extends Error {
  override readonly name = 'UnsuitableClassError'
}

const marked = new WeakMap<object, MarkKind>()

/** Marks a method as a command: it runs on every replica, in the order of the log, synchronously and deterministically. */
export function command(method: Method, context: ClassMethodDecoratorContext): void {
  mark('command', method, context)
}

/** Marks a method as a query: it runs at one replica, sees every command acknowledged before, and changes nothing. */
export function query(method: Method, context: ClassMethodDecoratorContext): void {
  mark('query', method, context)
}

function mark(kind: MarkKind, method: Method, context: ClassMethodDecoratorContext): void {
  const name = String(context.name)
  if (context.private || context.static) {
    throw new UnsuitableClassError(`@${kind} ${name}: only a public method of the instance can be a ${kind}`)
  }
  demandCallable(context.name, `@${kind} ${name}`)
  if (marked.has(method)) throw new UnsuitableClassError(`${name} is marked twice`)
  marked.set(method, kind)
}

function demandCallable(name: string | symbol, shown: string): void {
  const why = whyUncallable(name)
  if (why === undefined) return
  throw new UnsuitableClassError(
    `${shown} can't be called from outside: ${why}; give the method another name`,
  )
}

/** A replicated object's methods, checked, with what each one is. */
export interface Marks {
  readonly className: string
  /** Commands that make the state smaller or leave it as it is: taken though it has reached its limit. */
  readonly frees: ReadonlySet<string>
  readonly methods: ReadonlyMap<
    string,
    { readonly kind: MarkKind; readonly run: (...args: unknown[]) => unknown }
  >
}

/**
 * Makes the instance and reads its marks.
 * Throws an {@link UnsuitableClassError} when the class can't be replicated: it marks nothing, marks a name that is
 * never callable or that is no method, an `async` method or a generator, or keeps state in `#private` fields.
 */
export function instantiate(source: ReplicatedSource): { readonly instance: object; readonly marks: Marks } {
  const instance = make(source)
  const classes = lineage(instance)
  const className = classes[0]?.name ?? 'an object without a class'
  const kinds = new Map([...decorated(classes), ...listed(instance, className)])
  if (kinds.size === 0) {
    throw new UnsuitableClassError(
      `${className} has no command and no query: mark its methods with @command and @query, ` +
        `or list their names in static commands = […] and static queries = […]`,
    )
  }
  refuseHiddenState(instance, classes)
  const methods = new Map(
    [...kinds].map(([name, kind]) => [name, { kind, run: bound(instance, className, name) }]),
  )
  return { instance, marks: { className, methods, frees: freeing(instance, className, kinds) } }
}

/** `static frees = ['remove']` of the class. */
function freeing(
  instance: object,
  className: string,
  kinds: ReadonlyMap<string, MarkKind>,
): ReadonlySet<string> {
  const names = list(instance, className, 'frees')
  const stranger = names.find((name) => kinds.get(name) !== 'command')
  if (stranger === undefined) return new Set(names)
  throw new UnsuitableClassError(`static frees of ${className} names ${stranger}, which is no command of it`)
}

/** `new` serves classes and factory functions alike; an arrow function can only be called. */
function make(source: ReplicatedSource): object {
  const made: unknown = Object.hasOwn(source, 'prototype')
    ? Reflect.construct(source, [])
    : Reflect.apply(source, undefined, [])
  if (typeof made !== 'object' || made === null) {
    throw new UnsuitableClassError(
      `a factory of a replicated object must return an object, not ${typeof made}`,
    )
  }
  return made
}

/** The instance's class and those that it extends, nearest first, without Object. */
function lineage(instance: object): readonly (() => void)[] {
  const classes: (() => void)[] = []
  for (
    let at: unknown = Object.getPrototypeOf(instance);
    typeof at === 'object' && at !== null;
    at = Object.getPrototypeOf(at)
  ) {
    const maker: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value
    if (at !== Object.prototype && isFunction(maker)) classes.push(maker)
  }
  return classes
}

function decorated(classes: readonly (() => void)[]): [string, MarkKind][] {
  const found = new Map<string, MarkKind>()
  for (const each of classes.toReversed()) {
    const prototype: unknown = each.prototype
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const value: unknown = property.value
      const kind = isFunction(value) ? marked.get(value) : undefined
      if (kind !== undefined) found.set(name, kind)
    }
  }
  return [...found]
}

function listed(instance: object, className: string): [string, MarkKind][] {
  const commands = list(instance, className, 'commands')
  const queries = list(instance, className, 'queries')
  const both = commands.find((name) => queries.includes(name))
  if (both !== undefined)
    throw new UnsuitableClassError(`${className}.${both} can't be both a command and a query`)
  return [
    ...commands.map((name): [string, MarkKind] => [name, 'command']),
    ...queries.map((name): [string, MarkKind] => [name, 'query']),
  ]
}

function list(instance: object, className: string, which: 'commands' | 'queries' | 'frees'): string[] {
  const maker: unknown = Reflect.get(instance, 'constructor')
  const value: unknown = isFunction(maker) ? Reflect.get(maker, which) : undefined
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value
  throw new UnsuitableClassError(`static ${which} of ${className} must be a list of method names`)
}

function bound(instance: object, className: string, name: string): (...args: unknown[]) => unknown {
  demandCallable(name, `${className}.${name}`)
  const method = methodOf(instance, name)
  if (method === undefined) throw new UnsuitableClassError(`${className} has no method ${name}, but marks it`)
  if (!/^\[object Function\]$/.test(Object.prototype.toString.call(method))) {
    throw new UnsuitableClassError(`${className}.${name} must be synchronous: neither async nor a generator`)
  }
  return (...args) => Reflect.apply(method, instance, args)
}

/** A method of the instance's class, or of one that it extends. */
export function methodOf(instance: object, name: string): ((...args: unknown[]) => unknown) | undefined {
  for (const each of lineage(instance)) {
    const value: unknown = Object.getOwnPropertyDescriptor(each.prototype, name)?.value
    if (isFunction(value)) return value
  }
  return undefined
}

/**
 * A snapshot takes an object's fields, and `#private` ones can't be seen from outside. Nothing in the language tells
 * whether a class has them, so its source is read: comments and quoted text aside, a `#name` that begins a member
 * and is not a method is a field. Compilers that turn private fields into WeakMaps get past this.
 */
function refuseHiddenState(instance: object, classes: readonly (() => void)[]): void {
  if (methodOf(instance, 'snapshot') !== undefined && methodOf(instance, 'restore') !== undefined) return
  for (const each of classes) {
    const source = Function.prototype.toString.call(each).replace(COMMENTS_AND_TEXTS, '""')
    const field = PRIVATE_FIELD.exec(source)?.[1]
    if (field === undefined) continue
    throw new UnsuitableClassError(
      `${each.name} keeps state in ${field}, which a snapshot can't see: make it an ordinary field, ` +
        `or give the class the methods snapshot and restore`,
    )
  }
}

const COMMENTS_AND_TEXTS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
const PRIVATE_FIELD = /(?:^|[;{}\n])\s*(#[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[=;}]|\n)/u

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}
