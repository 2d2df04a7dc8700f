/** The connections of one daemon as its methods and hooks see them. */
import type { PeerCertificate } from '../ports.js'
import { promised } from '../promised.js'
import type { ConnectionContext } from '../rpc/exposed.js'

/**
 * The connection that a call came over: the same object for all calls of one connection. Once a method has asked for
 * it, clients no longer close the connection when it is idle, unless `onEnd` or `track` were used and everything they
 * registered has been taken back.
 */
export interface ServedConnection {
  /** Over HTTP, each request is a connection of its own. */
  readonly kind: 'lines' | 'websocket' | 'http'
  /** The address of the other end, for logs: `127.0.0.1:53112`. */
  readonly remote: string
  /** The other end's certificate, where this process demands one (`tls`). Undefined: it has shown none. */
  readonly peerCertificate: PeerCertificate | undefined
  /**
   * Calls `listener` once when the connection has ended, at once if it already has. What it throws goes to
   * `onCallError`. Returns a function that removes the listener.
   */
  onEnd(listener: () => void): () => void
  /**
   * Disposes of `resource` by its `Symbol.dispose` or `Symbol.asyncDispose` when the connection has ended. Returns it.
   */
  track<T extends object>(resource: T): T
  /** No longer disposes of `resource` when the connection ends. Returns whether it would have. */
  untrack(resource: object): boolean
}

/** The connections of one daemon, made when first asked for. */
export class Connections {
  readonly #known = new WeakMap<ConnectionContext, KnownConnection>()
  readonly #failed: (error: unknown) => unknown

  /** `failed`: told what a listener or a disposal throws. What it throws itself, or rejects with, nobody hears. */
  constructor(failed: (error: unknown) => unknown) {
    this.#failed = failed
  }

  of(connection: ConnectionContext): KnownConnection {
    const known = this.#known.get(connection)
    if (known !== undefined) return known
    const served = new KnownConnection(connection, this)
    this.#known.set(connection, served)
    return served
  }

  /** For code of the user's: it may keep something under it, and tell nobody. */
  shown(connection: ConnectionContext): ServedConnection {
    const served = this.of(connection)
    served.shown()
    return served
  }

  dispose(resource: object): void {
    this.safely(() => {
      for (const way of [Symbol.asyncDispose, Symbol.dispose]) {
        const dispose: unknown = Reflect.get(resource, way)
        if (typeof dispose === 'function') return Reflect.apply(dispose, resource, []) as unknown
      }
      return undefined
    })
  }

  /** Runs what somebody else wrote: what it throws, now or later, ends nothing here. */
  safely(run: () => unknown): void {
    try {
      const ended = promised(run())
      if (ended instanceof Promise) ended.catch((error: unknown) => this.#tell(error))
    } catch (error) {
      this.#tell(error)
    }
  }

  #tell(error: unknown): void {
    try {
      const told = promised(this.#failed(error))
      if (told instanceof Promise) told.catch(() => undefined)
    } catch {
      // Whoever wants to know of errors has thrown one.
    }
  }
}

/** As this process knows it. */
export class KnownConnection implements ServedConnection {
  readonly kind: ServedConnection['kind']
  readonly remote: string
  readonly peerCertificate: PeerCertificate | undefined
  readonly #connection: ConnectionContext
  readonly #all: Connections
  /** In the order in which they came. Undefined: nobody has asked to be told yet. */
  #listeners: Set<() => void> | undefined
  readonly #tracked = new Map<object, () => void>()
  /** The user says what is kept for it. */
  #isToldOf = false
  #isOver = false

  constructor(connection: ConnectionContext, all: Connections) {
    this.kind = connection.kind
    this.remote = connection.remote
    this.peerCertificate = connection.peerCertificate
    this.#connection = connection
    this.#all = all
  }

  shown(): void {
    if (!this.#isToldOf) this.#connection.isKept = true
  }

  onEnd(listener: () => void): () => void {
    this.#isToldOf = true
    this.#connection.isKept = false
    return this.hear(listener)
  }

  /** As {@link onEnd}, and it tells nothing of what the user keeps. */
  hear(listener: () => void): () => void {
    const heard = (): void => this.#all.safely(listener)
    if (this.#isOver) heard()
    else this.#hearers().add(heard)
    return () => void this.#listeners?.delete(heard)
  }

  track<T extends object>(resource: T): T {
    if (!this.#tracked.has(resource))
      this.#tracked.set(
        resource,
        this.onEnd(() => this.#all.dispose(resource)),
      )
    return resource
  }

  untrack(resource: object): boolean {
    this.#tracked.get(resource)?.()
    return this.#tracked.delete(resource)
  }

  #hearers(): Set<() => void> {
    if (this.#listeners !== undefined) return this.#listeners
    this.#listeners = new Set()
    this.#connection.onEnd?.({ gone: () => this.#end(), isAtRest: () => this.#listeners?.size === 0 })
    return this.#listeners
  }

  #end(): void {
    this.#isOver = true
    const listeners = this.#listeners ?? []
    this.#listeners = undefined
    this.#tracked.clear()
    for (const heard of listeners) heard()
  }
}
