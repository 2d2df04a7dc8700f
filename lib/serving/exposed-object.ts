/** An instance, or a class, as the host of a process serves it. */
import type { Clock } from '../ports.js'
import { InvalidParamsError } from '../rpc/errors.js'
import type { CallContext as Received, ExposedMethod, ExposedObject } from '../rpc/host.js'
import { schemasOf, validatedNames } from '../rpc/answering/schemas.js'
import { jsonSchemasOf, validated, type Schemas } from '../rpc/answering/validation.js'
import type { Tracing } from '../rpc/tracing.js'
import type { Authentication } from './authentication.js'
import type { Class } from './behavior.js'
import type { Connections } from './connections.js'
import { within } from './context.js'
import { fixedParams } from '../rpc/proxies/fixed-params.js'
import { instancesOf, type InstanceFor } from './instances.js'
import { classNameOf, isExposed, membersOf, unexposedOf, type Member } from './members.js'

/** Of whose call an error is told. */
export interface FailedCall {
  readonly object: string
  readonly method: string
  /** The other end, for logs. */
  readonly remote: string
}

/** Params may be values of all kinds, as its callers read tags or do not. */
type Handler = (params: readonly unknown[], received: Received) => unknown

export interface ServingPorts {
  readonly clock: Clock
  readonly connections: Connections
  /** Told what a method has thrown, whether or not somebody hears of it. Undefined: nobody wants to know. */
  readonly failed: ((error: unknown, call: FailedCall) => void) | undefined
  /** Default: no spans are gathered. */
  readonly tracing?: Tracing | undefined
  /** Default: everybody may call. */
  readonly authentication?: Authentication | undefined
}

/** `id`: of the object. @throws InvalidParamsError when it is no object and no class, or exposes nothing */
export function exposedObject(id: string, target: object, ports: ServingPorts): ExposedObject {
  const served = isClass(target) ? target : undefined
  if (served === undefined && typeof target === 'function')
    throw new InvalidParamsError(`${id}: a function can't be served: give an object or a class`)
  const specimen = served === undefined ? target : specimenOf(served)
  const members = membersOf(specimen, id)
  const instanceFor =
    served === undefined
      ? () => target
      : instancesOf(id, served, (instance) => ports.connections.dispose(instance))
  demandMethods(id, specimen, members)
  const methods = [...members].map(
    ([name, member]) =>
      [name, methodOf({ id, name, member, instanceFor, ports, schemas: schemasOf(specimen, name) })] as const,
  )
  return { methods: new Map(methods), whyNot: (method) => whyNot(id, specimen, method) }
}

/** How an object can be called that is handed over in a call or its result, by the marks of its class. */
export function exposedOf(value: object, ports: ServingPorts): ExposedObject | undefined {
  return typeof value === 'object' && isExposed(value)
    ? exposedObject(classNameOf(value), value, ports)
    : undefined
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

interface Served {
  readonly id: string
  readonly name: string
  readonly member: Member
  readonly instanceFor: InstanceFor
  readonly ports: ServingPorts
  /** What its arguments are judged by. Undefined: they are taken as they come. */
  readonly schemas: Schemas | undefined
}

function methodOf(served: Served): ExposedMethod {
  const { id, name, member, schemas } = served
  if (member.form === 'attribute') {
    const { read } = member
    const handler = guarded(served, handlerOf(served, read))
    return { kind: 'plain', form: 'attribute', params: 0, ...gateOf(served), handler, ofValues: handler }
  }
  const params = fixedParams(member.run)
  const waited = handlerOf(served, member.run)
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

function handlerOf(
  { id, name, instanceFor, ports }: Served,
  run: (this: object, ...params: never[]) => unknown,
): Handler {
  const { clock, connections, failed, tracing } = ports
  const isAsync = isAsyncFunction(run)
  const runIn = (params: readonly unknown[], received: Received, traceparent: string | undefined): unknown =>
    within({ object: id, method: name, received, traceparent, clock, connections, isAsync }, (): unknown =>
      Reflect.apply(run, instanceFor(received.connection), params),
    )
  const handler: Handler =
    tracing === undefined
      ? (params, received) => runIn(params, received, received.meta.traceparent)
      : (params, received) =>
          tracing.serving({ object: id, method: name, parent: received.meta.traceparent }, (traceparent) =>
            runIn(params, received, traceparent),
          )
  return failed === undefined
    ? handler
    : telling(handler, (error, remote) => failed(error, { object: id, method: name, remote }))
}

/** To read params runs code too, that of registered types. */
function gateOf({ id, name, ports: { authentication } }: Served): Pick<ExposedMethod, 'admits'> {
  if (authentication === undefined) return {}
  return { admits: (received) => authentication.identityOf(`${id}.${name}`, received) }
}

/** Strangers learn nothing of what a method takes. */
function guarded({ id, name, ports: { authentication } }: Served, handler: Handler): Handler {
  if (authentication === undefined) return handler
  return (params, received) => {
    const identity = authentication.identityOf(`${id}.${name}`, received)
    return identity instanceof Promise
      ? identity.then((known: unknown) => handler(params, { ...received, identity: known }))
      : handler(params, { ...received, identity })
  }
}

/** Nothing of the object runs for a call that is refused. */
function judging(name: string, schemas: Schemas, handler: Handler): Handler {
  return (params, received) => {
    const judged = validated(name, params, schemas)
    return judged instanceof Promise
      ? judged.then((values) => handler(values, received))
      : handler(judged, received)
  }
}

function isAsyncFunction(run: object): boolean {
  return Object.prototype.toString.call(run) === '[object AsyncFunction]'
}

/** The caller hears of what is thrown, too. */
function telling(handler: Handler, failed: (error: unknown, remote: string) => void): Handler {
  return (params, received) => {
    const tell = (error: unknown): never => {
      failed(error, received.connection.remote)
      throw error
    }
    try {
      const result: unknown = handler(params, received)
      return result instanceof Promise ? result.then(undefined, tell) : result
    } catch (error) {
      return tell(error)
    }
  }
}

/** Begins the method, and does not wait for it. */
function unwaited(handler: Handler): Handler {
  return (params, received) => {
    try {
      const result = handler(params, received)
      if (result instanceof Promise) result.catch(() => undefined)
    } catch {
      // Whoever wants to know has been told.
    }
    return null
  }
}

function whyNot(id: string, specimen: object, method: string): string | undefined {
  if (!unexposedOf(specimen).includes(method)) return undefined
  const maker = classNameOf(specimen)
  return `${id}.${method}: ${maker} has ${method}, and does not expose it: mark it with @expose, or add it to static exposed`
}
