/** What a method of a served object may know of the call that it runs for. */
import type { JsonObject } from '../json.js'
import { ms, type Along, type Clock } from '../ports.js'
import type { CallContext as Received } from '../rpc/exposed.js'
import type { SurroundingCall } from '../rpc/tracing.js'
import { surround } from '../rpc/handing/exported-stream.js'
import { isSurelyStream } from '../rpc/handing/stream-source.js'
import { CallSignal } from './call-signal.js'
import type { Connections, ServedConnection } from './connections.js'

/** The call that a served method runs for. */
export interface CallContext {
  readonly connection: ServedConnection
  /** The id of the object, as the caller wrote it. */
  readonly object: string
  readonly method: string
  /** How long the caller still waits, in milliseconds, never below 0. Undefined: it did not say. */
  remainingMs(): number | undefined
  /** W3C Trace Context: of this call's own span where spans are gathered, else as the caller sent it. */
  readonly traceparent: string | undefined
  /** What tells calls that belong together, as the caller has sent it in `meta`. */
  readonly correlationId: string | undefined
  /** What else the caller has said, in `meta.annotations`: anybody can. Empty where it has said nothing. */
  readonly annotations: JsonObject
  /** Who calls, as `authenticate` has judged. Undefined without that hook. */
  readonly identity: unknown
  /**
   * Aborted when nobody waits for the call any more: it was given up, its time is over, or its connection has ended. Of
   * a generator: when its reader has left. Where the call ends first, it never is.
   */
  readonly signal: AbortSignal
  /**
   * Tells the caller how far the call has come, where it has asked for that (`onProgress`): any value that can be
   * written down, before the call has its outcome. In order, but some are left out while he reads too slowly. For nobody,
   * over HTTP and after the end of the call it does nothing. @throws TypeError for a value that can't travel,
   * TooLargeError for one that is longer than a message
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
 * The call that this code runs for: anywhere in an `async` method, in one whose text speaks of promises or that calls
 * such a method of its own object, and in the body of a generator, and in what they call; in any other method in its
 * first part, and once it was asked for there, in all that follows from that. In
 * runtimes without AsyncLocalStorage (browsers) it is known until the method's first `await`.
 * @throws Error outside of a served method
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

/** Whether this code runs for a call that came over one of these connections, and that has not ended; what follows does, too. */
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
