/** The door for options: each is what its row says, and none has a name that nobody knows. */
import { closest } from '../suggest.js'
import { isList, isObject } from '../json.js'
import { HOST, HOST_ALONE, IDENTIFIER, IDENTIFIER_PARTS, ORIGIN } from '../patterns.js'
import { InvalidParamsError } from './errors.js'

/** What an option must be. */
export interface Rule {
  readonly holds: (value: unknown) => boolean
  /** Completes "… must be". */
  readonly wanted: string
  /** What to do instead, for a value that is often given; undefined: nothing comes to mind. */
  readonly hint?: (value: unknown) => string | undefined
  /** The value does not stand in messages. Default false. */
  readonly isSecret?: boolean
}

/** A row for each option. One that is left out, or undefined, has its default. */
export type Rules<T> = { readonly [K in keyof Required<T>]: Rule }

/** Node's timers reach no further, and almost 25 days are as good as for ever. */
const TIMEOUT_MAX_MS = 2_147_483_647

export const TEXT: Rule = {
  holds: (value) => typeof value === 'string' && value !== '',
  wanted: 'a text that is not empty',
}
export const TEXTS: Rule = {
  holds: (value) => isList(value) && value.every(TEXT.holds),
  wanted: 'a list of texts',
}
export const TEXT_OR_TEXTS: Rule = {
  holds: (value) => TEXT.holds(value) || (TEXTS.holds(value) && isList(value) && value.length > 0),
  wanted: 'a text or a list of texts',
}
export const NAME: Rule = {
  holds: (value) => typeof value === 'string' && IDENTIFIER.test(value),
  wanted: `a text of ${IDENTIFIER_PARTS}, which does not begin with "."`,
}
export const HOST_TO_LISTEN_ON: Rule = {
  holds: (value) => typeof value === 'string' && HOST_ALONE.test(value),
  wanted: 'a host or an address alone, such as 10.0.0.1 or ::1 (the port is an option of its own)',
}
export const HOSTS: Rule = {
  holds: (value) => isList(value) && value.every((each) => typeof each === 'string' && HOST.test(each)),
  wanted: 'a list of hosts such as node1.example or node1.example:9101',
}
export const ORIGINS: Rule = {
  holds: (value) => isList(value) && value.every((each) => typeof each === 'string' && ORIGIN.test(each)),
  wanted: 'a list of origins such as https://app.example, in lower case',
}
// As `console` has them, too.
const OF_LOGGER = ['debug', 'info', 'warn', 'error']
export const LOGGER: Rule = {
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    OF_LOGGER.every((name) => typeof Reflect.get(value, name) === 'function'),
  wanted: `an object with the methods ${OF_LOGGER.join(', ')}`,
}
export const BOOLEAN: Rule = { holds: (value) => typeof value === 'boolean', wanted: 'true or false' }
export const FUNCTION: Rule = { holds: (value) => typeof value === 'function', wanted: 'a function' }
export const OBJECT: Rule = { holds: hasMembers, wanted: 'an object' }
export const PORT: Rule = {
  holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  wanted: 'a whole number from 0 to 65535',
}
export const SOCKET_PATH: Rule = {
  holds: (value) => typeof value === 'string' && /^\/\P{Cc}*$/u.test(value),
  wanted: 'a path that begins with "/", without control characters',
}
export const TIMEOUT: Rule = {
  holds: (value) => typeof value === 'number' && value > 0 && value <= TIMEOUT_MAX_MS,
  wanted: `a number of milliseconds above 0 and at most ${TIMEOUT_MAX_MS}`,
}
/** Checked by another door. */
export const ANYTHING: Rule = { holds: () => true, wanted: 'anything' }

/**
 * `door`: what is called with the options, for messages.
 * @throws InvalidParamsError that names the option, what it must be, and what was given
 */
export function checkOptions<T extends object>(door: string, given: T, rules: Rules<T>, hint = ''): void {
  if (!hasMembers(given))
    throw new InvalidParamsError(`${door} takes an object of options, not ${shown(given)}${hint}`)
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name))
      throw new InvalidParamsError(`${door} ${unknown(name, Object.keys(rules))}`)
  // What an object inherits is read as its own is.
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value: unknown = Reflect.get(given, name)
    if (value !== undefined) checkValue(`${door}: ${name}`, value, rule)
  }
}

/**
 * A promise of options and a Map of them have no member that a rule could refuse: everything would silently have its
 * default.
 */
function hasMembers(value: unknown): value is object {
  return isObject(value) && !(Symbol.iterator in value) && typeof value['then'] !== 'function'
}

/** @throws InvalidParamsError */
export function checkValue(what: string, value: unknown, { holds, wanted, hint, isSecret }: Rule): void {
  if (holds(value)) return
  const more = hint?.(value)
  const sentence =
    isSecret === true ? `${what} must be ${wanted}` : `${what} must be ${wanted}, not ${shown(value)}`
  throw new InvalidParamsError(more === undefined ? sentence : `${sentence}: ${more}`)
}

function unknown(name: string, names: readonly string[]): string {
  const meant = closest(name, names)
  const hint = meant === undefined ? '.' : `; did you mean ${JSON.stringify(meant)}?`
  return `has no option ${JSON.stringify(name)}${hint} It has: ${names.join(', ')}`
}

/** A value in an error's sentence. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value === 'bigint') return `${value}n`
  if (isList(value)) return `a list of ${value.length}`
  if (!isObject(value)) return String(value)
  const maker: unknown = value['constructor']
  return typeof maker === 'function' && maker !== Object ? `an instance of ${maker.name}` : 'an object'
}
