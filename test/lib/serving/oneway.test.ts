/** Calls of methods that nobody waits for go out as notifications, once the client knows that they are such. */
import t, { type Test } from 'tap'
import { connect, oneway, startDaemon, type Remote, type Rollcall } from '../../../api.js'
import type { Handler } from '../../../lib/rpc/exposed.js'
import { formatUri } from '../../../lib/rpc/uri.js'
import { until } from '../../harness/until.js'
import { startDaemon as startHost } from '../../rpc/rig.js'

interface Journal {
  write(line: unknown): null
  read(): string
}

/** What came: of each call its first argument, and whether it is to be answered. */
type Came = (readonly [unknown, boolean])[]

async function journal(
  t: Test,
): Promise<{ readonly client: Rollcall; readonly remote: Remote<Journal>; readonly came: Came }> {
  const came: Came = []
  const write: Handler = ([line], { id }) => {
    came.push([line, id !== undefined])
    throw new Error('nobody hears of it')
  }
  const { daemon, address } = await startHost({
    journal: {
      methods: new Map([
        ['write', { kind: 'plain', form: 'oneway', params: 1, handler: write, ofValues: write as never }],
        ['read', { kind: 'plain', params: 0, handler: () => `${came.length} lines` }],
      ]),
    },
  })
  t.teardown(() => daemon.close())
  const client = await connect()
  t.teardown(() => client.close())
  return { client, remote: client.object<Journal>(formatUri('journal', address)), came }
}

t.test('a one-way call is a notification, and resolves when it is sent', async (t) => {
  const { remote, came } = await journal(t)
  t.equal(await remote.write('first'), null)
  t.equal(await remote.write('second'), null)
  t.equal(await remote.write.with({ timeoutMs: 5_000 })('third'), null)
  t.equal(await remote.read(), '3 lines', 'what is called behind it finds it done')
  t.same(came, [
    ['first', false],
    ['second', false],
    ['third', false],
  ])
})

t.test('what hands something over is answered: the other end may refuse it', async (t) => {
  const { remote, came } = await journal(t)
  await t.rejects(
    remote.write(() => 'a function'),
    { name: 'RemoteError' },
  )
  t.match(came, [[Function, true]])
})

t.test('among others in a batch it is waited for', async (t) => {
  const { client, remote, came } = await journal(t)
  const settled = await client.batch((calls) =>
    Promise.allSettled([calls.of(remote).write('first'), calls.of(remote).read()]),
  )
  t.match(settled, [{ status: 'rejected' }, { value: '1 lines' }])
  t.same(came, [['first', true]])
})

t.test('what was sent goes out, though the client is closed at once', async () => {
  class Counter {
    lines = 0
    @oneway write(): void {
      this.lines += 1
    }
  }
  await using daemon = await startDaemon()
  const counter = new Counter()
  const uri = daemon.register(counter)
  const client = await connect()
  const remote = client.object<Counter>(uri)
  await remote.write()
  await Promise.all(Array.from({ length: 1_000 }, () => remote.write()))
  client.close()
  await until('all to come', () => counter.lines === 1_001)
})

t.test('what can not be sent is said', async (t) => {
  const client = await connect()
  t.teardown(() => client.close())
  await using daemon = await startDaemon()
  const remote = client.object<Journal>(`journal@${daemon.place}`)
  await t.rejects(remote.write('first'), { name: 'MethodNotFoundError', outcome: 'not-executed' })
})
