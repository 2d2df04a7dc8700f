/** A served method that calls another process: what its own caller has said goes on with that call. */
import t, { type Test } from 'tap'
import { callContext, connect, expose, startDaemon, type CallContext, type Rollcall } from '../../../api.js'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

class Back {
  seen: Pick<CallContext, 'traceparent' | 'correlationId'>[] = []
  remaining: (number | undefined)[] = []
  @expose look(): string {
    const context = callContext()
    this.seen.push({ traceparent: context.traceparent, correlationId: context.correlationId })
    this.remaining.push(context.remainingMs())
    return 'seen'
  }
  @expose async never(): Promise<void> {
    await new Promise(() => undefined)
  }
}

class Front {
  later: (() => Promise<unknown>) | undefined
  constructor(
    readonly rollcall: Rollcall,
    readonly uri: string,
  ) {}
  @expose async relay(): Promise<string> {
    await Promise.resolve()
    return this.rollcall.object<Back>(this.uri).look()
  }
  @expose async relayOwn(): Promise<string> {
    return this.rollcall
      .object<Back>(this.uri)
      .look.with({ meta: { correlationId: 'own' }, timeoutMs: 2_000 })()
  }
  @expose async together(): Promise<unknown> {
    return this.rollcall.batch((batch) => [batch.object<Back>(this.uri).look()])
  }
  ended: Promise<unknown> | undefined
  @expose async wait(): Promise<void> {
    this.ended = this.rollcall
      .object<Back>(this.uri)
      .never()
      .catch((error: unknown) => error)
    await this.ended
  }
  @expose async begin(): Promise<void> {
    await Promise.resolve()
    const look = this.rollcall.object<Back>(this.uri).look
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const called = begun.then(() => look())
    this.later = () => {
      begin()
      return called
    }
  }
}

async function scene(t: Test) {
  const [backs, fronts, rollcall] = [
    await startDaemon(),
    await startDaemon(),
    await connect({ timeoutMs: 3_600_000 }),
  ]
  const client = await connect()
  t.teardown(async () => {
    rollcall.close()
    client.close()
    await Promise.all([backs.close(), fronts.close()])
  })
  const back = new Back()
  const served = new Front(rollcall, backs.register(back))
  return { back, served, front: client.object<Front>(fronts.register(served)) }
}

t.test('trace and correlation go on, and a deadline bounds what is called within it', async (t) => {
  const { back, front } = await scene(t)
  const meta = { traceparent: TRACEPARENT, correlationId: 'order 17' }
  t.equal(await front.relay.with({ timeoutMs: 3_000, meta })(), 'seen')
  t.same(back.seen.pop(), meta)
  const [remaining = Infinity] = back.remaining
  t.ok(remaining <= 3_000, `${remaining} ms were left`)
  t.equal(await front.relay(), 'seen', 'who has said nothing hands nothing on')
  t.same(back.seen.pop(), { traceparent: undefined, correlationId: undefined })
  t.equal(back.remaining.pop(), undefined)
})

t.test('the same of calls that go together', async (t) => {
  const { back, front } = await scene(t)
  await front.together.with({ timeoutMs: 3_000, meta: { correlationId: 'order 17' } })()
  t.equal(back.seen.pop()?.correlationId, 'order 17')
  t.ok((back.remaining.pop() ?? Infinity) <= 3_000)
})

t.test('what is said of the call itself goes before it', async (t) => {
  const { back, front } = await scene(t)
  await front.relayOwn.with({ timeoutMs: 3_000, meta: { correlationId: 'order 17' } })()
  t.equal(back.seen.pop()?.correlationId, 'own')
  t.ok((back.remaining.pop() ?? Infinity) <= 2_000)
})

t.test('a call within one whose time is over ends with it', async (t) => {
  const { front, served } = await scene(t)
  // Whichever of the two is told first.
  await front.wait
    .with({ timeoutMs: 1_000 })()
    .catch(() => undefined)
  t.match(await served.ended, { outcome: 'unknown', message: /time/ })
})

t.test('work that goes on after its call has ended is bound by nothing of it', async (t) => {
  const { back, front, served } = await scene(t)
  await front.begin.with({ timeoutMs: 30_000, meta: { correlationId: 'order 17' } })()
  t.equal(await served.later?.(), 'seen')
  t.same(back.seen, [{ traceparent: undefined, correlationId: undefined }])
  t.same(back.remaining, [undefined])
})

class Desk {
  @expose back(): Back {
    return back
  }
}
const back = new Back()

t.test('what was handed over is told what goes along with the call it is called for', async (t) => {
  const desks = await startDaemon()
  const relays = await startDaemon()
  const rollcall = await connect({ timeoutMs: 3_600_000 })
  t.teardown(async () => {
    rollcall.close()
    await Promise.all([desks.close(), relays.close()])
  })
  const desk = rollcall.object<Desk>(desks.register(new Desk()))
  class Relay {
    readonly kept = desk.back()
    @expose async both(): Promise<void> {
      await (await this.kept).look()
      await desk.back().look()
    }
  }
  const client = await connect()
  t.teardown(() => client.close())
  const relay = client.object<Relay>(relays.register(new Relay()))
  const meta = { traceparent: TRACEPARENT, correlationId: 'order 17' }
  await relay.both.with({ meta, timeoutMs: 60_000 })()
  t.same(back.seen, [meta, meta])
  t.ok(
    back.remaining.every((leftMs) => leftMs !== undefined && leftMs <= 60_000),
    'each ends with it',
  )
  await (await desk.back()).look()
  t.ok((back.remaining.at(-1) ?? 0) > 60_000, 'and has the time of the connection where nobody else says')
})

t.test('a name that a served method does not find speaks of no other call than its own', async (t) => {
  const daemon = await startDaemon()
  const rollcall = await connect({ nameserver: daemon.place })
  const client = await connect()
  t.teardown(async () => {
    rollcall.close()
    client.close()
    await daemon.close()
  })
  class Guide {
    @expose async where(): Promise<unknown> {
      return rollcall.resolve('nowhere')
    }
  }
  const guide = client.object<Guide>(daemon.register(new Guide()))
  const failed = { name: 'RemoteError', message: /has run so far/, outcome: 'executed' }
  await t.rejects(guide.where(), failed)
  rollcall.close()
  await t.rejects(guide.where(), failed)
})
