/** An instance, or a class, as the host of a process serves it. */
import { InvalidParamsError } from '../rpc/errors.js'
import type { ExposedMethod, ExposedObject } from '../rpc/exposed.js'
import { schemasOf, validatedNames } from '../rpc/answering/schemas.js'
import { jsonSchemasOf, type Schemas } from '../rpc/answering/validation.js'
import { fixedParams } from '../rpc/proxies/fixed-params.js'
import type { Class } from './behavior.js'
import {
  gateOf,
  guarded,
  handlerOf,
  judging,
  unwaited,
  type ServedMember,
  type ServingPorts,
} from './handlers.js'
import { goesOn, isAsyncFunction } from './goes-on.js'
import { instancesOf, type OnInstance } from './instances.js'
import { classNameOf, isExposed, membersOf, unexposedOf, type Member } from './members.js'

/** `id`: of the object. @throws InvalidParamsError when it is no object and no class, or exposes nothing */
export function exposedObject(id: string, target: object, ports: ServingPorts): ExposedObject {
  demandServable(id, target)
  const served = isClass(target) ? target : undefined
  const specimen = served === undefined ? target : specimenOf(served)
  const members = membersOf(specimen, id)
  const onInstance: OnInstance =
    served === undefined ? (_, run) => run(target) : instancesOf(id, served, ports.connections)
  demandMethods(id, specimen, members)
  const methods = [...members].map(
    ([name, member]) =>
      [
        name,
        methodOf({ id, name, member, onInstance, ports, schemas: schemasOf(specimen, name), specimen }),
      ] as const,
  )
  return { methods: new Map(methods), whyNot: (method) => whyNot(id, specimen, method) }
}

/** How a function or an object can be called that is handed over in a call or its result; an object by the marks of its class. */
export function exposedOf(value: object, ports: ServingPorts): ExposedObject | undefined {
  if (typeof value === 'function') return exposedFunction(value as (...params: never[]) => unknown, ports)
  return typeof value === 'object' && isExposed(value)
    ? exposedObject(classNameOf(value), value, ports)
    : undefined
}

function exposedFunction(value: (...params: never[]) => unknown, ports: ServingPorts): ExposedObject {
  const id = value.name === '' ? 'a function' : value.name
  const member = { id, name: 'call', onInstance: ((_, run) => run(value)) satisfies OnInstance, ports }
  const handler = handlerOf(member, (...params) => value(...params), isAsyncFunction(value))
  return { methods: new Map([['call', { kind: 'plain', handler, ofValues: handler }]]) }
}

/** Not everybody has types. */
function demandServable(id: string, target: unknown): void {
  if (typeof target === 'function' ? isClass(target) : typeof target === 'object' && target !== null) return
  const what = target === null || target === undefined ? String(target) : `a ${typeof target}`
  throw new InvalidParamsError(`${id}: ${what} can't be served: give an object or a class`)
}

function isClass(target: object): target is Class {
  return typeof target === 'function' && Object.hasOwn(target, 'prototype')
}

/** Has all that an instance of the class has from it, and nothing that its constructor would do. */
function specimenOf(served: Class): object {
  const prototype: unknown = Reflect.get(served, 'prototype')
  return Object.create(typeof prototype === 'object' ? prototype : null) as object
}

/** A typing mistake must not leave a method open. @throws InvalidParamsError */
function demandMethods(id: string, specimen: object, members: ReadonlyMap<string, Member>): void {
  const missing = validatedNames(specimen).find((name) => members.get(name)?.form !== 'method')
  if (missing === undefined) return
  throw new InvalidParamsError(
    `${id}: static validate names ${missing}, which is no exposed method of ${classNameOf(specimen)}`,
  )
}

interface Served extends ServedMember {
  readonly member: Member
  /** Has all that an instance has of its class. */
  readonly specimen: object
  /** What its arguments are judged by. Undefined: they are taken as they come. */
  readonly schemas: Schemas | undefined
}

function methodOf(served: Served): ExposedMethod {
  const { id, name, member, schemas, specimen } = served
  if (member.form === 'attribute') {
    const { read } = member
    const handler = guarded(served, handlerOf(served, read, goesOn(read, specimen)))
    return { kind: 'plain', form: 'attribute', params: 0, ...gateOf(served), handler, ofValues: handler }
  }
  const params = fixedParams(member.run)
  const waited = handlerOf(served, member.run, goesOn(member.run, specimen))
  const open = member.isOneway ? unwaited(waited) : waited
  const handler = guarded(served, schemas === undefined ? open : judging(`${id}.${name}`, schemas, open))
  return {
    kind: 'plain',
    ...(schemas !== undefined && { accepts: () => jsonSchemasOf(schemas) }),
    ...gateOf(served),
    handler,
    ofValues: handler,
    ...(params !== undefined && { params }),
    ...(member.isOneway && { form: 'oneway' }),
  }
}

function whyNot(id: string, specimen: object, method: string): string | undefined {
  if (!unexposedOf(specimen).includes(method)) return undefined
  const maker = classNameOf(specimen)
  return `${id}.${method}: ${maker} has ${method}, and does not expose it: mark it with @expose, or add it to static exposed`
}
