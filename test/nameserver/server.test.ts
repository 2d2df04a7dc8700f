import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { membersOf } from '../../lib/json.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import {
  InvalidParamsError,
  MethodNotFoundError,
  NameNotFoundError,
  NameTakenError,
  StaleTermError,
} from '../../lib/rpc/errors.js'
import { startNameServer } from '../../nameserver/server.js'
import { silent } from '../harness/ports.js'
import { temporaryFolder } from '../harness/processes.js'
import { NameServerScene, ports } from './scene.js'

t.test('its records and fences survive a restart', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const fenced = (term: number) => ({ fence: { clusterId: 'c', term } })
  await scene.names.register('plain', 'a@localhost:1', { metadata: ['tag'] })
  await scene.names.register('leader', 'b@localhost:2', fenced(7))
  await scene.names.remove('leader')
  await scene.stop()
  await scene.start()
  t.same(await scene.names.list(), [{ name: 'plain', uri: 'a@localhost:1', metadata: ['tag'] }])
  await t.rejects(scene.names.register('leader', 'c@localhost:3', fenced(6)), StaleTermError)
})

t.test('a lease ends while nobody calls, whatever the order in which leases began', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  await scene.names.register('long', 'a@localhost:1', { ttlMs: 60_000 })
  await scene.names.register('short', 'a@localhost:1', { ttlMs: 1 })
  await scene.names.register('shorter than the restart', 'a@localhost:1', { ttlMs: 250 })
  await scene.gone('short')
  await scene.stop()
  await scene.start()
  await scene.gone('shorter than the restart')
  t.equal(await scene.names.lookup('long'), 'a@localhost:1')
})

t.test('a thousand names registered at once are all there', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const all = Array.from({ length: 1_000 }, (_, i) => `name ${i}`)
  await Promise.all(all.map((name) => scene.names.register(name, 'a@localhost:1')))
  t.equal((await scene.names.list()).length, 1_000)
  t.equal((await scene.names.list({ regex: 'name \\d' })).length, 10)
})

t.test(
  "errors keep their names over the wire, and the way leases end is nobody else's to call",
  async (t) => {
    const scene = await NameServerScene.prepare(t)
    await scene.start()
    const { names } = scene
    await t.rejects(names.lookup('nobody'), NameNotFoundError)
    await t.rejects(names.register('a@b', 'a@localhost:1'), InvalidParamsError)
    await t.rejects(names.register('a', 'nonsense'), InvalidParamsError)
    await names.register('a', 'a@localhost:1')
    await t.rejects(names.register('a', 'b@localhost:1', { safe: true }), NameTakenError)
    await t.rejects(scene.connection.call('nameserver.expire', []), MethodNotFoundError)
    await t.rejects(scene.connection.call('nameserver.live', ['a']), MethodNotFoundError)
  },
)

t.test('a list through the wire is as one asks for it, stale too', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  for (const name of ['b', 'a', 'c.two']) await scene.names.register(name, `${name}@localhost:1`)
  t.match(await scene.names.list({ regex: '.' }), [{ name: 'a' }, { name: 'b' }])
  const meta = { consistency: 'stale' } as const
  t.match(await scene.connection.call('nameserver.list', [{ prefix: 'c' }], { meta }), [{ name: 'c.two' }])
  await t.rejects(scene.connection.call('nameserver.list', [{ regex: '(' }]), InvalidParamsError)
})

t.test('bug: its commands had no session, and one without an answer was not made again', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const { clusterId } = membersOf(await scene.connection.call('nameserver1.status', []))
  t.type(clusterId, 'string')
  t.match(await scene.connection.call('daemon.describe', ['nameserver']), { cluster: clusterId })
})

t.test('it answers on both loopback addresses', async (t) => {
  const scene = await NameServerScene.prepare(t)
  await scene.start()
  const connection = new Connection({
    address: { kind: 'tcp', host: 'localhost', port: scene.port },
    ...ports,
  })
  t.teardown(() => connection.close())
  t.equal(await connection.call('nameserver.ping', []), 'pong')
})

t.test('on a port that the system chose, its URI says which', async (t) => {
  const server = await startNameServer({ port: 0, data: temporaryFolder(t), logger: silent })
  t.teardown(() => server.close())
  t.match(server.uri, /^nameserver@localhost:[1-9]\d+$/)
})

t.test('a taken port is refused, and the folder is free again', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const place = holder.address()
  const port = typeof place === 'object' && place !== null ? place.port : 0
  const data = temporaryFolder(t)
  await t.rejects(startNameServer({ port, data, logger: silent }), { message: new RegExp(String(port)) })
  const server = await startNameServer({ port: 0, data, logger: silent })
  await server.close()
})

t.test('a folder in use is refused and named, and closing twice is closing once', async (t) => {
  const data = temporaryFolder(t)
  const first = await startNameServer({ port: 0, data, logger: silent })
  await t.rejects(startNameServer({ port: 0, data, logger: silent }), { message: new RegExp(data) })
  await Promise.all([first.close(), first.close()])
  await first.close()
  const second = await startNameServer({ port: 0, data, logger: silent })
  await second.close()
})

t.test('bug: started again without its host, it listened on loopback only', async (t) => {
  const data = temporaryFolder(t)
  const first = await startNameServer({ port: 0, host: '0.0.0.0', insecure: true, data, logger: silent })
  await first.close()
  const again = await startNameServer({ port: 0, insecure: true, data, logger: silent })
  t.teardown(() => again.close())
  t.match(again.address, { kind: 'tcp', host: '0.0.0.0' })
})

t.test(
  'bug: on all interfaces from the first start on, it was known at 0.0.0.0, where nobody reaches it',
  async (t) => {
    const data = temporaryFolder(t)
    const first = await startNameServer({ port: 0, host: '0.0.0.0', insecure: true, data, logger: silent })
    t.match(first.uri, /^nameserver@localhost:/)
    await first.close()
  },
)

t.test('it is known where it is told that others reach it', async (t) => {
  const server = await startNameServer({
    port: 0,
    advertise: 'names.example:7000',
    data: temporaryFolder(t),
    logger: silent,
  })
  t.teardown(() => server.close())
  t.equal(server.uri, 'nameserver@names.example:7000')
})
