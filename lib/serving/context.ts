/** What a method of a served object can find out about the call it is answering. */
import type { JsonObject } from '../json.js'
import { ms, type Along, type Clock } from '../ports.js'
import type { CallContext as Received } from '../rpc/exposed.js'
import type { SurroundingCall } from '../rpc/tracing.js'
import { surround } from '../rpc/handing/exported-stream.js'
import { isSurelyStream } from '../rpc/handing/stream-source.js'
import { CallSignal } from './call-signal.js'
import type { Connections, ServedConnection } from './connections.js'

/** The call that a served method is answering. */
export interface CallContext {
  readonly connection: ServedConnection
  /** The id of the object, as the caller gave it. */
  readonly object: string
  readonly method: string
  /** How long the caller will still wait, in milliseconds, at least 0. Undefined: it did not say. */
  remainingMs(): number | undefined
  /** W3C Trace Context: that of this call's own span where spans are recorded, else as the caller sent it. */
  readonly traceparent: string | undefined
  /** Identifies calls that belong together: as the caller sent it in `meta`. */
  readonly correlationId: string | undefined
  /** Whatever the caller put into `meta.annotations`, unchecked. Empty if it sent none. */
  readonly annotations: JsonObject
  /** The caller's identity, as `authenticate` returned it. Undefined without that hook. */
  readonly identity: unknown
  /**
   * Aborted when nobody waits for the call any more: the caller gave up, its time is over, or its connection has ended;
   * for a generator, when its reader has left. Never aborted after the call has ended.
   */
  readonly signal: AbortSignal
  /**
   * Reports progress to the caller, if it asked for that (`onProgress`): any value that can travel. Values arrive in
   * order and before the result, but some are left out while the caller reads too slowly. Does nothing if the caller
   * did not ask, over HTTP, and after the call has ended.
   * @throws TypeError for a value that can't travel, TooLargeError for one that is longer than a message
   */
  progress(value: unknown): void
}

/** Of the method's first part, in which nothing else can run. */
let current: Context | undefined
/** Of all that runs for a call. Undefined: this runtime has no means for it. */
let along: Along | undefined

/** By what the context of a call goes along with it. */
export function goAlong(by: Along | undefined): void {
  along ??= by
}

/**
 * The call that this code is answering. Known throughout an `async` method, a generator, and a method whose source
 * mentions promises or that calls such a method of its own object, and in everything that these call. In any other
 * method it is known until that returns, and in all that follows from there once it was asked for. In runtimes without
 * AsyncLocalStorage (browsers) it is known until the method's first `await`.
 * @throws Error outside a served method
 */
export function callContext(): CallContext {
  const known = contextNow()
  if (known !== undefined) return known
  throw new Error(
    'callContext() is known inside of a served method, and in what that calls: take what you need of it there',
  )
}

/** The same, undefined outside of a served method. */
function contextNow(): CallContext | undefined {
  if (current !== undefined) return current.followed()
  const known = along?.current()
  return known instanceof Context ? known : undefined
}

/** The call that another one is made for. Undefined: none, or it has ended, and bounds nothing any more. */
export function surroundingCall(): SurroundingCall | undefined {
  const known = current ?? along?.current()
  return known instanceof Context && !known.isOver ? known : undefined
}

/**
 * Whether this code runs for a call that came over one of these connections, and that has not ended; what follows does,
 * too.
 */
export function isWithinCallOf(connections: Connections): boolean {
  const known = contextNow()
  return known instanceof Context && !known.isOver && known.isOf(connections)
}

/** What is the same for all calls of a method. */
export interface ContextParts {
  readonly object: string
  readonly method: string
  readonly clock: Clock
  readonly connections: Connections
  /** It may ask for its context later than in its first part. */
  readonly isAsync: boolean
  /** Told what the stream throws that it has brought. Undefined: nobody wants to know. */
  readonly failed: ((error: unknown, received: Received) => void) | undefined
}

/**
 * Runs a method with that context; what it brings is returned. `traceparent`: of its own span, or of its caller.
 */
export function within(
  parts: ContextParts,
  received: Received,
  traceparent: string | undefined,
  run: () => unknown,
): unknown {
  const context = new Context(parts, received, traceparent)
  try {
    const result = during(context, run, parts.isAsync)
    if (!(result instanceof Promise)) return context.ended(result)
    return result.then(
      (value) => context.ended(value),
      (error: unknown) => context.failed(error),
    )
  } catch (error) {
    return context.failed(error)
  }
}

/** To follow each call costs as much as a fifth of it: only those are followed that may ask for it later. */
function during<T>(context: Context, task: () => T, isAsync: boolean): T {
  const before = current
  current = context
  try {
    return isAsync && along !== undefined ? along.run(context, task) : task()
  } finally {
    current = before
    context.left()
  }
}

class Context implements CallContext {
  readonly #parts: ContextParts
  readonly #received: Received
  readonly traceparent: string | undefined
  #signal: CallSignal | undefined
  #isOver = false
  /** For the rest of a first part, in place of what went along before. */
  #isEntered = false
  #before: object | undefined

  constructor(parts: ContextParts, received: Received, traceparent: string | undefined) {
    this.#parts = parts
    this.#received = received
    this.traceparent = traceparent
  }

  get object(): string {
    return this.#parts.object
  }

  get method(): string {
    return this.#parts.method
  }

  get connection(): ServedConnection {
    return this.#parts.connections.shown(this.#received.connection)
  }

  get correlationId(): string | undefined {
    return this.#received.meta.correlationId
  }

  get annotations(): JsonObject {
    return this.#received.meta.annotations ?? {}
  }

  get identity(): unknown {
    return this.#received.identity
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal.signal
    this.#signal = new CallSignal()
    if (!this.#isOver) this.#signal.listen(this.#received, this.#parts.clock)
    return this.#signal.signal
  }

  isOf(connections: Connections): boolean {
    return this.#parts.connections === connections
  }

  remainingMs(): number | undefined {
    const { deadline } = this.#received
    return deadline === undefined ? undefined : Math.max(0, ms(deadline - this.#parts.clock.now()))
  }

  progress(value: unknown): void {
    const { id, connection, meta } = this.#received
    if (meta.progress === undefined || id === undefined || this.#isOver) return
    connection.peer?.report(id, value, connection.readsTags === true)
  }

  goOn(): void {
    if (current === this) this.followed()
  }

  /** It has been asked for, and goes along with what follows. */
  followed(): this {
    if (along === undefined || along.current() === this) return this
    this.#before = along.current()
    this.#isEntered = true
    along.enter(this)
    return this
  }

  /** Its first part is over. */
  left(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    along?.enter(this.#before)
  }

  /** The steps of a stream still run for the call, until its reader leaves. */
  ended(result: unknown): unknown {
    this.#end()
    const { failed } = this.#parts
    if (typeof result === 'object' && result !== null && isSurelyStream(result))
      surround(result, {
        run: (step) => during(this, step, true),
        failed: failed && ((error) => failed(error, this.#received)),
        left: () => {
          this.#signal ??= new CallSignal()
          this.#signal.abort('its reader has left')
        },
      })
    return result
  }

  failed(error: unknown): never {
    this.#end()
    throw error
  }

  #end(): void {
    this.#isOver = true
    this.#signal?.end()
  }
}
