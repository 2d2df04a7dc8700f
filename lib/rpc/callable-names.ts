/**
 * Which methods can be called from outside, by their names: one rule for whoever marks, exposes, hosts or calls them.
 * If two doors differed, a class could offer a method that no proxy reaches.
 */

/**
 * A proxy is asked for these by others than its user: by `await` and whoever tells promises; by JSON.stringify and BSON
 * in a log; by loggers that look for HTTP messages; by test libraries that look for matchers, React elements and nodes.
 */
const LOOKED_FOR = [
  'then',
  'catch',
  'finally',
  'toJSON',
  'toBSON',
  'setHeader',
  'asymmetricMatch',
  'toAsymmetricMatcher',
  'hasAttribute',
  'isEqualNode',
  'nodeType',
  'nodeName',
  'tagName',
  'isReactComponent',
  'getMockName',
] as const

/** The same for names that a method may have: a proxy answers to them once it knows that the object has that method. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['inspect', 'headers', 'socket'])

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
  | `$$${string}`
  | `@@${string}`
  | (typeof LOOKED_FOR)[number]
  | (typeof INHERITED)[number]

/** Why no method of this name can be called from outside, as the end of a sentence; undefined: it can be. */
export function whyUncallable(name: string | symbol): string | undefined {
  if (typeof name === 'symbol') return 'a call names its method by a text, and this is a symbol'
  if (name === '') return 'a method needs a name'
  if (/^[_#]/.test(name)) return 'a name that begins with _ or # is private'
  if (name.includes('.')) return 'a dot parts an object from its method'
  if (lookedFor.has(name)) return 'await, promises and loggers look for that name on any object'
  if (/^(?:\$\$|@@)/.test(name))
    return 'a name that begins with $$ or @@ is one that libraries mark objects with'
  if (inherited.has(name)) return 'each object has that name from the language'
  return undefined
}

/** Whether tools look for the name on any object, and a method may have it all the same. */
export function isAmbiguous(name: string): boolean {
  return AMBIGUOUS.has(name)
}

const lookedFor: ReadonlySet<string> = new Set(LOOKED_FOR)
const inherited: ReadonlySet<string> = new Set(INHERITED)
