/** Classes of the user's own whose instances travel by value. Known to the whole process, at both ends of a call. */
import { ERROR_NAMES } from './error-values.js'
import { UnsuitableTypeError } from './unsuitable.js'
import { VIEW_NAMES } from './bytes.js'

type Class<T> = abstract new (...args: never[]) => T

/** How instances of a class are written and made again. */
export interface TypeForm<T, W> {
  /** As both ends call it, in messages and in snapshots. Default: the name of the class, which a bundler may change. */
  readonly name?: string | undefined
  /** What the instance holds, of anything that can travel. Called as soon as the instance is sent. */
  encode(instance: T): W
  /**
   * An instance of what {@link encode} wrote, or of whatever else a stranger may send: it throws where that is none.
   */
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
 * From here on instances of the class travel as arguments and results, and stand in snapshots; those of a class that
 * extends it do not, until it is registered too. Both ends of a call register it, under the same name. Once more for
 * the same class, it takes the place of what was said before.
 * @throws UnsuitableTypeError for a class without a name, a name or a class that is taken, and what travels as it is
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
 * What travels beside plain data, for the types of proxies. A registered class of the user's own joins it:
 * `declare module 'rollcall' { interface RegisteredTypes { point: Point } }`.
 */
export interface RegisteredTypes {
  readonly date: Date
  readonly pattern: RegExp
  readonly error: Error
  readonly buffer: ArrayBuffer
  readonly view: ArrayBufferView
}
