/** Calls that are made together: in one message, in order, each with an outcome of its own. */
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import {
  AbortError,
  connect,
  expose,
  exposed,
  InvalidParamsError,
  oneway,
  RemoteError,
  startDaemon,
  startNode,
  UnreachableError,
  type CounterApi,
  type Kv,
  type KvApi,
  type Rollcall,
} from '../../../api.js'
import { silent } from '../../harness/ports.js'
import { freePorts, temporaryFolder } from '../../harness/processes.js'

class Notes {
  readonly lines: string[] = []
  @expose async later(line: string): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve))
    return this.lines.push(line)
  }
  @expose now(line: string): number {
    return this.lines.push(line)
  }
  @expose fails(line: string): never {
    this.lines.push(line)
    throw new RangeError(line)
  }
  @expose get count(): number {
    return this.lines.length
  }
  @oneway told(line: string): void {
    this.lines.push(line)
  }
}

async function clientOf(t: Test): Promise<Rollcall> {
  const client = await connect({ timeoutMs: 60_000 })
  t.teardown(() => client.close())
  return client
}

/** A place that passes bytes on and keeps what the client has sent, line by line. */
async function tapped(t: Test, port: number): Promise<{ readonly port: number; lines(): string[] }> {
  let sent = ''
  const sockets: Socket[] = []
  const { connect: dial } = await import('node:net')
  const server = createServer((client) => {
    const there = dial(port, '127.0.0.1')
    sockets.push(client, there)
    client.on('data', (data) => (sent += data.toString()))
    client.pipe(there).pipe(client)
    for (const socket of [client, there]) socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, lines: () => sent.split('\n').filter((line) => line !== '') }
}

t.test('calls of several objects at one place go in one message', async (t) => {
  const daemon = await startDaemon({ host: '127.0.0.1' })
  t.teardown(() => daemon.close())
  const clock = exposed({ year: (): number => 2026 }, ['year'])
  const notes = new Notes()
  const ids = [daemon.register(notes, { id: 'notes' }), daemon.register(clock, { id: 'clock' })]
  const wire = await tapped(t, Number(daemon.place.split(':').at(-1)))
  const client = await clientOf(t)
  const [one, two] = ids.map((id) => `${id.split('@')[0]}@127.0.0.1:${wire.port}`)
  const proxy = client.object<Notes>(one ?? '')
  await proxy.count
  const before = wire.lines().length
  const [added, year, count, again] = await client.batch((calls) => [
    calls.of(proxy).now('a'),
    calls.object<typeof clock>(two ?? '').year(),
    calls.of(proxy).count,
    calls.object<typeof clock>({ $: 'ref', of: two ?? '' }).year(),
  ])
  t.same([added, year, count, again], [1, 2026, 1, 2026])
  const batches = wire
    .lines()
    .slice(before)
    .map((line) => JSON.parse(line) as unknown)
    .filter(Array.isArray)
  t.equal(batches.length, 1)
  t.equal(batches[0]?.length, 4)
})

t.test(
  'bug: of a function that is asynchronous the promises were brought, and not their results',
  async (t) => {
    const daemon = await startDaemon()
    t.teardown(() => daemon.close())
    const client = await clientOf(t)
    const notes = client.object<Notes>(daemon.register(new Notes()))
    const results: number[] = await client.batch(async (calls) => [
      calls.of(notes).now('a'),
      calls.of(notes).now('b'),
    ])
    t.same(results, [1, 2])
  },
)

t.test('each call of a batch begins when the one before it has ended', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const notes = new Notes()
  const client = await clientOf(t)
  const proxy = client.object<Notes>(daemon.register(notes))
  const results = await client.batch((calls) => {
    const there = calls.of(proxy)
    return [there.later('a'), there.now('b'), there.later('c'), there.now('d')]
  })
  t.same(notes.lines, ['a', 'b', 'c', 'd'])
  t.same(results, [1, 2, 3, 4])
})

t.test('one call of a batch fails: the others run, and its own error is told', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const notes = new Notes()
  const client = await clientOf(t)
  const proxy = client.object<Notes>(daemon.register(notes))
  const all = client.batch((calls) => [
    calls.of(proxy).now('a'),
    calls.of(proxy).fails('b'),
    calls.of(proxy).now('c'),
  ])
  const error: unknown = await all.catch((thrown: unknown) => thrown)
  t.ok(error instanceof RemoteError && error.remote.name === 'RangeError')
  t.same(notes.lines, ['a', 'b', 'c'], 'it is told when all have their outcomes')
  const settled = await client.batch((calls) =>
    Promise.allSettled([calls.of(proxy).fails('d'), calls.of(proxy).now('e')]),
  )
  t.same(
    settled.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

t.test('more calls than a message takes go in several, in order', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const notes = new Notes()
  const client = await clientOf(t)
  const proxy = client.object<Notes>(daemon.register(notes))
  const lines = Array.from({ length: 2_500 }, (_, at) => `${at}`)
  const results = await client.batch((calls) => lines.map((line) => calls.of(proxy).now(line)))
  t.same(notes.lines, lines)
  t.equal(results.at(-1), 2_500)
  const long = 'x'.repeat(200_000)
  await client.batch((calls) => [1, 2, 3].map((at) => calls.of(proxy).now(`${long}${at}`)))
  t.same(
    notes.lines.slice(-3).map((line) => line.at(-1)),
    ['1', '2', '3'],
  )
})

t.test('places that are not there hold up no others', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const client = await clientOf(t)
  const there = client.object<Notes>(daemon.register(new Notes()))
  const gone = client.object<Notes>('notes@127.0.0.1:1')
  const done: string[] = []
  await client.batch((calls) =>
    Promise.allSettled([
      calls
        .of(gone)
        .now.with({ timeoutMs: 300 })('a')
        .catch((error: unknown) => done.push(error instanceof UnreachableError ? 'gone' : String(error))),
      calls
        .of(there)
        .now('b')
        .then(() => done.push('there')),
    ]),
  )
  t.same(done, ['there', 'gone'])
})

t.test('a one-way batch is sent, and nobody answers it', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const notes = new Notes()
  const client = await clientOf(t)
  const proxy = client.object<Notes>(daemon.register(notes))
  await client.batch((calls) => [calls.of(proxy).now('a'), calls.of(proxy).fails('b')], { oneway: true })
  t.equal(await proxy.now('c'), 3, 'what is sent later comes later')
  t.same(notes.lines, ['a', 'b', 'c'])
  const gone = client.object<Notes>('notes@127.0.0.1:1')
  const options = { oneway: true, timeoutMs: 100 } as const
  await t.rejects(
    client.batch((calls) => [calls.of(gone).now('x')], options),
    UnreachableError,
  )
})

t.test('what is no call of this batch is refused with what to do', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const client = await clientOf(t)
  const uri = daemon.register(new Notes())
  const other = await clientOf(t)
  await t.rejects(
    client.batch((calls) => [calls.of(other.object<Notes>(uri)).now('a')]),
    {
      message: /of\(\) takes a proxy that object\(\) of this client has made/,
    },
  )
  let kept: { now(line: string): Promise<number> } | undefined
  await client.batch((calls) => {
    kept = calls.object<Notes>(uri)
    return []
  })
  await t.rejects(async () => kept?.now('late'), {
    constructor: InvalidParamsError,
    message: /this batch is on its way already, and the call was not sent/,
  })
  await t.rejects(
    client.batch((calls) => [calls.object<Notes>(uri).now('a', { timeoutMs: 5 })]),
    {
      message:
        /a batch can't ask what .* has: write options as METHOD.with\(options\)\(…\), and read attributes alone/,
    },
  )
  await t.rejects(
    client.batch(() => {
      throw new TypeError('mine')
    }),
    { message: 'mine' },
  )
})

t.test('an aborted batch rejects, and says whether it may have run', async (t) => {
  const daemon = await startDaemon()
  t.teardown(() => daemon.close())
  const never = exposed({ wait: (): Promise<void> => new Promise(() => undefined) }, ['wait'])
  const client = await clientOf(t)
  const proxy = client.object<typeof never>(daemon.register(never))
  await t.rejects(
    client.batch((calls) => [calls.of(proxy).wait()], { signal: AbortSignal.abort() }),
    AbortError,
  )
})

t.test('commands and queries of a batch see those before them', async (t) => {
  const [port = 0, nobody = 0] = await freePorts(2)
  const places = { members: [`solo@localhost:${port}`], nameserver: `localhost:${nobody}` }
  const node = await startNode({ ...places, id: 'solo', data: temporaryFolder(t), logger: silent })
  t.teardown(() => node.stop())
  const client = await connect(places)
  t.teardown(() => client.close())
  const [kv, counter] = [client.object<KvApi>('kv'), client.object<CounterApi>('counter')]
  const results = await client.batch((calls) => [
    calls.of(kv).set('a', 1),
    calls.of(kv).set('a', 2),
    calls.of(kv).get('a'),
    calls.of(counter).increment(),
    calls.of(counter).value(),
    calls.of(kv).delete('a'),
  ])
  t.same(results, [null, 1, 2, 1, 1, true])
})

t.test('the types of a batch, and of kv with values of one type', async (t) => {
  interface User {
    readonly name: string
    readonly age?: number
  }
  const types = async (client: Rollcall): Promise<void> => {
    const users = client.object<Kv<User>>('kv')
    const user: User | null = await users.get('ann')
    await users.set('ann', { name: user?.name ?? 'Ann' })
    // @ts-expect-error -- it is no user
    await users.set('ann', { age: 3 })
    const same = (anything: Kv): KvApi => anything
    const back = (kv: KvApi): Kv => same(kv)
    const results: [User | null, number] = await client.batch((calls) => [
      calls.of(users).get('ann'),
      calls.object<CounterApi>('counter').value(),
    ])
    const settled: PromiseSettledResult<number>[] = await client.batch((calls) =>
      Promise.allSettled([calls.object<CounterApi>('counter').increment()]),
    )
    const sent: Promise<undefined> | Promise<void> = client.batch(() => settled, { oneway: true })
    const [total]: [number] = await client.atomic((calls) => [
      calls.object<CounterApi>('counter').increment(),
    ])
    // @ts-expect-error -- it is a number
    const text: string = total
    await sent
    t.comment(text, results, back)
  }
  t.type(types, 'function')
})
