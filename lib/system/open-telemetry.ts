/**
 * Spans by OpenTelemetry, where its API is installed. Which spans are kept, and where they go, is the business of
 * whoever has set it up. Names and attributes are those of its semantic conventions for RPC.
 */
import type * as OpenTelemetry from '@opentelemetry/api'
import type { Attributes, Context, Span, SpanContext, SpanKind, Tracer } from '@opentelemetry/api'
import type { CallSpan, TracedCall, Tracing } from '../rpc/tracing.js'

type Api = typeof OpenTelemetry

let asked: Promise<Tracing | undefined> | undefined

/** Looked for once. Undefined: it is not installed. */
export function openTelemetry(): Promise<Tracing | undefined> {
  return (asked ??= import('@opentelemetry/api').catch(() => undefined).then((api) => api && new Spans(api)))
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

class Spans implements Tracing {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  get isOn(): boolean {
    return this.#tracer() !== undefined
  }

  calling(call: TracedCall): CallSpan | undefined {
    const tracer = this.#tracer()
    if (tracer === undefined) return undefined
    const { context, trace } = this.#api
    const active = context.active()
    // What the program itself has begun comes first; without its own means the call that is being served is known.
    const above = trace.getSpan(active) === undefined ? this.#remote(active, call.parent) : active
    const span = this.#begin(tracer, call, this.#api.SpanKind.CLIENT, above)
    const failed = (error: unknown): void => {
      this.#failed(span, error)
      span.end()
    }
    return {
      traceparent: traceparentOf(span) ?? call.parent,
      follow: (outcome) => void outcome.then(() => span.end(), failed),
    }
  }

  serving(call: TracedCall, run: (traceparent: string | undefined) => unknown): unknown {
    const tracer = this.#tracer()
    if (tracer === undefined) return run(call.parent)
    const { context, trace, ROOT_CONTEXT } = this.#api
    const span = this.#begin(tracer, call, this.#api.SpanKind.SERVER, this.#remote(ROOT_CONTEXT, call.parent))
    const within = trace.setSpan(context.active(), span)
    try {
      const result: unknown = context.with(within, () => run(traceparentOf(span) ?? call.parent))
      if (!(result instanceof Promise)) return this.#ended(span, result)
      return result.then(
        (value: unknown) => this.#ended(span, value),
        (error: unknown) => this.#threw(span, error),
      )
    } catch (error) {
      return this.#threw(span, error)
    }
  }

  /** Undefined: the API is there, and nobody gathers spans. */
  #tracer(): Tracer | undefined {
    const { trace, ProxyTracerProvider } = this.#api
    const provider = trace.getTracerProvider()
    return provider instanceof ProxyTracerProvider
      ? provider.getDelegateTracer('rollcall')
      : provider.getTracer('rollcall')
  }

  #begin(tracer: Tracer, { object, method }: TracedCall, kind: SpanKind, above: Context): Span {
    const attributes: Attributes = {
      'rpc.system': 'jsonrpc',
      'rpc.service': object,
      'rpc.method': method,
      'rpc.jsonrpc.version': '2.0',
    }
    return tracer.startSpan(`${object}/${method}`, { kind, attributes }, above)
  }

  #remote(base: Context, traceparent: string | undefined): Context {
    const above = spanContextIn(traceparent)
    return above === undefined ? base : this.#api.trace.setSpanContext(base, above)
  }

  #ended(span: Span, value: unknown): unknown {
    span.end()
    return value
  }

  #threw(span: Span, error: unknown): never {
    this.#failed(span, error)
    span.end()
    throw error
  }

  #failed(span: Span, error: unknown): void {
    if (!span.isRecording()) return
    try {
      this.#tell(span, error)
    } catch {
      // What can't be looked at has failed all the same.
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    }
  }

  #tell(span: Span, error: unknown): void {
    const { name, message, code } = described(error)
    span.recordException(error instanceof Error ? error : message)
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message })
    span.setAttribute('error.type', name)
    if (code === undefined) return
    span.setAttribute('rpc.jsonrpc.error_code', code)
    span.setAttribute('rpc.jsonrpc.error_message', message)
  }
}

function described(error: unknown): {
  readonly name: string
  readonly message: string
  readonly code?: number
} {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const code: unknown = Reflect.get(error, 'code')
  return { name: error.name, message: error.message, ...(typeof code === 'number' && { code }) }
}

function spanContextIn(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

/** Undefined: nobody gathers spans. */
function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext()
  if (/^0+$/.test(spanId)) return undefined
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
