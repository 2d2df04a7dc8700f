/**
 * Which methods of a class are commands (they change the object and go through the log), and which are queries (they
 * only read). Marked by decorators, or without them by two static lists:
 *
 *     class Counter {
 *       static commands = ['increment']
 *       static queries = ['value']
 *     }
 */
import { isList, membersOf, textsIn } from '../../json.js'
import { fixedParams } from '../../rpc/proxies/fixed-params.js'
import { whyUncallable } from '../../rpc/callable-names.js'
import { shownThrown } from '../../rpc/thrown.js'
import { refuseHiddenState } from './hidden-state.js'
import { demandSynchronous, isFunction, lineage, methodOf } from './lineage.js'
import { UnsuitableClassError } from './unsuitable-class.js'

/** A class whose instances can be replicated: its constructor takes no arguments. */
export type ReplicatedClass = new () => object

/** Makes the one instance that a replica hosts. A factory must make the same state on every replica. */
export type ReplicatedSource = ReplicatedClass | (() => object)

export type MarkKind = 'command' | 'query'

type Method = (this: never, ...args: never[]) => unknown

/** By the function that was marked. */
const marked = new WeakMap<object, MarkKind>()
/** By the prototype and the name: marks of TypeScript's older decorators, which other ones may wrap afterwards. */
const markedByName = new WeakMap<object, Map<string, MarkKind>>()

/**
 * Marks a method as a command, which runs on every replica in the order of the log. It must be synchronous and depend
 * only on its arguments, its object and `commandContext()`.
 */
export function command(method: Method, context: ClassMethodDecoratorContext): void
/** The same under TypeScript's `experimentalDecorators`. */
export function command(prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
export function command(method?: object, context?: DecoratorPlace): void {
  mark('command', method, context)
}

/**
 * Marks a method as a query, which runs on one replica, sees every command acknowledged before, and changes nothing.
 */
export function query(method: Method, context: ClassMethodDecoratorContext): void
/** The same under TypeScript's `experimentalDecorators`. */
export function query(prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
export function query(method?: object, context?: DecoratorPlace): void {
  mark('query', method, context)
}

/**
 * Where a decorator stands; of the older ones only the name is told, and the method's prototype takes its own place.
 */
type DecoratorPlace = ClassMethodDecoratorContext | string | symbol

function mark(kind: MarkKind, owner: object | undefined, place: DecoratorPlace | undefined): void {
  // What is built without its types being checked may call it first, or have it stand before a class.
  if (owner === undefined || place === undefined)
    throw new UnsuitableClassError(`@${kind} stands before a method, without parentheses`)
  if (typeof place === 'string' || typeof place === 'symbol') markByName(kind, owner, place)
  else markMethod(kind, owner, place)
}

function markMethod(kind: MarkKind, method: object, context: ClassMethodDecoratorContext): void {
  const name = String(context.name)
  // Not everybody has types: a getter, and a field, would be passed over.
  const isMethod = (context.kind as string) === 'method'
  if (context.private || context.static || !isMethod) throw notOfTheInstance(kind, name)
  demandCallable(context.name, `@${kind} ${name}`)
  if (marked.has(method)) throw new UnsuitableClassError(`${name} is marked twice`)
  marked.set(method, kind)
}

function markByName(kind: MarkKind, prototype: object, name: string | symbol): void {
  const shown = String(name)
  // Of a static method the class itself is given.
  if (typeof prototype === 'function') throw notOfTheInstance(kind, shown)
  demandCallable(name, `@${kind} ${shown}`)
  const names = markedByName.get(prototype) ?? new Map<string, MarkKind>()
  if (names.has(shown)) throw new UnsuitableClassError(`${shown} is marked twice`)
  markedByName.set(prototype, names.set(shown, kind))
}

function notOfTheInstance(kind: MarkKind, name: string): UnsuitableClassError {
  return new UnsuitableClassError(`@${kind} ${name}: only a public method of the instance can be a ${kind}`)
}

function demandCallable(name: string | symbol, shown: string): void {
  const why = whyUncallable(name)
  if (why === undefined) return
  throw new UnsuitableClassError(
    `${shown} can't be called from outside: ${why}; give the method another name`,
  )
}

/** The static member of a class that names what each of its methods takes; shipped ones alone have it. */
export const PARAMETERS = Symbol('parameters')

/** A replicated object's methods, checked, with what each one is. */
export interface Marks {
  readonly className: string
  /** Commands that make the state smaller or leave it as it is: taken though it has reached its limit. */
  readonly frees: ReadonlySet<string>
  readonly methods: ReadonlyMap<
    string,
    {
      readonly kind: MarkKind
      readonly run: (...args: unknown[]) => unknown
      /** Undefined: it may take any number. */
      readonly parameters: readonly string[] | undefined
      /** How many it has, where it always has as many. */
      readonly params: number | undefined
    }
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
  const kinds = new Map([...decorated(classes), ...listed(classes)])
  if (kinds.size === 0) {
    throw new UnsuitableClassError(
      `${className} has no command and no query: mark its methods with @command and @query, ` +
        `or list their names in static commands = […] and static queries = […]`,
    )
  }
  refuseHiddenState(instance, classes)
  const methods = new Map(
    [...kinds].map(([name, kind]) => [
      name,
      {
        kind,
        run: bound(instance, className, name),
        parameters: parametersOf(classes, name),
        params: paramsOf(instance, name),
      },
    ]),
  )
  return { instance, marks: { className, methods, frees: freeing(classes, className, kinds) } }
}

/** `static frees = ['remove']` of the class, and of those that it extends. */
function freeing(
  classes: readonly (() => void)[],
  className: string,
  kinds: ReadonlyMap<string, MarkKind>,
): ReadonlySet<string> {
  const names = classes.flatMap((each) => list(each, 'frees'))
  const stranger = names.find((name) => kinds.get(name) !== 'command')
  if (stranger === undefined) return new Set(names)
  throw new UnsuitableClassError(`static frees of ${className} names ${stranger}, which is no command of it`)
}

function paramsOf(instance: object, name: string): number | undefined {
  const method: unknown = Reflect.get(instance, name)
  return isMethod(method) ? fixedParams(method) : undefined
}

function isMethod(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function'
}

function parametersOf(classes: readonly (() => void)[], method: string): readonly string[] | undefined {
  for (const each of classes) {
    const names = membersOf(Reflect.get(each, PARAMETERS))[method]
    if (isList(names)) return textsIn(names)
  }
  return undefined
}

/** `new` serves classes and factory functions alike; an arrow function can only be called. */
function make(source: ReplicatedSource): object {
  if (typeof source !== 'function') throw new UnsuitableClassError(noClass(source))
  const made = construct(source)
  if (typeof made !== 'object' || made === null) {
    throw new UnsuitableClassError(
      `a factory of a replicated object must return an object, not ${typeof made}`,
    )
  }
  return made
}

/** Whatever its constructor throws, which need not be an error, is thrown as one that says whose it is. */
function construct(source: ReplicatedSource): unknown {
  try {
    return Object.hasOwn(source, 'prototype')
      ? Reflect.construct(source, [])
      : Reflect.apply(source, undefined, [])
  } catch (cause) {
    if (cause instanceof UnsuitableClassError) throw cause
    const maker = source.name === '' ? 'a replicated object' : source.name
    const sentence = `${maker} can't be made without arguments, as each member makes it: ${shownThrown(cause)}`
    throw new UnsuitableClassError(sentence, { cause })
  }
}

function noClass(given: unknown): string {
  const maker: unknown = typeof given === 'object' && given !== null ? given.constructor : undefined
  const isInstance = typeof maker === 'function' && maker !== Object
  return isInstance
    ? `a replicated object is given as its class, not as an instance: give ${maker.name}, and each member makes its own`
    : `a replicated object is given as its class, not as ${given === null ? 'null' : `a value of type ${typeof given}`}`
}

function decorated(classes: readonly (() => void)[]): [string, MarkKind][] {
  const found = new Map<string, MarkKind>()
  for (const each of classes.toReversed()) {
    const prototype: unknown = each.prototype
    if (typeof prototype !== 'object' || prototype === null) continue
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const value: unknown = property.value
      const kind =
        markedByName.get(prototype)?.get(name) ?? (isFunction(value) ? marked.get(value) : undefined)
      if (kind !== undefined) found.set(name, kind)
    }
  }
  return [...found]
}

/** A class adds to the lists of those that it extends; where they differ on a method, the nearer one counts. */
function listed(classes: readonly (() => void)[]): [string, MarkKind][] {
  return classes.toReversed().flatMap((each) => {
    const commands = list(each, 'commands')
    const queries = list(each, 'queries')
    const both = commands.find((name) => queries.includes(name))
    if (both !== undefined)
      throw new UnsuitableClassError(`${each.name}.${both} can't be both a command and a query`)
    return [
      ...commands.map((name): [string, MarkKind] => [name, 'command']),
      ...queries.map((name): [string, MarkKind] => [name, 'query']),
    ]
  })
}

function list(owner: () => void, which: 'commands' | 'queries' | 'frees'): string[] {
  const value: unknown = Object.hasOwn(owner, which) ? Reflect.get(owner, which) : undefined
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value
  throw new UnsuitableClassError(`static ${which} of ${owner.name} must be a list of method names`)
}

function bound(instance: object, className: string, name: string): (...args: unknown[]) => unknown {
  demandCallable(name, `${className}.${name}`)
  const method = methodOf(instance, name)
  if (method === undefined) throw new UnsuitableClassError(`${className} has no method ${name}, but marks it`)
  demandSynchronous(method, `${className}.${name}`)
  return (...args) => Reflect.apply(method, instance, args)
}
