/**
 * What all objects of a process have in common: the language's own prototypes and constructors, and those of a
 * replicated class. A class that writes `(this.table[a] ??= {})[b] = c` reaches them with keys such as `__proto__`,
 * `constructor` and `toString`. What it writes there would show in every object of the process, on every member and
 * again at each replay, and would be in no snapshot. So while a method runs
 *
 * - `__proto__` is refused as a key, unless it is the object's own;
 * - the language's own methods take no members;
 * - what a method changes in a prototype or a constructor is put back, and the method has failed. All ways there lead
 *   over `constructor`, so only those are watched who have ever been told that word (`hosted.ts`).
 *
 * It comes to the same on every member. Outside of methods nothing is different.
 */
import { RemoteError } from '../../rpc/errors.js'

// Kept aside, for a method may have put something else in their place.
const {
  getPrototypeOf,
  setPrototypeOf,
  getOwnPropertyDescriptor,
  getOwnPropertyDescriptors,
  defineProperty,
  hasOwn,
  is,
} = Object
const { deleteProperty, ownKeys } = Reflect

const CONSTRUCTORS = [Object, Array, Function, String, Number, Boolean, Map, Set]
const LANGUAGE: readonly unknown[] = CONSTRUCTORS.flatMap((each) => [each.prototype, each])

/** Of them, by name. */
type Descriptors = Readonly<Record<PropertyKey, PropertyDescriptor | undefined>>

/** How many run now: whoever runs one counts it. */
export const methods = { running: 0 }
let isPrepared = false

/** To be called before the first method runs. Harmless when called again. */
export function prepareCommonGround(): void {
  if (isPrepared) return
  isPrepared = true
  for (const each of LANGUAGE)
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(each)))
      if (typeof value === 'function' && !LANGUAGE.includes(value)) Object.freeze(value)
  refuseProto()
}

/** Elsewhere it does what the language says. */
function refuseProto(): void {
  if (!hasOwn(Object.prototype, '__proto__')) return
  defineProperty(Object.prototype, '__proto__', {
    configurable: true,
    enumerable: false,
    get(this: unknown): unknown {
      demandNoMethod()
      return getPrototypeOf(this)
    },
    set(this: unknown, value: unknown): void {
      demandNoMethod()
      if (hasMembers(this) && (value === null || hasMembers(value))) setPrototypeOf(this, value)
    },
  })
}

function demandNoMethod(): void {
  if (methods.running === 0) return
  throw unsuitable('"__proto__" names what all objects have in common, and nothing was changed')
}

function unsuitable(what: string): RemoteError {
  const way = 'keep such keys in a Map, or in an object made by Object.create(null)'
  return new RemoteError({ name: 'UnsuitableKeyError', message: `${what}: ${way}` })
}

/** The common ground as one object's methods can reach it, watched while one of them runs. */
export class CommonGround {
  readonly #grounds: readonly Ground[]

  constructor(instance: object) {
    const objects = new Map<object, string>()
    for (const maker of CONSTRUCTORS)
      objects.set(maker.prototype, `${maker.name}.prototype`).set(maker, maker.name)
    for (
      let at: unknown = getPrototypeOf(instance);
      hasMembers(at) && !objects.has(at);
      at = getPrototypeOf(at)
    ) {
      const maker: unknown = at.constructor
      if (typeof maker !== 'function') continue
      objects.set(maker, maker.name).set(at, `${maker.name}.prototype`)
    }
    this.#grounds = [...objects].map(([object, name]) => new Ground(object, name))
  }

  remember(): void {
    for (const ground of this.#grounds) ground.remember()
  }

  /** Makes all as it was remembered. What the method has failed with, if that was necessary. */
  putBack(): RemoteError | undefined {
    let changed: string | undefined
    // By number: what a list is walked with may be among what was changed.
    for (let at = 0; at < this.#grounds.length; at++) {
      const ground = this.#grounds[at]
      if (ground?.putBack() === true) changed ??= ground.name
    }
    if (changed === undefined) return undefined
    return unsuitable(
      `a key such as "constructor" led to ${changed}, which was changed and has been put back`,
    )
  }
}

class Ground {
  #prototype: object | null = null
  #members: Descriptors = {}

  constructor(
    readonly object: object,
    readonly name: string,
  ) {}

  remember(): void {
    const prototype: unknown = getPrototypeOf(this.object)
    this.#prototype = hasMembers(prototype) ? prototype : null
    this.#members = getOwnPropertyDescriptors(this.object)
  }

  /**
   * Whether anything was different. What was added goes first: from `Object.prototype` it would show in what follows.
   */
  putBack(): boolean {
    const isChanged = this.#removeAdded()
    return this.#restoreChanged() || isChanged
  }

  #removeAdded(): boolean {
    let isChanged = false
    const names = ownKeys(this.object)
    for (let at = 0; at < names.length; at++) {
      const name = names[at] ?? ''
      if (hasOwn(this.#members, name)) continue
      deleteProperty(this.object, name)
      isChanged = true
    }
    return isChanged
  }

  #restoreChanged(): boolean {
    let isChanged = getPrototypeOf(this.object) !== this.#prototype
    if (isChanged) setPrototypeOf(this.object, this.#prototype)
    const names = ownKeys(this.#members)
    for (let at = 0; at < names.length; at++) {
      const name = names[at] ?? ''
      const before = this.#members[name]
      if (before === undefined || is(getOwnPropertyDescriptor(this.object, name)?.value, before.value))
        continue
      defineProperty(this.object, name, before)
      isChanged = true
    }
    return isChanged
  }
}

function hasMembers(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
