/**
 * What was thrown, as JSON: name, message and stack, the fields that its object gave it (`code`, `status`), what it was
 * thrown for, and the errors that it stands for. What JSON does not carry is left out, and so is what goes beyond the
 * limits: an error is told in a few kilobytes, however much hangs on it.
 */
import { isList, isObject, membersOf, type Json } from '../json.js'
import { isCarried, isPlain } from '../values/carried.js'

/** The most UTF-16 units of a message, of a stack, and of the JSON of all fields; of an error behind it, too. */
const ERROR_TEXT_MAX = 16_384
const CAUSE_TEXT_MAX = 2_048

/** Causes of causes, and errors of an AggregateError. */
export const CAUSES_MAX = 4
const TOLD_ERRORS_MAX = 8

/** Of what throws when it is looked at. */
export const UNDESCRIBED = 'an error that can not be described'

export interface ThrownData {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly [field: string]: Json
}

/**
 * May throw what the getters of the thrown value throw. `stacks`: whether to tell where in the source it was thrown.
 */
export function thrownData(thrown: unknown, stacks = true, depth = 0): ThrownData {
  const max = depth === 0 ? ERROR_TEXT_MAX : CAUSE_TEXT_MAX
  const fields = fieldsOf(thrown, max)
  if (!isError(thrown)) return { ...fields, name: typeof thrown, message: cut(inWords(thrown), max) }
  const { stack, cause } = thrown
  // Whoever throws may have made them anything.
  const name: unknown = thrown.name
  const message: unknown = thrown.message
  const errors: unknown = depth === 0 && 'errors' in thrown ? thrown.errors : undefined
  return {
    ...fields,
    name: cut(String(name), CAUSE_TEXT_MAX),
    message: cut(String(message), max),
    ...(stacks && typeof stack === 'string' && { stack: cut(stack, max) }),
    ...(depth < CAUSES_MAX && cause !== undefined && { cause: thrownData(cause, stacks, depth + 1) }),
    // Of these none tells more than its own cause.
    ...(isList(errors) && {
      errors: errors.slice(0, TOLD_ERRORS_MAX).map((each) => thrownData(each, stacks, CAUSES_MAX - 1)),
    }),
  }
}

/** Wherever it stands: an error that was caught of a call has what the other end has told among its fields. */
export function stackless(told: Json): Json
export function stackless(told: unknown): unknown
export function stackless(told: unknown): unknown {
  if (isList(told)) return told.map((each) => stackless(each))
  if (!isObject(told) || !isPlain(told)) return told
  const members = Object.entries(told).filter(
    ([name, value]) => name !== 'stack' || typeof value !== 'string',
  )
  return Object.fromEntries(members.map(([name, value]) => [name, stackless(value)]))
}

/** For a line of the log. Never throws. */
export function shownThrown(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return UNDESCRIBED
  }
}

/** Test libraries and `vm` have realms of their own, whose errors are no instances of this one's. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

/** Those that are its own and enumerable, in their order, as long as there is room. */
function fieldsOf(thrown: unknown, max: number): Readonly<Record<string, Json>> {
  let room = max
  const fields: [string, Json][] = []
  for (const [name, value] of Object.entries(membersOf(thrown))) {
    if (SAID.has(name) || !isJson(value)) continue
    room -= name.length + JSON.stringify(value).length
    if (room < 0) break
    fields.push([name, value])
  }
  return Object.fromEntries(fields)
}

/** What has a place of its own. */
const SAID: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors'])

function isJson(value: unknown): value is Json {
  return isCarried(value)
}

function inWords(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const message: unknown = Reflect.get(value, 'message')
  if (typeof message === 'string') return message
  return isCarried(value) ? JSON.stringify(value) : 'an object'
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length - max} more)`
}
