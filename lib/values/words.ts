/** How places and things are called in messages. */
import { isIterable } from '../json.js'

/** Paths and names are shown up to here. */
const SHOWN_LENGTH_MAX = 200

/** From an object to its member of that name. */
export function step(name: string): string {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)
    ? `.${name}`
    : `[${JSON.stringify(shortened(name))}]`
}

export function className(value: object): string {
  const maker: unknown = value.constructor
  return typeof maker === 'function' && maker.name !== '' ? shortened(maker.name) : 'a class'
}

export function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`
}

export function shortened(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text
}

/** Of what can't travel at all: `a function`, `an instance of Point`. */
export function shownKind(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (tag.startsWith('Remote ')) return shortened(tag)
  if (tag === 'Object' && isIterable(value) && !isOfClass(value)) return 'an iterable'
  return value instanceof Promise ? 'a Promise' : `an instance of ${className(value)}`
}

function isOfClass(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== null && prototype !== Object.prototype
}

/** What to do instead, or why. */
export function adviceOn(value: unknown): string {
  const kind = shownKind(value)
  if (kind.startsWith('Remote ')) return ', which stands for another object: send its name'
  if (kind === 'a Promise') return ': wait for it first'
  if (kind === 'an iterable') return ': send the list of what it brings'
  if (kind === 'an instance of AbortSignal')
    return ': give it before the arguments, METHOD.with({ signal })(…)'
  if (kind.startsWith('an '))
    return ': register its class with registerType, or send a plain object of what it holds'
  return ", which can't travel here"
}
