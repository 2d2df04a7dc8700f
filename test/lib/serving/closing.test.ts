/** A service that is closed lets the calls that run end, and leaves nobody in doubt about the others. */
import { createServer } from 'node:net'
import t, { type Test } from 'tap'
import {
  connect,
  expose,
  serve,
  startDaemon,
  type Daemon,
  type DaemonOptions,
  type Remote,
} from '../../../api.js'
import type { Address } from '../../../lib/ports.js'
import { until } from '../../harness/until.js'
import { NameServerScene } from '../../nameserver/scene.js'
import { connectionTo, RawClient } from '../../rpc/rig.js'

class Oven {
  /** What ends the calls that run. */
  readonly ready: (() => void)[] = []
  baked = 0
  @expose async bake(): Promise<number> {
    await new Promise<void>((resolve) => this.ready.push(resolve))
    this.baked += 1
    return this.baked
  }
  @expose async *loaves(to: number): AsyncGenerator<number> {
    for (let loaf = 1; loaf <= to; loaf += 1) {
      if (loaf === 3) await new Promise<void>((resolve) => this.ready.push(resolve))
      yield loaf
    }
  }
  @expose count(): number {
    return (this.baked += 1)
  }
}

interface Scene {
  readonly daemon: Daemon
  readonly oven: Oven
  readonly remote: Remote<Oven>
  readonly port: number
}

async function scene(t: Test, options: DaemonOptions = {}): Promise<Scene> {
  const daemon = await startDaemon(options)
  t.teardown(() => daemon.close())
  const oven = new Oven()
  const uri = daemon.register(oven, { id: 'oven' })
  const client = await connect()
  t.teardown(() => client.close())
  const port = Number(/[0-9]+$/.exec(uri)?.[0])
  return { daemon, oven, remote: client.object<Oven>(uri), port }
}

t.test('a call that runs has its result, and then the daemon is closed', async (t) => {
  const { daemon, oven, remote } = await scene(t)
  const call = remote.bake()
  await until('it to run', () => oven.ready.length === 1)
  const closed = daemon.close()
  t.equal(daemon.close(), closed)
  oven.ready[0]?.()
  t.equal(await call, 1)
  await closed
  await t.rejects(remote.count({ timeoutMs: 100 }), { name: 'UnreachableError', outcome: 'not-executed' })
})

t.test('bug: a daemon that was closed gave out URIs at which nobody answers', async (t) => {
  const { daemon } = await scene(t)
  await daemon.close()
  t.throws(() => daemon.register(new Oven(), { id: 'late' }), {
    name: 'InvalidParamsError',
    message: 'late: this daemon is closed: nobody would reach it',
  })
})

class Switch {
  close: () => Promise<void> = () => Promise.resolve()
  @expose async off(): Promise<string> {
    await Promise.resolve()
    await this.close()
    return 'off'
  }
  @expose offAtOnce(): Promise<string> {
    return this.close().then(() => 'off')
  }
  @expose offLater(): Promise<string> {
    return Promise.resolve()
      .then(() => this.close())
      .then(() => 'off')
  }
  @expose offByAnother() {
    return this.delayed()
  }
  delayed() {
    return this.off()
  }
}

for (const method of ['off', 'offAtOnce', 'offLater', 'offByAnother'] as const) {
  t.test(`bug: a method that waited for its own daemon to close was never answered: ${method}`, async (t) => {
    const own = new Switch()
    const daemon = await startDaemon({ closeTimeoutMs: 60_000 })
    own.close = () => daemon.close()
    const client = await connect()
    t.teardown(() => client.close())
    const remote = client.object<Switch>(daemon.register(own))
    t.equal(await remote[method](), 'off')
    await daemon.close()
    await t.rejects(remote.off({ timeoutMs: 100 }), { name: 'UnreachableError' })
  })

  t.test(`and so was one that waited for its service: ${method}`, async (t) => {
    const names = await NameServerScene.prepare(t)
    await names.start()
    const own = new Switch()
    const service = await serve({ own }, { nameserver: names.address, closeTimeoutMs: 60_000 })
    own.close = () => service.close()
    const client = await connect({ nameserver: names.address })
    t.teardown(() => client.close())
    t.equal(await client.object<Switch>('own')[method](), 'off')
    await service.close()
    t.same(await client.nameserver.list({ prefix: 'own' }), [])
  })
}

t.test('a call that comes while others end is not executed, and is told so', async (t) => {
  const { daemon, oven, port } = await scene(t)
  const raw = new RawClient({ kind: 'tcp', host: '127.0.0.1', port })
  t.teardown(() => raw.end())
  raw.write('{"jsonrpc":"2.0","id":1,"method":"oven.bake"}\n')
  await until('it to run', () => oven.ready.length === 1)
  const closed = daemon.close()
  raw.write('{"jsonrpc":"2.0","id":2,"method":"oven.count"}\n')
  t.match(await raw.next(), { id: 2, error: { code: -32012, message: /closing; .* not executed/ } })
  oven.ready[0]?.()
  t.match(await raw.next(), { id: 1, result: 1 })
  await Promise.all([closed, raw.over()])
})

t.test('a notification that comes while others end runs: nobody would hear of a refusal', async (t) => {
  const { daemon, oven, port } = await scene(t)
  const raw = new RawClient({ kind: 'tcp', host: '127.0.0.1', port })
  t.teardown(() => raw.end())
  raw.write('{"jsonrpc":"2.0","id":1,"method":"oven.bake"}\n')
  await until('it to run', () => oven.ready.length === 1)
  const closed = daemon.close()
  const last = '{"jsonrpc":"2.0","id":2,"method":"oven.count"}'
  raw.write(`{"jsonrpc":"2.0","method":"oven.count"}\n{"jsonrpc":"2.0","method":"oven.nothing"}\n${last}\n`)
  t.match(await raw.next(), { id: 2, error: { code: -32012 } })
  t.equal(oven.baked, 1)
  oven.ready[0]?.()
  t.match(await raw.next(), { id: 1, result: 2 })
  await Promise.all([closed, raw.over()])
})

t.test('a stream is read to its end', async (t) => {
  const { daemon, oven, remote } = await scene(t)
  const loaves: number[] = []
  let closed: Promise<void> | undefined
  for await (const loaf of await remote.loaves(100)) {
    loaves.push(loaf)
    if (loaf !== 2) continue
    await until('it to have no more', () => oven.ready.length === 1)
    closed = daemon.close()
    oven.ready[0]?.()
  }
  t.equal(loaves.length, 100)
  await closed
})

t.test('a call of HTTP is answered', async (t) => {
  const { daemon, oven, port } = await scene(t)
  const body = '{"jsonrpc":"2.0","id":1,"method":"oven.bake"}'
  const headers = { 'content-type': 'application/json' }
  const response = fetch(`http://localhost:${port}/`, { method: 'POST', headers, body })
  await until('it to run', () => oven.ready.length === 1)
  const closed = daemon.close()
  oven.ready[0]?.()
  t.match(await (await response).json(), { id: 1, result: 1 })
  await closed
})

t.test('a call that never ends is cut off when its time is over', async (t) => {
  const { daemon, oven, remote } = await scene(t, { closeTimeoutMs: 50 })
  const call = remote.bake()
  call.catch(() => undefined)
  await until('it to run', () => oven.ready.length === 1)
  await daemon.close()
  await t.rejects(call, { name: 'OutcomeUnknownError' })
})

t.test('none is left in doubt, or fails, while one of two processes of a name is closed', async (t) => {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const options = { nameserver: names.address, shared: true }
  const ovens = [new Oven(), new Oven()]
  const [one, other] = await Promise.all(ovens.map((oven) => serve({ oven }, options)))
  t.teardown(() => other?.close())
  const client = await connect({ nameserver: names.address })
  t.teardown(() => client.close())
  const remote = client.object<Oven>('oven')
  await until('both to be called', async () => {
    await remote.count()
    return ovens.every(({ baked }) => baked > 0)
  })
  let isClosed = false
  let calls = 0
  const failed: unknown[] = []
  const caller = async (): Promise<void> => {
    while (!isClosed) {
      calls += 1
      await remote.count().catch((error: unknown) => failed.push(error))
    }
  }
  const callers = Array.from({ length: 50 }, caller)
  await until('calls to be under way', () => calls > 500)
  await one?.close()
  isClosed = true
  await Promise.all(callers)
  t.same(failed, [])
})

/** Another program, which takes lines on as many connections as come. */
async function lineServer(t: Test): Promise<{ readonly address: Address; readonly sockets: Served[] }> {
  const sockets: Served[] = []
  const server = createServer((socket) => {
    const lines: string[] = []
    sockets.push({ lines, say: (message) => void socket.write(`${JSON.stringify(message)}\n`) })
    socket.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')))
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  })
  t.teardown(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP address was asked for')
  return { address: { kind: 'tcp', host: '127.0.0.1', port: bound.port }, sockets }
}

interface Served {
  readonly lines: string[]
  say(message: object): void
}

t.test(
  'a client that hears that the other end closes sends no more there, and has its answers',
  async (t) => {
    const { address, sockets } = await lineServer(t)
    const connection = connectionTo(address)
    t.teardown(() => connection.close())
    const before = connection.call('oven.bake', [])
    await until('it to come', () => sockets[0]?.lines.length === 1)
    sockets[0]?.say({ jsonrpc: '2.0', id: 7, method: 'daemon.closing', params: [] })
    await until('it to say so', () => sockets[0]?.lines.length === 2)
    t.match(JSON.parse(sockets[0]?.lines[1] ?? ''), { id: 7, result: null })
    const after = connection.call('oven.count', [])
    await until('the next to come', () => sockets[1]?.lines.length === 1)
    sockets[0]?.say({ jsonrpc: '2.0', id: 1, result: 1 })
    sockets[1]?.say({ jsonrpc: '2.0', id: 1, result: 2 })
    t.same(await Promise.all([before, after]), [1, 2])
    t.equal(sockets[0]?.lines.length, 2)
  },
)

t.test('bug: one that closes again and again made its clients keep all of its connections', async (t) => {
  const { address, sockets } = await lineServer(t)
  const connection = connectionTo(address)
  t.teardown(() => connection.close())
  const calls: Promise<unknown>[] = []
  for (let turn = 0; turn < 7; turn += 1) {
    calls.push(connection.call('oven.bake', []).catch((error: unknown) => error))
    await until('it to come', () => sockets[turn]?.lines.length === 1)
    sockets[turn]?.say({ jsonrpc: '2.0', id: 7, method: 'daemon.closing', params: [] })
    await until('it to say so', () => sockets[turn]?.lines.length === 2)
  }
  for (const call of calls.slice(0, 3))
    t.match(await call, { name: 'OutcomeUnknownError', message: /was left, and so were too many after it/ })
  for (const [at, socket] of sockets.entries()) if (at >= 3) socket.say({ jsonrpc: '2.0', id: 1, result: at })
  t.same(await Promise.all(calls.slice(3)), [3, 4, 5, 6])
})
