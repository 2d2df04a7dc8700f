/** How a call of a served method runs: who may call, what its arguments are judged by, who hears of what it throws. */
import type { Clock } from '../ports.js'
import { promised } from '../promised.js'
import { validated, type Schemas } from '../rpc/answering/validation.js'
import type { CallContext as Received, ExposedMethod } from '../rpc/exposed.js'
import { leaveUnread } from '../rpc/handing/stream-source.js'
import type { Tracing } from '../rpc/tracing.js'
import type { Authentication } from './authentication.js'
import type { Connections } from './connections.js'
import { within } from './context.js'
import type { OnInstance } from './instances.js'

/** Of whose call an error is told. */
export interface FailedCall {
  readonly object: string
  readonly method: string
  /** The other end, for logs. */
  readonly remote: string
}

/** Params may be values of all kinds, as its callers read tags or do not. */
export type Handler = (params: readonly unknown[], received: Received) => unknown

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

/** One method, or attribute, of an object. */
export interface ServedMember {
  readonly id: string
  readonly name: string
  readonly onInstance: OnInstance
  readonly ports: ServingPorts
}

/** `isAsync`: it may go on after it has returned. */
export function handlerOf(
  { id, name, onInstance, ports }: ServedMember,
  run: (this: object, ...params: never[]) => unknown,
  isAsync: boolean,
): Handler {
  const { clock, connections, failed, tracing } = ports
  const tell =
    failed &&
    ((error: unknown, { connection: { remote } }: Received): void =>
      connections.safely(() => failed(error, { object: id, method: name, remote })))
  const parts = { object: id, method: name, clock, connections, isAsync, failed: tell }
  const runIn = (params: readonly unknown[], received: Received, traceparent: string | undefined): unknown =>
    within(parts, received, traceparent, (): unknown =>
      onInstance(received.connection, (instance) => promised<unknown>(Reflect.apply(run, instance, params))),
    )
  const handler: Handler = (params, received) => {
    const parent = received.meta.traceparent
    if (tracing?.isOn !== true) return runIn(params, received, parent)
    return tracing.serving({ object: id, method: name, parent }, (traceparent) =>
      runIn(params, received, traceparent),
    )
  }
  return tell === undefined ? handler : telling(handler, tell)
}

/** To read params runs code too, that of registered types. */
export function gateOf({ id, name, ports: { authentication } }: ServedMember): Pick<ExposedMethod, 'admits'> {
  if (authentication === undefined) return {}
  return { admits: (received) => authentication.identityOf(`${id}.${name}`, received) }
}

/** Strangers learn nothing of what a method takes. */
export function guarded({ id, name, ports: { authentication } }: ServedMember, handler: Handler): Handler {
  if (authentication === undefined) return handler
  return (params, received) => {
    const identity = authentication.identityOf(`${id}.${name}`, received)
    return identity instanceof Promise
      ? identity.then((known: unknown) => handler(params, { ...received, identity: known }))
      : handler(params, { ...received, identity })
  }
}

/** Nothing of the object runs for a call that is refused. */
export function judging(name: string, schemas: Schemas, handler: Handler): Handler {
  return (params, received) => {
    const judged = validated(name, params, schemas)
    return judged instanceof Promise
      ? judged.then((values) => handler(values, received))
      : handler(judged, received)
  }
}

/** The caller hears of what is thrown, too. */
function telling(handler: Handler, failed: (error: unknown, received: Received) => void): Handler {
  return (params, received) => {
    const tell = (error: unknown): never => {
      failed(error, received)
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
export function unwaited(handler: Handler): Handler {
  return (params, received) => {
    try {
      const result = handler(params, received)
      if (result instanceof Promise) result.then(leaveUnread, () => undefined)
      else leaveUnread(result)
    } catch {
      // Whoever wants to know has been told.
    }
    return null
  }
}
