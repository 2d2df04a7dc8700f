/** What a served method knows of its call, where others find its daemon, and who goes on when it was started anew. */
import t from 'tap'
import { callContext, connect, expose, serve, startDaemon, type ServedConnection } from '../../../api.js'
import { NameServerScene } from '../../nameserver/scene.js'

class Asked {
  readonly connections = new Set<ServedConnection>()
  @expose left(): number | undefined {
    const context = callContext()
    this.connections.add(context.connection)
    return context.remainingMs()
  }
  @expose trace(): string | undefined {
    return callContext().traceparent
  }
}

t.test('a method knows how long its caller waits, whose trace it is in, and of its connection', async (t) => {
  await using daemon = await startDaemon()
  const served = new Asked()
  const uri = daemon.register(served)
  const client = await connect()
  t.teardown(() => client.close())
  const asked = client.object<Asked>(uri)
  t.equal(await asked.left(), null, 'who says nothing of it')
  const left = await asked.left({ timeoutMs: 60_000 })
  t.ok(left !== null && left > 0 && left <= 60_000, String(left))
  t.equal(served.connections.size, 1, 'one connection, however many calls')
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  t.equal(await asked.trace({ meta: { traceparent } }), traceparent)
  t.throws(() => callContext(), { message: /inside of a served method.*: take what you need of it there$/ })
})

t.test('a daemon is known by the place that it advertises, and answers to it', async (t) => {
  await using daemon = await startDaemon({ advertise: 'greeter.example:7001' })
  t.equal(daemon.place, 'greeter.example:7001')
  t.equal(daemon.register(new Asked(), { id: 'asked' }), 'asked@greeter.example:7001')
})

t.test('a proxy goes on when the service of its name was started anew', async (t) => {
  const names = await NameServerScene.prepare(t)
  await names.start()
  const options = { nameserver: names.address }
  const client = await connect(options)
  t.teardown(() => client.close())
  const asked = client.object<Asked>('asked')
  for (const round of ['at first', 'anew']) {
    const service = await serve({ asked: new Asked() }, options)
    t.equal(await asked.left(), null, round)
    await service.close()
  }
})
