/** What a method of a served object may know of the call that it runs for. */
import { ms, type Clock } from '../ports.js'
import type { CallContext as Received, ConnectionContext } from '../rpc/host.js'

/** The connection that a call came over. The same object in all calls of one connection. */
export interface ServedConnection {
  /** Over HTTP each exchange is a connection of its own. */
  readonly kind: 'lines' | 'websocket' | 'http'
  /** The other end, for logs: `127.0.0.1:53112`. */
  readonly remote: string
  /** Calls back once, when the connection has ended, at once if it has. What it throws goes to `onCallError`. */
  onEnd(listener: () => void): void
  /** Disposes of `resource` when the connection has ended, by its `Symbol.dispose` or `Symbol.asyncDispose`. */
  track<T extends object>(resource: T): T
}

/** The call that a served method runs for. */
export interface CallContext {
  readonly connection: ServedConnection
  /** The id of the object, as the caller wrote it. */
  readonly object: string
  readonly method: string
  /** How long the caller still waits, in milliseconds, never below 0. Undefined: it did not say. */
  remainingMs(): number | undefined
  /** W3C Trace Context, as the caller sent it. */
  readonly traceparent: string | undefined
}

let current: CallContext | undefined

/**
 * The call that runs now. It is known until the method's first `await`: take what you need before.
 * @throws Error outside of a served method
 */
export function callContext(): CallContext {
  if (current !== undefined) return current
  throw new Error(
    'callContext() is known inside a method of a served object, until its first await: take what you need of it before',
  )
}

export interface ContextParts {
  readonly object: string
  readonly method: string
  readonly received: Received
  readonly clock: Clock
  readonly connections: Connections
}

/** Runs the method's first part with that context. */
export function within<T>(parts: ContextParts, run: () => T): T {
  const before = current
  current = new Context(parts)
  try {
    return run()
  } finally {
    current = before
  }
}

class Context implements CallContext {
  readonly object: string
  readonly method: string
  readonly #parts: ContextParts

  constructor(parts: ContextParts) {
    this.object = parts.object
    this.method = parts.method
    this.#parts = parts
  }

  get connection(): ServedConnection {
    const { connections, received } = this.#parts
    return connections.of(received.connection)
  }

  get traceparent(): string | undefined {
    return this.#parts.received.meta.traceparent
  }

  remainingMs(): number | undefined {
    const { clock, received } = this.#parts
    return received.deadline === undefined ? undefined : Math.max(0, ms(received.deadline - clock.now()))
  }
}

/** The connections of one daemon as methods see them, made when first asked for. */
export class Connections {
  readonly #known = new WeakMap<ConnectionContext, ServedConnection>()
  readonly #failed: (error: unknown) => void

  /** `failed`: told what a listener or a disposal throws. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  of(connection: ConnectionContext): ServedConnection {
    const known = this.#known.get(connection)
    if (known !== undefined) return known
    const { kind, remote } = connection
    const onEnd = (listener: () => void): void => connection.onEnd?.({ gone: () => this.safely(listener) })
    const track = <T extends object>(resource: T): T => {
      onEnd(() => this.dispose(resource))
      return resource
    }
    const served = { kind, remote, onEnd, track }
    this.#known.set(connection, served)
    return served
  }

  dispose(resource: object): void {
    for (const way of [Symbol.asyncDispose, Symbol.dispose]) {
      const dispose: unknown = Reflect.get(resource, way)
      if (typeof dispose === 'function') return this.safely(() => Reflect.apply(dispose, resource, []))
    }
  }

  /** Runs what somebody else wrote: what it throws, now or later, ends nothing here. */
  safely(run: () => unknown): void {
    try {
      const ended: unknown = run()
      if (ended instanceof Promise) ended.catch((error: unknown) => this.#tell(error))
    } catch (error) {
      this.#tell(error)
    }
  }

  #tell(error: unknown): void {
    try {
      this.#failed(error)
    } catch {
      // Whoever wants to know of errors has thrown one.
    }
  }
}
