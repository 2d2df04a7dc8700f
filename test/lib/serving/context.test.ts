/** What a method knows of the call that it runs for: until it ends, wherever it goes on. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { callContext, connect, expose, startDaemon, type Remote, type Rollcall } from '../../../api.js'

function name(): string {
  return callContext().method
}

class Asked {
  readonly heard = new EventEmitter()
  readonly resources: object[] = []
  @expose async afterAwait(): Promise<string> {
    await Promise.resolve()
    await pause(1)
    return name()
  }
  @expose inTimer(): Promise<string> {
    callContext()
    return new Promise((resolve) => setTimeout(() => resolve(name()), 1))
  }
  @expose inFirstPart(): string {
    return name()
  }
  @expose *steps(): Generator<string> {
    yield name()
    yield name()
  }
  @expose async *asyncSteps(): AsyncGenerator<string> {
    yield name()
    await pause(1)
    yield name()
  }
  @expose async *stepsAfterAwait(): AsyncGenerator<string> {
    await pause(1)
    yield name()
    yield (await Promise.resolve(), name())
  }
  @expose async gather(): Promise<string[]> {
    return Promise.all([pause(1).then(name), Promise.resolve().then(name)])
  }
  @expose async waits(): Promise<unknown> {
    const { signal } = callContext()
    this.heard.emit('begun')
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    this.heard.emit('aborted', signal.reason)
    return null
  }
  @expose async signalAfterwards(): Promise<string> {
    const { signal } = callContext()
    setImmediate(() => this.heard.emit('later', signal))
    await Promise.resolve()
    return 'ended'
  }
  @expose async *endless(): AsyncGenerator<number> {
    const { signal } = callContext()
    signal.addEventListener('abort', () => this.heard.emit('left'))
    for (let n = 0; ; n += 1) {
      await pause(1)
      yield n
    }
  }
  @expose keep(isTakenBack: boolean): boolean {
    const { connection } = callContext()
    const resource = { [Symbol.dispose]: () => this.heard.emit('disposed', resource) }
    connection.track(resource)
    const stop = connection.onEnd(() => this.heard.emit('ended', isTakenBack))
    if (isTakenBack) stop()
    return isTakenBack && connection.untrack(resource)
  }
}

async function scene(t: Test): Promise<{ served: Asked; asked: Remote<Asked>; client: Rollcall }> {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const served = new Asked()
  const uri = daemon.register(served)
  const client = await connect()
  t.teardown(() => client.close())
  return { served, asked: client.object<Asked>(uri), client }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

t.test(
  'the context of a call is known after an await, in timers, and in what the method calls',
  async (t) => {
    const { asked } = await scene(t)
    t.equal(await asked.inFirstPart(), 'inFirstPart')
    t.equal(await asked.afterAwait(), 'afterAwait')
    t.equal(await asked.inTimer(), 'inTimer')
    t.same(await asked.gather(), ['gather', 'gather'])
  },
)

t.test('calls at the same time have each its own context', async (t) => {
  const { asked } = await scene(t)
  const methods = ['afterAwait', 'inTimer', 'inFirstPart'] as const
  const names = Array.from({ length: 300 }, (_, n) => methods[n % 3] ?? 'inTimer')
  t.same(await Promise.all(names.map((each) => asked[each]())), names)
  t.throws(() => callContext(), /inside of a served method/)
})

t.test('each step of a generator runs in the context of the call that made it', async (t) => {
  const { asked } = await scene(t)
  for (const method of ['steps', 'asyncSteps', 'stepsAfterAwait'] as const)
    t.same(await all(await asked[method]()), [method, method], method)
})

t.test(
  'a method hears that its caller has given up, that its time is over, and that the connection has ended',
  async (t) => {
    const { served, asked, client } = await scene(t)
    const giveUp = new AbortController()
    const begun = once(served.heard, 'begun')
    const aborted = once(served.heard, 'aborted')
    const waiting = asked.waits({ signal: giveUp.signal })
    await begun
    giveUp.abort()
    await t.rejects(waiting, { name: 'AbortError' })
    t.match(await aborted, [{ name: 'AbortError', message: /its caller has given it up/ }])
    const late = once(served.heard, 'aborted')
    const timedOut = asked.waits({ timeoutMs: 20 }).catch(() => 'over')
    t.match(await late, [{ message: /its time is over/ }])
    await timedOut
    const lost = once(served.heard, 'aborted')
    const begunAgain = once(served.heard, 'begun')
    const last = asked.waits().catch(() => 'lost')
    await begunAgain
    client.close()
    t.match(await lost, [{ message: /is gone/ }])
    t.equal(await last, 'lost')
  },
)

t.test('the signal of a call that has ended is not aborted by what comes after', async (t) => {
  const { served, asked, client } = await scene(t)
  const later = once(served.heard, 'later')
  t.equal(await asked.signalAfterwards(), 'ended')
  const [signal] = (await later) as [AbortSignal]
  const gone = once(served.heard, 'ended')
  await asked.keep(false)
  client.close()
  await gone
  t.equal(signal.aborted, false)
})

t.test('a generator hears by its signal that its reader has left', async (t) => {
  const { served, asked } = await scene(t)
  const left = once(served.heard, 'left')
  for await (const n of await asked.endless()) if (n === 2) break
  await left
  t.pass('it has heard')
})

t.test('what was taken back does not end with the connection', async (t) => {
  const { served, asked, client } = await scene(t)
  const heard: unknown[] = []
  served.heard.on('disposed', () => heard.push('disposed'))
  served.heard.on('ended', (isTakenBack) => heard.push(isTakenBack))
  const ended = once(served.heard, 'ended')
  t.equal(await asked.keep(true), true)
  t.equal(await asked.keep(false), false)
  client.close()
  await ended
  await pause(1)
  t.same(heard, ['disposed', false])
})
