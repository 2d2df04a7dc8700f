/**
 * Arguments judged before a method sees them, by any library that keeps to the interface Standard Schema: Zod, Valibot,
 * ArkType and others. What a schema makes of a value (a default, another type) is what the method gets.
 */
import { isObject, type Json } from '../../json.js'
import { promised, unheeded } from '../../promised.js'
import { isJson } from '../../values/carried.js'
import { shortened, step } from '../../values/words.js'
import { InvalidParamsError } from '../errors.js'

/** As much of Standard Schema, version 1, as is used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** What it makes of the value, or what is wrong with it. */
    readonly validate: (value: unknown) => Judgement<Output> | Promise<Judgement<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type Judgement<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** One for each parameter of a method, in their order. */
export type Schemas = readonly StandardSchema[]

/** Of a call with many mistakes the first ones are told. */
const ISSUES_TOLD = 10

/**
 * What the method gets; a promise where a schema takes its time. `name`: of the method, for messages.
 * @throws InvalidParamsError that says where what is wrong
 */
export function validated(
  name: string,
  params: readonly unknown[],
  schemas: Schemas,
): readonly unknown[] | Promise<readonly unknown[]> {
  if (params.length > schemas.length) throw refused(name, tooMany(schemas.length, params.length))
  const judged = schemas.map((schema, at) => judge(name, schema, params[at], at))
  const { length } = params
  return judged.every(isSettled)
    ? valuesOf(name, judged, length)
    : Promise.all(judged.map((each) => Promise.resolve(each))).then((all) => valuesOf(name, all, length))
}

/**
 * @throws InvalidParamsError also for a schema that takes its time: where a call has its place, nobody waits for one
 */
export function validatedNow(name: string, params: readonly unknown[], schemas: Schemas): readonly unknown[] {
  const values = validated(name, params, schemas)
  if (!(values instanceof Promise)) return values
  values.catch(() => undefined)
  throw refused(name, 'its schema answers later: a replicated object takes schemas that answer at once')
}

type Judged = Judgement<unknown> | Promise<Judgement<unknown>>

function isSettled(judged: Judged): judged is Judgement<unknown> {
  return !(judged instanceof Promise)
}

function judge(name: string, schema: StandardSchema, value: unknown, at: number): Judged {
  try {
    const judgement = promised(schema['~standard'].validate(value))
    return judgement instanceof Promise
      ? // Nobody waits for it where the schema of another parameter throws.
        unheeded(judgement.catch((error: unknown) => Promise.reject(thrown(name, at, error))))
      : judgement
  } catch (error) {
    throw thrown(name, at, error)
  }
}

/** Arguments that were not given, and for which a schema has nothing, stay away: the method's own defaults apply. */
function valuesOf(name: string, judged: readonly Judgement<unknown>[], given: number): readonly unknown[] {
  const issues: string[] = []
  const values = judged.map((judgement, at) => {
    if (judgement.issues === undefined) return judgement.value
    issues.push(
      ...judgement.issues.map((issue) => `args[${at}]${pathOf(issue)}: ${shortened(issue.message)}`),
    )
    return undefined
  })
  if (issues.length > 0) throw refused(name, told(issues))
  const last = values.findLastIndex((value, at) => at < given || value !== undefined)
  return values.slice(0, last + 1)
}

function told(issues: readonly string[]): string {
  const more = issues.length > ISSUES_TOLD ? `; and ${issues.length - ISSUES_TOLD} more` : ''
  return `${issues.slice(0, ISSUES_TOLD).join('; ')}${more}`
}

function pathOf({ path = [] }: Issue): string {
  return path.map((part) => stepTo(isObject(part) ? part['key'] : part)).join('')
}

function stepTo(key: unknown): string {
  if (typeof key === 'number') return `[${key}]`
  return step(String(key))
}

function tooMany(count: number, given: number): string {
  return `it takes ${count === 0 ? 'no params' : `at most ${count}`}, and got ${given}`
}

function thrown(name: string, at: number, cause: unknown): InvalidParamsError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return refused(name, `args[${at}]: its schema has thrown: ${shortened(said)}`, cause)
}

function refused(name: string, why: string, cause?: unknown): InvalidParamsError {
  return new InvalidParamsError(`${name}: ${why}; it was not executed`, cause === undefined ? {} : { cause })
}

/**
 * The JSON Schema of each parameter, for those who read them; `true`, which is one for
 * anything, where the library tells none.
 */
export function jsonSchemasOf(schemas: Schemas): readonly Json[] {
  return schemas.map((schema) => {
    try {
      const standard: unknown = schema['~standard']
      const input =
        isObject(standard) && isObject(standard['jsonSchema']) ? standard['jsonSchema']['input'] : undefined
      const told: unknown =
        typeof input === 'function' ? Reflect.apply(input, undefined, [{ target: 'draft-2020-12' }]) : true
      return isJson(told) ? told : true
    } catch {
      // Of what has no form in JSON, such as a function.
      return true
    }
  })
}
