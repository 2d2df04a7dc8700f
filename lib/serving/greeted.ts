/** A connection that comes, as the user's hook judges it. */
import { promised } from '../promised.js'
import { RollcallError, UnauthorizedError } from '../rpc/errors.js'
import { toWire } from '../rpc/wire-error.js'
import type { Connections, ServedConnection } from './connections.js'
import type { DaemonOptions } from './daemon.js'

/** Undefined: it is let in. Rejects with an error that says not executed when it is refused. */
export function greeted(
  connection: ServedConnection,
  { onConnect, onDisconnect }: DaemonOptions,
  connections: Connections,
): Promise<void> | undefined {
  const admitted = (): void => {
    if (onDisconnect !== undefined) connection.onEnd(() => onDisconnect(connection))
  }
  const refusal = (thrown: unknown): Promise<never> => {
    // It may be a mistake in the hook.
    if (!(thrown instanceof RollcallError))
      connections.safely(() => {
        throw thrown
      })
    return Promise.reject(refusalOf(thrown))
  }
  try {
    const told = promised(onConnect?.(connection))
    if (told instanceof Promise) return told.then(admitted, refusal)
    admitted()
    return undefined
  } catch (error) {
    return refusal(error)
  }
}

function refusalOf(thrown: unknown): RollcallError {
  if (thrown instanceof RollcallError && thrown.outcome === 'not-executed') return thrown
  const sentence = `this connection was refused: ${toWire(thrown).message}; nothing was executed`
  return new UnauthorizedError(sentence, { cause: thrown })
}
