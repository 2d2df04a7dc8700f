/** How far a call has come, told to its caller by the connection that the call came over. */
import t, { type Test } from 'tap'
import {
  AbortError,
  callContext,
  connect,
  expose,
  startDaemon,
  type CallContext,
  type CallOptions,
  type Remote,
} from '../../../api.js'
import { until } from '../../harness/until.js'
import { RawClient } from '../../rpc/rig.js'

class Mill {
  context: CallContext | undefined
  @expose async grind(parts: number): Promise<string> {
    for (let part = 1; part <= parts; part += 1) {
      callContext().progress(part / parts)
      await Promise.resolve()
    }
    return 'flour'
  }
  @expose tell(value: unknown): string {
    callContext().progress(value)
    return 'told'
  }
  @expose tellFunction(): string {
    callContext().progress({ parts: [() => 1] })
    return 'told'
  }
  @expose tellMuch(times: number, length: number): string {
    const { progress } = { progress: callContext().progress.bind(callContext()) }
    for (let at = 0; at < times; at += 1) progress(`${at} ${'x'.repeat(length)}`)
    return 'told'
  }
  @expose async begin(): Promise<string> {
    this.context = callContext()
    return 'over'
  }
  @expose async never(): Promise<void> {
    this.context = callContext()
    await new Promise(() => undefined)
  }
  @expose async askBriefly(step: Step): Promise<string> {
    const enough = new AbortController()
    const asked = step.with({ signal: enough.signal, onProgress: () => enough.abort() })()
    return asked.then(String, (error: unknown) => String(error))
  }
}

/** What its caller hands over. */
interface Step {
  with(options: CallOptions): () => Promise<unknown>
}

interface Scene {
  readonly mill: Remote<Mill>
  readonly here: Mill
  readonly port: number
  readonly raw: () => RawClient
}

async function scene(t: Test): Promise<Scene> {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const here = new Mill()
  const uri = daemon.register(here, { id: 'mill' })
  const client = await connect()
  t.teardown(() => client.close())
  const port = Number(/[0-9]+$/.exec(uri)?.[0])
  const raw = (): RawClient => {
    const made = new RawClient({ kind: 'tcp', host: '127.0.0.1', port })
    t.teardown(() => made.end())
    return made
  }
  return { mill: client.object<Mill>(uri), here, port, raw }
}

t.test('comes in order, before the result', async (t) => {
  const { mill } = await scene(t)
  const told: unknown[] = []
  const call = mill.grind(4, { onProgress: (value) => told.push(value) })
  t.equal(await call.then((result) => told.push(result)), 5)
  t.same(told, [0.25, 0.5, 0.75, 1, 'flour'])
  t.equal(await mill.grind(2), 'flour', 'who does not ask is told nothing')
  t.equal(told.length, 5)
})

t.test('each call is told its own', async (t) => {
  const { mill } = await scene(t)
  const told: Record<string, unknown[]> = { two: [], three: [] }
  await Promise.all([
    mill.grind.with({ onProgress: (value) => told['two']?.push(value) })(2),
    mill.grind.with({ onProgress: (value) => told['three']?.push(value) })(3),
  ])
  t.same(told, { two: [1 / 2, 1], three: [1 / 3, 2 / 3, 1] })
})

t.test('may be a value of any kind that can be written down', async (t) => {
  const { mill } = await scene(t)
  const told: unknown[] = []
  const given = new Map<string, unknown>([
    ['when', new Date(5)],
    ['left', 3n],
  ])
  await mill.tell(given, { onProgress: (value) => told.push(value) })
  await mill.tell.with({ onProgress: (value) => told.push(value) })(undefined)
  t.same(told, [given, undefined])
  const call = mill.tellFunction({ onProgress: () => t.fail('a function was told') })
  await t.rejects(call, {
    name: 'RemoteError',
    message: /progress: the value\.parts\[0\] is a function/,
  })
})

t.test('nothing comes after the result', async (t) => {
  const { mill, here } = await scene(t)
  const told: unknown[] = []
  await mill.begin({ onProgress: (value) => told.push(value) })
  here.context?.progress('late')
  await mill.grind(1)
  t.same(told, [])
})

t.test('nothing comes after the call was given up', async (t) => {
  const { mill, here } = await scene(t)
  const told: unknown[] = []
  const giveUp = new AbortController()
  const call = mill.never({ signal: giveUp.signal, onProgress: (value) => told.push(value) })
  await until('the call to run', () => here.context !== undefined)
  here.context?.progress('half')
  await until('that to be told', () => told.length === 1)
  giveUp.abort()
  await t.rejects(call, AbortError)
  here.context?.progress('late')
  await mill.grind(1)
  t.same(told, ['half'])
})

t.test('who goes on to tell of a call that was given up keeps his connection', async (t) => {
  const { raw } = await scene(t)
  const client = raw()
  const step = '{"$":"export","of":["$1","function"]}'
  client.write(`{"jsonrpc":"2.0","id":7,"method":"mill.askBriefly","params":[${step}],"meta":{"tags":1}}\n`)
  const { id } = (await client.next()) as { readonly id: number }
  const report = `{"jsonrpc":"2.0","method":"daemon.progress","params":[${id},1]}\n`
  client.write(report)
  t.match(await client.next(), { method: 'daemon.cancel', params: [[id]] })
  t.match(await client.next(), { id: 7, result: /^AbortError/ })
  client.write(report.repeat(1_500))
  client.write('{"jsonrpc":"2.0","id":8,"method":"mill.grind","params":[1]}\n')
  t.match(await client.next(), { id: 8, result: 'flour' })
})

t.test('another program asks for it, and reads notifications', async (t) => {
  const { raw, here } = await scene(t)
  const client = raw()
  client.write('{"jsonrpc":"2.0","id":7,"method":"mill.grind","params":[2],"meta":{"progress":1}}\n')
  t.same(await client.next(), { jsonrpc: '2.0', method: 'daemon.progress', params: [7, 0.5] })
  t.same(await client.next(), { jsonrpc: '2.0', method: 'daemon.progress', params: [7, 1] })
  t.same(await client.next(), { jsonrpc: '2.0', id: 7, result: 'flour' })
  client.write('{"jsonrpc":"2.0","id":8,"method":"mill.grind","params":[2]}\n')
  t.same(await client.next(), { jsonrpc: '2.0', id: 8, result: 'flour' })
  client.write('{"jsonrpc":"2.0","id":6,"method":"mill.begin","params":[],"meta":{"progress":1}}\n')
  t.match(await client.next(), { id: 6, result: 'over' })
  here.context?.progress('late')
  client.write('{"jsonrpc":"2.0","id":9,"method":"mill.grind","params":[2],"meta":{"progress":2}}\n')
  t.match(await client.next(), { id: 9, error: { code: -32600, message: 'meta.progress is 1' } })
})

t.test('who tells more than is read keeps no more of it than a little', async (t) => {
  const { raw } = await scene(t)
  const client = raw()
  client.write(
    '{"jsonrpc":"2.0","id":7,"method":"mill.tellMuch","params":[10000,10000],"meta":{"progress":1}}\n',
  )
  let reports = 0
  let last: unknown
  for (;;) {
    const message = (await client.next()) as { readonly method?: string; readonly result?: unknown }
    if (message.method === undefined) {
      last = message.result
      break
    }
    reports += 1
  }
  t.equal(last, 'told')
  // Of 100 MB, what the system takes while nobody reads, and a little more.
  t.ok(reports >= 6 && reports < 3_000, `${reports} of 10000 were kept for a reader`)
})

t.test('over HTTP nobody is told, and the call is answered', async (t) => {
  const { port } = await scene(t)
  const body = '{"jsonrpc":"2.0","id":1,"method":"mill.grind","params":[3],"meta":{"progress":1}}'
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://localhost:${port}/`, { method: 'POST', headers, body })
  t.same(await response.json(), { jsonrpc: '2.0', id: 1, result: 'flour' })
})

t.test('what nobody can be is refused', async (t) => {
  const { mill } = await scene(t)
  // @ts-expect-error: whoever calls does not know what the method tells
  const options: CallOptions = { onProgress: (value: number) => value.toFixed() }
  t.equal(await mill.grind(0, options), 'flour')
  // @ts-expect-error: it is a function
  t.throws(() => mill.grind.with({ onProgress: 5 }), {
    name: 'InvalidParamsError',
    message: /onProgress must be/,
  })
})
