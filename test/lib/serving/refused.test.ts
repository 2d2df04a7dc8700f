/** Connections that the hook of a daemon refuses, or lets in after a while. */
import t, { type Test } from 'tap'
import {
  connect,
  exposed,
  OverloadedError,
  serve,
  startDaemon,
  UnauthorizedError,
  type Daemon,
  type DaemonOptions,
} from '../../../api.js'
import { until } from '../../harness/until.js'
import { NameServerScene } from '../../nameserver/scene.js'
import { RawClient } from '../../rpc/rig.js'

let ran = 0
const clock = exposed(
  {
    year: () => {
      ran += 1
      return 2026
    },
  },
  ['year'],
)

async function daemonOf(t: Test, options: DaemonOptions): Promise<Daemon> {
  ran = 0
  const daemon = await startDaemon(options)
  t.teardown(() => daemon.close())
  daemon.register(clock, { id: 'clock' })
  return daemon
}

function rawClient(t: Test, { place }: Daemon): RawClient {
  const raw = new RawClient({ kind: 'tcp', host: '127.0.0.1', port: Number(/[0-9]+$/.exec(place)?.[0]) })
  t.teardown(() => raw.end())
  return raw
}

const REFUSALS = {
  'by throwing': () => {
    throw new Error('one is enough')
  },
  'by rejecting': () => Promise.reject(new Error('one is enough')),
  'with an error of its own': () => {
    throw new UnauthorizedError('one is enough')
  },
}

for (const [how, onConnect] of Object.entries(REFUSALS))
  t.test(`a hook refuses a connection ${how}: the caller hears why, and nothing runs`, async (t) => {
    const daemon = await daemonOf(t, { onConnect, onDisconnect: () => t.fail('it has never come') })
    const client = await connect()
    t.teardown(() => client.close())
    const proxy = client.object<typeof clock>(`clock@${daemon.place}`)
    for (let attempt = 0; attempt < 2; attempt += 1)
      await t.rejects(proxy.year({ timeoutMs: 60_000 }), {
        name: 'UnauthorizedError',
        outcome: 'not-executed',
        message: /one is enough/,
      })
    t.equal(ran, 0)
  })

t.test('what is found by its name says it, too', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const options = { nameserver: scene.address, onConnect: REFUSALS['by rejecting'] }
  const service = await serve({ clock }, options)
  t.teardown(() => service.close())
  const client = await connect({ nameserver: scene.address })
  t.teardown(() => client.close())
  await t.rejects(client.object<typeof clock>('clock').year({ timeoutMs: 60_000 }), {
    name: 'UnauthorizedError',
    outcome: 'not-executed',
    message: /^localhost:[0-9]+: this connection was refused: one is enough/,
  })
})

t.test('another program hears it as the answer to what it has sent, and is closed', async (t) => {
  const told: unknown[] = []
  const onConnect = REFUSALS['by rejecting']
  const daemon = await daemonOf(t, { onConnect, onCallError: (error) => told.push(error) })
  const raw = rawClient(t, daemon)
  raw.write('{"jsonrpc":"2.0","id":4,"method":"clock.year"}\n')
  const message = 'this connection was refused: one is enough; nothing was executed'
  t.match(await raw.next(), { id: 4, error: { code: -32007, message } })
  await raw.over()
  t.match(told, [{ message: 'one is enough' }], 'as it may be a mistake in the hook')
  t.equal(ran, 0)
})

t.test('a refusal that passes is tried again', async (t) => {
  let come = 0
  const onConnect = (): void => {
    come += 1
    if (come < 3) throw new OverloadedError('come again')
  }
  const daemon = await daemonOf(t, { onConnect })
  const client = await connect()
  t.teardown(() => client.close())
  t.equal(await client.object<typeof clock>(`clock@${daemon.place}`).year(), 2026)
  t.equal(come, 3)
})

t.test('no call runs before the hook has made up its mind', async (t) => {
  let admit = (): void => undefined
  let gone = 0
  const onConnect = (): Promise<void> => new Promise((resolve) => (admit = resolve))
  const daemon = await daemonOf(t, { onConnect, onDisconnect: () => (gone += 1) })
  const raw = rawClient(t, daemon)
  raw.write(
    '{"jsonrpc":"2.0","id":1,"method":"clock.year"}\n{"jsonrpc":"2.0","id":2,"method":"clock.year"}\n',
  )
  const other = await startDaemon()
  t.teardown(() => other.close())
  const elsewhere = rawClient(t, other)
  elsewhere.write('{"jsonrpc":"2.0","id":1,"method":"daemon.ping"}\n')
  await elsewhere.next()
  t.equal(ran, 0)
  admit()
  t.match(await raw.next(), { id: 1, result: 2026 })
  t.match(await raw.next(), { id: 2, result: 2026 })
  raw.end()
  await until('the hook to be told of the end', () => gone === 1)
})
