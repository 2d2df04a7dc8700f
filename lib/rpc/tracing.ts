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

/** The span of a call that is made. */
export interface CallSpan {
  /** Goes along with the call. Undefined: the span is not told of. */
  readonly traceparent: string | undefined
  /** It ends as the call does. */
  follow(outcome: Promise<unknown>): void
}

export interface Tracing {
  /** Whether anybody gathers spans now: nothing need be done for them otherwise. */
  readonly isOn: boolean
  /** Begins the span of a call that is about to be made. Undefined: nobody gathers spans. */
  calling(call: TracedCall): CallSpan | undefined
  /** Runs a method within a span, of which `traceparent` is. What it throws or brings is handed on. */
  serving(call: TracedCall, run: (traceparent: string | undefined) => unknown): unknown
}

/** The call that a process serves while it makes another one for it. */
export interface SurroundingCall {
  /** How long its own caller still waits. Undefined: it did not say. */
  remainingMs(): number | undefined
  readonly traceparent: string | undefined
  readonly correlationId: string | undefined
  /** What it says goes on with a call: so it does with all that this part of the method makes from here on. */
  goOn(): void
}
