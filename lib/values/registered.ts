/** The user's own classes whose instances travel by value. The whole process, at both ends of a call, knows them. */
import { ERROR_NAMES } from './error-values.js'
import { UnsuitableTypeError } from './unsuitable.js'
import { VIEW_NAMES } from './bytes.js'

type Class<T> = abstract new (...args: never[]) => T

/** How instances of a class are encoded and decoded. */
export interface TypeForm<T, W> {
  /**
   * Its name in messages and snapshots, the same at both ends. Default: that of the class, which a bundler may change.
   */
  readonly name?: string | undefined
  /** Returns what the instance holds, as any value that can travel. Called when the instance is sent. */
  encode(instance: T): W
  /** Makes an instance of what {@link encode} returned. A stranger may have sent anything, so it throws if it can't. */
  decode(written: W): T
}

export interface Registered {
  readonly name: string
  readonly owner: Class<object>
  encode(instance: object): unknown
  decode(written: unknown): unknown
}

/** Names of the language's own. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...['Object', 'Array', 'Map', 'Set', 'Date', 'RegExp', 'URL', 'BigInt', 'String', 'Number', 'Boolean'],
  ...['Function', 'Symbol', 'Promise', 'Buffer', ...ERROR_NAMES, ...VIEW_NAMES],
])

const byPrototype = new Map<object, Registered>()
const byName = new Map<string, Registered>()

/**
 * From now on, instances of the class can be arguments and results, and parts of snapshots. Subclasses must be
 * registered as well. Both ends of a call register the class under the same name. Registering it again replaces its
 * form.
 * @throws UnsuitableTypeError for a class without a name, a name that is taken, a class registered under another name,
 * or a class whose instances travel anyway
 */
export function registerType<T extends object, W>(owner: Class<T>, form: TypeForm<T, W>): void {
  const { name = owner.name } = form
  const prototype: unknown = owner.prototype
  if (typeof prototype !== 'object' || prototype === null)
    throw new UnsuitableTypeError('registerType takes a class')
  if (isBuiltIn(owner)) throw new UnsuitableTypeError(`${owner.name} travels as it is`)
  const before = byPrototype.get(prototype)
  demandName(name, owner, before)
  const type: Registered = {
    name,
    owner,
    encode: (instance: T) => form.encode(instance),
    decode: (written: W) => form.decode(written),
  }
  byPrototype.set(prototype, type)
  byName.set(name, type)
}

function isBuiltIn(owner: { readonly name: string }): boolean {
  return BUILT_IN.has(owner.name) && Reflect.get(globalThis, owner.name) === owner
}

function demandName(name: string, owner: { readonly name: string }, before: Registered | undefined): void {
  if (name === '') throw new UnsuitableTypeError('a class without a name is registered with one: { name, … }')
  if (BUILT_IN.has(name))
    throw new UnsuitableTypeError(`${name} is what the language calls its own: take another name`)
  if (before !== undefined && before.name !== name)
    throw new UnsuitableTypeError(`${owner.name} is registered already, as ${before.name}`)
  const holder = byName.get(name)
  if (holder !== undefined && holder.owner !== owner)
    throw new UnsuitableTypeError(`another class is registered as ${name} already: take another name`)
}

/** By its exact class. */
export function registeredTypeOf(instance: object): Registered | undefined {
  if (byPrototype.size === 0) return undefined
  const prototype: unknown = Object.getPrototypeOf(instance)
  return typeof prototype === 'object' && prototype !== null ? byPrototype.get(prototype) : undefined
}

export function registeredTypeNamed(name: string): Registered | undefined {
  return byName.get(name)
}

/**
 * The types, besides plain data, that proxies let travel. Add the classes that you register:
 * `declare module 'rollcall' { interface RegisteredTypes { point: Point } }`.
 */
export interface RegisteredTypes {
  readonly date: Date
  readonly pattern: RegExp
  readonly error: Error
  readonly buffer: ArrayBuffer
  readonly view: ArrayBufferView
}
