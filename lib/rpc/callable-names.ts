/**
 * Which methods can be called from outside, by their names: one rule for whoever marks, exposes, hosts or calls them. If
 * two doors differed, a class could offer a method that no proxy reaches.
 */

/** A proxy is asked for these by others than its user: by `await`, by whoever tells promises, by JSON.stringify in a log. */
const LOOKED_FOR = ['then', 'catch', 'finally', 'toJSON'] as const

/** What each object has from the language, whatever its class. More of it begins with `_`. */
const INHERITED = [
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'prototype',
  'toLocaleString',
  'toString',
  'valueOf',
] as const

/** What {@link whyUncallable} refuses, for the compiler. */
export type UncallableName =
  | ''
  | `_${string}`
  | `#${string}`
  | `${string}.${string}`
  | (typeof LOOKED_FOR)[number]
  | (typeof INHERITED)[number]

/** Why no method of this name can be called from outside, as the end of a sentence; undefined: it can be. */
export function whyUncallable(name: string | symbol): string | undefined {
  if (typeof name === 'symbol') return 'a call names its method by a text, and this is a symbol'
  if (name === '') return 'a method needs a name'
  if (/^[_#]/.test(name)) return 'a name that begins with _ or # is private'
  if (name.includes('.')) return 'a dot parts an object from its method'
  if (lookedFor.has(name)) return 'await, promises and loggers look for that name on any object'
  if (inherited.has(name)) return 'each object has that name from the language'
  return undefined
}

const lookedFor: ReadonlySet<string> = new Set(LOOKED_FOR)
const inherited: ReadonlySet<string> = new Set(INHERITED)
