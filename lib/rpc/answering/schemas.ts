/**
 * Which methods have their arguments judged, by what:
 *
 *     class Greeter {                                    class Greeter {
 *       @expose @validate(z.string().min(1))               static exposed = ['greet']
 *       greet(name: string) { … }                          static validate = { greet: [z.string().min(1)] }
 *     }                                                  }
 */
import { isList, isObject } from '../../json.js'
import { InvalidParamsError } from '../errors.js'
import type { Schemas, StandardSchema } from './validation.js'

type Outputs<S extends Schemas> = { [At in keyof S]: OutputOf<S[At]> }
type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer Types } }
  ? Out<NonNullable<Types>>
  : never
type Out<Types> = Types extends { readonly output: infer Output } ? Output : unknown

const byFunction = new WeakMap<object, Schemas>()
/** Marks of the older decorators, by the prototype. */
const byName = new WeakMap<object, Map<string, Schemas>>()

/** A decorator of TC39's kind, or of TypeScript's older one. */
export interface ValidateDecorator<S extends Schemas> {
  (method: (this: never, ...args: Outputs<S>) => unknown, context: ClassMethodDecoratorContext): void
  (prototype: object, name: string | symbol, descriptor?: PropertyDescriptor): void
}

/**
 * The arguments of this method are judged by these schemas, one for each parameter, before it is called, and it gets
 * what the schemas make of them. A call that does not pass is refused, INVALID_PARAMS, and was not executed; so is one
 * with more arguments than there are schemas. @throws InvalidParamsError for what is no schema
 */
export function validate<const S extends Schemas>(...schemas: S): ValidateDecorator<S> {
  const demanded = schemasIn('@validate', schemas)
  return (target: object, place: ClassMethodDecoratorContext | string | symbol) => {
    if (typeof place === 'object') return markMethod(target, place, demanded)
    const names = byName.get(target) ?? new Map<string, Schemas>()
    byName.set(target, names.set(String(place), demanded))
  }
}

function markMethod(method: object, { kind, name }: ClassMethodDecoratorContext, schemas: Schemas): void {
  // Not everybody has types.
  if ((kind as string) !== 'method')
    throw new InvalidParamsError(`@validate ${String(name)}: only the arguments of a method can be judged`)
  byFunction.set(method, schemas)
}

/** Of the nearest class that says so of the method. @throws InvalidParamsError for a `static validate` that is none */
export function schemasOf(instance: object, name: string): Schemas | undefined {
  for (const at of [instance, ...prototypesOf(instance)]) {
    const schemas = ofFunction(at, name) ?? byName.get(at)?.get(name) ?? listed(at).get(name)
    if (schemas !== undefined) return schemas
  }
  return undefined
}

/** The names in `static validate` of the object's class and those above. @throws InvalidParamsError */
export function validatedNames(instance: object): readonly string[] {
  return prototypesOf(instance).flatMap((at) => [...listed(at).keys()])
}

function prototypesOf(instance: object): object[] {
  const above: unknown = Object.getPrototypeOf(instance)
  return typeof above === 'object' && above !== null ? [above, ...prototypesOf(above)] : []
}

function ofFunction(owner: object, name: string): Schemas | undefined {
  const method: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value
  return typeof method === 'function' ? byFunction.get(method) : undefined
}

function listed(prototype: object): ReadonlyMap<string, Schemas> {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  const lists: unknown =
    typeof owner === 'function' ? Object.getOwnPropertyDescriptor(owner, 'validate')?.value : undefined
  // A static method of that name is the class's own business.
  if (lists === undefined || typeof lists === 'function') return new Map()
  if (!isObject(lists)) throw noSchema('static validate', lists)
  return new Map(
    Object.entries(lists).map(([name, schemas]) => [name, schemasIn(`static validate: ${name}`, schemas)]),
  )
}

function schemasIn(where: string, schemas: unknown): Schemas {
  if (!isList(schemas)) throw noSchema(where, schemas)
  schemas.forEach((schema, at) => {
    if (!isSchema(schema)) throw noSchema(`${where}: schema ${at + 1}`, schema)
  })
  return schemas.filter(isSchema)
}

/** Some libraries' schemas are functions. */
function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = Reflect.get(value, '~standard')
  return isObject(standard) && typeof standard['validate'] === 'function'
}

function noSchema(where: string, found: unknown): InvalidParamsError {
  return new InvalidParamsError(
    `${where} must be a schema for each parameter (of Zod, Valibot, ArkType, or any library of Standard Schema), not ${found === null ? 'null' : `a ${typeof found}`}`,
  )
}
