/**
 * Errors as values: the content of a tag is an object of
 *
 *     class    of those that the language has; absent: Error
 *     name     where it is another than that of the class
 *     message, cause, errors    where the error has them
 *     fields   [[name, value], …]: its own enumerable ones
 *
 * An error of another class arrives as one of the class of the language above it, with the name that it had. Where it
 * was thrown stays at home: that tells of the files of the one, and nothing to the program of the other.
 */
import { isList, isObject, type Json, type JsonObject } from '../json.js'
import { withoutStack } from '../without-stack.js'

const MAKERS: ReadonlyMap<string, () => Error> = new Map<string, () => Error>([
  ['Error', () => new Error()],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
  ['AggregateError', () => new AggregateError([])],
])

/** Its stack would be that of whoever reads the message. */
function made(make: () => Error): Error {
  const error = withoutStack(make)
  // The engine writes the first line of a stack when that is first touched, with whatever name the error has by then.
  define(error, 'stack', '', false)
  return error
}

export const ERROR_NAMES: readonly string[] = [...MAKERS.keys()]

/**
 * A method of errors that hold what another process has told of its own: a field of that name as it may be told on.
 */
export const fieldToTell = Symbol.for('rollcall.field-to-tell')

/** What has a place of its own, unless it is among the enumerable fields. */
const PARTS = ['name', 'message', 'cause', 'errors'] as const

/** `write` makes JSON of a part, whose name in the error is given. */
export function errorContent(error: Error, write: (part: unknown, name: string) => Json): JsonObject {
  const className = classOf(error)
  const fields = Object.keys(error).filter((name) => name !== 'stack')
  const content: Record<string, Json> = className === 'Error' ? {} : { class: className }
  for (const part of PARTS)
    if (!fields.includes(part) && has(error, part, className))
      content[part] = write(Reflect.get(error, part), part)
  if (fields.length > 0) content['fields'] = fields.map((name) => [name, write(fieldOf(error, name), name)])
  return content
}

function fieldOf(error: Error, name: string): unknown {
  const tell: unknown = Reflect.get(error, fieldToTell)
  return typeof tell === 'function' ? Reflect.apply(tell, error, [name]) : Reflect.get(error, name)
}

/** The nearest one of the language. */
function classOf(error: Error): string {
  for (let at: unknown = Object.getPrototypeOf(error); at instanceof Object; at = Object.getPrototypeOf(at)) {
    const name: unknown = Object.hasOwn(at, 'constructor') ? at.constructor.name : undefined
    if (typeof name === 'string' && MAKERS.has(name)) return name
  }
  return 'Error'
}

function has(error: Error, part: (typeof PARTS)[number], className: string): boolean {
  if (part === 'name') return error.name !== className
  return Object.hasOwn(error, part) || (part === 'message' && error.message !== '')
}

/** `read` makes the value of a part. Undefined: it is no content of such a tag. */
export function errorOfContent(
  content: Json | undefined,
  read: (json: Json, name: string) => unknown,
): Error | undefined {
  if (!isObject(content)) return undefined
  const { class: className = 'Error', fields = [], ...parts } = content
  const make = typeof className === 'string' ? MAKERS.get(className) : undefined
  if (make === undefined || !isList(fields) || !Object.keys(parts).every(isPart)) return undefined
  const error = made(make)
  Reflect.deleteProperty(error, 'errors')
  for (const part of PARTS) {
    const json = parts[part]
    if (json !== undefined) define(error, part, read(json, part), false)
  }
  for (const field of fields) {
    const [name, json] = isList(field) && field.length === 2 ? field : []
    if (typeof name !== 'string' || json === undefined) return undefined
    define(error, name, read(json, name), true)
  }
  define(error, 'stack', title(error), false)
  return error
}

function isPart(name: string): boolean {
  return PARTS.some((part) => part === name)
}

function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true })
}

/** Its first line, which is all that there is of its stack. */
function title({ name, message }: { readonly name: unknown; readonly message: unknown }): string {
  const texts = [name, message].filter((each) => typeof each === 'string' && each !== '')
  return texts.join(': ')
}
