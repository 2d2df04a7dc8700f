/** What of an object can be called from outside, and what stands behind each name. */
import { InvalidParamsError } from '../rpc/errors.js'
import { marksOf, prototypesOf, publicNames, type MarkKind } from './marks.js'

/** What stands behind a marked name: a method, or what a getter reads. */
export type Member =
  | { readonly form: 'method'; readonly isOneway: boolean; readonly run: Method }
  | { readonly form: 'attribute'; readonly read: (this: object) => unknown }

export type Method = (this: object, ...params: readonly unknown[]) => unknown

/**
 * All that the object's class and the classes above have exposed, and what was exposed of the object itself, by name.
 * `name`: of the object, for messages. @throws InvalidParamsError when a name that was given is no method and no getter
 * of it, and when there is nothing
 */
export function membersOf(instance: object, name: string): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>()
  for (const [member, kind] of marksOf(instance)) members.set(member, memberOf(instance, name, member, kind))
  if (members.size === 0) throw nothingExposed(instance, name)
  return members
}

/** Whether there is anything of it that can be called from outside. */
export function isExposed(instance: object): boolean {
  return marksOf(instance).size > 0
}

/** Public methods of the object that nobody has exposed. */
export function unexposedOf(instance: object): readonly string[] {
  const marks = marksOf(instance)
  const names = [instance, ...prototypesOf(instance)].flatMap(publicNames)
  return [...new Set(names)].filter((name) => !marks.has(name))
}

export function classNameOf(instance: object): string {
  const maker: unknown = instance.constructor
  return typeof maker === 'function' && maker !== Object && maker.name !== '' ? maker.name : 'the object'
}

function memberOf(instance: object, object: string, name: string, kind: MarkKind): Member {
  const descriptor = descriptorOf(instance, name)
  const method: unknown = descriptor?.value
  if (isMethod(method)) return { form: 'method', isOneway: kind === 'oneway', run: method }
  const read: unknown = descriptor && Reflect.get(descriptor, 'get')
  if (isMethod(read) && kind === 'exposed') return { form: 'attribute', read }
  const what = kind === 'oneway' ? 'no method' : 'no method and no getter'
  throw new InvalidParamsError(`${object}: ${name} is exposed, and ${what} of ${classNameOf(instance)}`)
}

function nothingExposed(instance: object, object: string): InvalidParamsError {
  const maker = classNameOf(instance)
  const [first = 'METHOD'] = unexposedOf(instance)
  return new InvalidParamsError(
    `${object}: ${maker} exposes nothing: mark its methods with @expose, or list them, ` +
      (maker === 'the object'
        ? `exposed(object, ['${first}'])`
        : `static exposed = ['${first}'] in ${maker}`),
  )
}

/** Found without running an accessor, along the prototype chain. */
export function descriptorOf(object: object, name: string): PropertyDescriptor | undefined {
  for (let at: unknown = object; typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

export function isMethod(value: unknown): value is Method {
  return typeof value === 'function'
}
