/** Spans of calls, as whoever uses OpenTelemetry sees them. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import t, { type Test } from 'tap'
import { callContext, connect, expose, startDaemon, type Rollcall } from '../../api.js'

const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))

/** Says what it is by what it was made of, which may be anything. */
class Talkative extends Error {
  override get message(): string {
    throw new TypeError('there is nothing to tell')
  }
}

class Back {
  @expose failOddly(): never {
    throw new Talkative()
  }
  @expose greet(name: string): string {
    return `${name} ${callContext().traceparent}`
  }
  @expose fail(): never {
    throw new RangeError('too far')
  }
}

class Chapter {
  @expose read(): void {}
}

class Book {
  #goOn = (): void => undefined
  @expose async open(): Promise<Chapter> {
    await new Promise<void>((resolve) => (this.#goOn = resolve))
    return new Chapter()
  }
  @expose goOn(): void {
    this.#goOn()
  }
  @expose ping(): void {}
}

class Front {
  constructor(
    readonly rollcall: Rollcall,
    readonly back: string,
  ) {}
  @expose async relay(name: string): Promise<string> {
    await Promise.resolve()
    return this.rollcall.object<Back>(this.back).greet(name)
  }
}

async function scene(t: Test) {
  const [daemon, rollcall] = [await startDaemon(), await connect()]
  t.teardown(() => {
    rollcall.close()
    return daemon.close()
  })
  spans.reset()
  const back = daemon.register(new Back(), { id: 'back' })
  const front = daemon.register(new Front(rollcall, back), { id: 'front' })
  return { back: rollcall.object<Back>(back), front: rollcall.object<Front>(front) }
}

function finished(name: string, kind: SpanKind): ReadableSpan {
  const found = spans.getFinishedSpans().find((span) => span.name === name && span.kind === kind)
  if (found === undefined) throw new Error(`there is no span ${name}`)
  return found
}

t.test('a call has a span at each side, and one within it stands below', async (t) => {
  const { front } = await scene(t)
  const greeting = await front.relay('you')
  const [outer, served, inner, last] = [
    finished('front/relay', SpanKind.CLIENT),
    finished('front/relay', SpanKind.SERVER),
    finished('back/greet', SpanKind.CLIENT),
    finished('back/greet', SpanKind.SERVER),
  ]
  t.equal(outer.parentSpanContext, undefined)
  t.equal(served.parentSpanContext?.spanId, outer.spanContext().spanId)
  t.equal(inner.parentSpanContext?.spanId, served.spanContext().spanId)
  t.equal(last.parentSpanContext?.spanId, inner.spanContext().spanId)
  t.equal(new Set([outer, served, inner, last].map((span) => span.spanContext().traceId)).size, 1)
  const { traceId, spanId } = last.spanContext()
  t.equal(greeting, `you 00-${traceId}-${spanId}-01`, "a method knows its own span's")
  t.match(last.attributes, {
    'rpc.system': 'jsonrpc',
    'rpc.service': 'back',
    'rpc.method': 'greet',
    'rpc.jsonrpc.version': '2.0',
  })
})

t.test('an error is recorded at both sides', async (t) => {
  const { back } = await scene(t)
  await t.rejects(back.fail(), { message: /too far/ })
  const served = finished('back/fail', SpanKind.SERVER)
  t.match(served.status, { code: SpanStatusCode.ERROR, message: 'too far' })
  t.equal(served.attributes['error.type'], 'RangeError')
  t.match(served.events, [{ name: 'exception' }])
  const called = finished('back/fail', SpanKind.CLIENT)
  t.equal(called.status.code, SpanStatusCode.ERROR)
  t.equal(called.attributes['rpc.jsonrpc.error_code'], -32000)
})

t.test(
  "what a caller without spans of its own sends is the server's parent; what is none is nothing",
  async (t) => {
    const { back } = await scene(t)
    const id = '0af7651916cd43dd8448eb211c80319c'
    await back.greet.with({ meta: { traceparent: `00-${id}-b7ad6b7169203331-01` } })('you')
    const called = finished('back/greet', SpanKind.CLIENT)
    t.equal(called.spanContext().traceId, id)
    t.equal(called.parentSpanContext?.spanId, 'b7ad6b7169203331')
    for (const none of ['', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`]) {
      spans.reset()
      await back.greet.with({ meta: { traceparent: none } })('you')
      t.equal(finished('back/greet', SpanKind.CLIENT).parentSpanContext, undefined, none)
    }
  },
)

t.test(
  'a call of a result that has not come is made in one round trip, and both have their spans',
  async (t) => {
    const ways: string[] = []
    const logWire = (line: string): void => void ways.push(line.slice(0, line.indexOf(' ')))
    const [daemon, rollcall] = [await startDaemon(), await connect({ logWire })]
    t.teardown(() => {
      rollcall.close()
      return daemon.close()
    })
    const there = rollcall.object<Book>(daemon.register(new Book(), { id: 'book' }))
    await there.ping()
    spans.reset()
    ways.length = 0
    const opened = there.open()
    await Promise.all([opened, opened.read(), there.goOn()])
    t.same(ways.slice(0, 4), ['to', 'to', 'to', 'from'], 'all had gone when the first answer came')
    t.ok(finished('book/open', SpanKind.CLIENT))
    t.ok(finished('book/open', SpanKind.SERVER))
  },
)

t.test('the span of what throws an error that can not be read ends, too', async (t) => {
  const { back } = await scene(t)
  await t.rejects(back.failOddly(), { name: 'RemoteError' })
  t.equal(finished('back/failOddly', SpanKind.SERVER).status.code, SpanStatusCode.ERROR)
})
