/**
 * Spans of calls, for whoever gathers them: one at the side that calls, one at the side
 * that serves, each naming the one above.
 */

export interface TracedCall {
  /** As the caller calls it; at the side that serves the id. */
  readonly object: string
  readonly method: string
  /** W3C Trace Context of what the call is made for. Undefined: as far as is known it begins here. */
  readonly parent: string | undefined
}

export interface Tracing {
  /** Runs a call within a span; `traceparent` of the span goes along with it. */
  calling<T>(call: TracedCall, run: (traceparent: string | undefined) => Promise<T>): Promise<T>
  /** Runs a method within a span, of which `traceparent` is. What it throws or brings is handed on. */
  serving(call: TracedCall, run: (traceparent: string | undefined) => unknown): unknown
}

/** The call that a process serves while it makes another one for it. */
export interface SurroundingCall {
  /** How long its own caller still waits. Undefined: it did not say. */
  remainingMs(): number | undefined
  readonly traceparent: string | undefined
  readonly correlationId: string | undefined
}
