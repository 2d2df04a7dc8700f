/** An instance, or a class, as the host of a process serves it. */
import type { Clock } from '../ports.js'
import { InvalidParamsError } from '../rpc/errors.js'
import type { ExposedMethod, ExposedObject, Handler } from '../rpc/host.js'
import type { Class } from './behavior.js'
import { within, type Connections } from './context.js'
import { fixedParams } from './fixed-params.js'
import { instancesOf, type InstanceFor } from './instances.js'
import { classNameOf, membersOf, unexposedOf, type Member } from './members.js'

/** Of whose call an error is told. */
export interface FailedCall {
  readonly object: string
  readonly method: string
  /** The other end, for logs. */
  readonly remote: string
}

export interface ServingPorts {
  readonly clock: Clock
  readonly connections: Connections
  /** Told what a method has thrown, whether or not somebody hears of it. Undefined: nobody wants to know. */
  readonly failed: ((error: unknown, call: FailedCall) => void) | undefined
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
  const methods = [...members].map(
    ([name, member]) => [name, methodOf({ id, name, member, instanceFor, ports })] as const,
  )
  return { methods: new Map(methods), whyNot: (method) => whyNot(id, specimen, method) }
}

function isClass(target: object): target is Class {
  return typeof target === 'function' && Object.hasOwn(target, 'prototype')
}

/** Has all that an instance of the class has from it, and nothing that its constructor would do. */
function specimenOf(served: Class): object {
  const prototype: unknown = Reflect.get(served, 'prototype')
  return Object.create(typeof prototype === 'object' ? prototype : null) as object
}

interface Served {
  readonly id: string
  readonly name: string
  readonly member: Member
  readonly instanceFor: InstanceFor
  readonly ports: ServingPorts
}

function methodOf(served: Served): ExposedMethod {
  const { member } = served
  if (member.form === 'attribute') {
    const { read } = member
    return { kind: 'plain', form: 'attribute', params: 0, handler: handlerOf(served, read) }
  }
  const params = fixedParams(member.run)
  return {
    kind: 'plain',
    ...(params !== undefined && { params }),
    ...(member.isOneway
      ? { form: 'oneway', handler: unwaited(handlerOf(served, member.run)) }
      : { handler: handlerOf(served, member.run) }),
  }
}

function handlerOf(
  { id, name, instanceFor, ports }: Served,
  run: (this: object, ...params: never[]) => unknown,
): Handler {
  const { clock, connections, failed } = ports
  const handler: Handler = (params, received) =>
    within({ object: id, method: name, received, clock, connections }, (): unknown =>
      Reflect.apply(run, instanceFor(received.connection), params),
    )
  return failed === undefined
    ? handler
    : telling(handler, (error, remote) => failed(error, { object: id, method: name, remote }))
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
