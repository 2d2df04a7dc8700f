/** The instance that a call of a served class runs on. */
import { InternalError, InvalidParamsError } from '../rpc/errors.js'
import type { ConnectionContext } from '../rpc/host.js'
import { behaviorOf, type Class } from './behavior.js'

/** May throw what the class or its creator throws. */
export type InstanceFor = (connection: ConnectionContext) => object

/** `dispose`: what becomes of one whose connection has ended. @throws InvalidParamsError when none can be made */
export function instancesOf(name: string, served: Class, dispose: (instance: object) => void): InstanceFor {
  const { mode = 'single', create } = behaviorOf(served)
  if (create === undefined && served.length > 0)
    throw new InvalidParamsError(
      `${name}: the constructor of ${served.name} takes ${served.length} parameter${served.length === 1 ? '' : 's'}: give an ` +
        `instance, or say @behavior({ create: () => new ${served.name}(…) })`,
    )
  const make = (): object => {
    const made: unknown = create === undefined ? Reflect.construct(served, []) : create()
    if (typeof made === 'object' && made !== null && !(made instanceof Promise)) return made
    throw new InternalError(
      `${name}: create() of ${served.name} must return an instance, and not a promise of one`,
    )
  }
  switch (mode) {
    case 'single': {
      const only = make()
      return () => only
    }
    case 'call':
      return make
    case 'session':
      return ofEachConnection(make, dispose)
  }
}

function ofEachConnection(make: () => object, dispose: (instance: object) => void): InstanceFor {
  const instances = new WeakMap<ConnectionContext, object>()
  return (connection) => {
    const known = instances.get(connection)
    if (known !== undefined) return known
    const instance = make()
    instances.set(connection, instance)
    connection.onEnd?.({ gone: () => dispose(instance) })
    return instance
  }
}
