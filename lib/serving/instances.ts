/** The instance that a call of a served class runs on. */
import { InternalError, InvalidParamsError } from '../rpc/errors.js'
import { surround } from '../rpc/handing/exported-stream.js'
import { isSurelyStream } from '../rpc/handing/stream-source.js'
import type { ConnectionContext } from '../rpc/exposed.js'
import { behaviorOf, type Class } from './behavior.js'
import type { Connections, KnownConnection } from './connections.js'

/** Runs what a call does on its instance. May throw what the class or its creator throws. */
export type OnInstance = (connection: ConnectionContext, run: (instance: object) => unknown) => unknown

/** Each is disposed of when its connection, or its call, has ended. @throws InvalidParamsError when none can be made */
export function instancesOf(name: string, served: Class, connections: Connections): OnInstance {
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
      return (_, run) => run(only)
    }
    case 'call':
      return ofEachCall(make, connections)
    case 'session':
      return ofEachConnection(make, connections)
  }
}

function ofEachConnection(make: () => object, connections: Connections): OnInstance {
  const instances = new WeakMap<ConnectionContext, object>()
  const begun = (connection: ConnectionContext): object => {
    const instance = make()
    instances.set(connection, instance)
    connection.onEnd?.({ gone: () => connections.dispose(instance) })
    return instance
  }
  return (connection, run) => run(instances.get(connection) ?? begun(connection))
}

function ofEachCall(make: () => object, connections: Connections): OnInstance {
  return (connection, run) => {
    const instance = make()
    const over = (): void => connections.dispose(instance)
    const ended = (result: unknown): unknown => {
      if (typeof result === 'object' && result !== null && isSurelyStream(result))
        whenRead(result, connections.of(connection), over)
      else over()
      return result
    }
    const failed = (error: unknown): never => {
      over()
      throw error
    }
    try {
      const result = run(instance)
      return result instanceof Promise ? result.then(ended, failed) : ended(result)
    } catch (error) {
      return failed(error)
    }
  }
}

/** It ends with its connection at the latest: it may never have been handed to anybody. */
function whenRead(stream: object, connection: KnownConnection, tell: () => void): void {
  let isOver = false
  let forget = (): void => undefined
  const over = (): void => {
    if (isOver) return
    isOver = true
    forget()
    tell()
  }
  surround(stream, { over })
  forget = connection.hear(over)
}
