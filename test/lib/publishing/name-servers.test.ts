import t from 'tap'
import { UnreachableError } from '../../../lib/rpc/errors.js'
import { NameServers } from '../../../lib/publishing/name-servers.js'
import { ManualClock } from '../../harness/manual-clock.js'
import { RecordingLogger } from '../../harness/ports.js'
import { NameServerScene, ports, until, type Teardown } from '../../nameserver/scene.js'

/** Name servers on a clock that the test moves; each call gets all the time that it waits for. */
function scene(t: Teardown, addresses: readonly string[]) {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const servers = new NameServers({ ...ports, addresses, clock, logger })
  t.teardown(() => servers.close())
  const ping = async (): Promise<string> => {
    let settled = false
    const answer = servers.api.ping().finally(() => (settled = true))
    answer.catch(() => undefined)
    await until(() => {
      clock.advance(10)
      return settled || undefined
    })
    return answer
  }
  const notable = (): readonly string[] => logger.lines.filter((line) => !line.startsWith('debug'))
  return { clock, ping, notable }
}

t.test('a name server that is away for long is told once, and its return too', async (t) => {
  const nameserver = await NameServerScene.prepare(t)
  const { clock, ping, notable } = scene(t, [nameserver.address])
  await t.rejects(ping(), UnreachableError)
  t.same(notable(), [], 'it may just be starting')
  clock.advance(60_000)
  await t.rejects(ping(), UnreachableError)
  await t.rejects(ping(), UnreachableError)
  t.equal(notable().length, 1)
  t.match(notable()[0], /^warn no name server answers/)
  await nameserver.start()
  t.equal(await ping(), 'pong')
  t.same(notable().slice(1), ['info the name server answers again'])
})

t.test('of several, the one that answers is found and kept', async (t) => {
  const [away, here] = [await NameServerScene.prepare(t), await NameServerScene.prepare(t)]
  await here.start()
  const { ping } = scene(t, [away.address, here.address])
  t.equal(await ping(), 'pong')
  t.equal(await ping(), 'pong')
})

t.test('bug: of two name servers the first stayed empty after its return', async (t) => {
  const [first, second] = [await NameServerScene.prepare(t), await NameServerScene.prepare(t)]
  await second.start()
  const servers = new NameServers({ ...ports, addresses: [first.address, second.address] })
  t.teardown(() => servers.close())
  const register = () => servers.api.register('node1', 'node1@localhost:9101')
  t.match(await register(), { name: 'node1' }, 'one that answers is enough')
  await first.start()
  await until(async () => {
    await register()
    return (await first.names.lookup('node1').catch(() => undefined)) !== undefined || undefined
  })
  t.equal(await first.names.lookup('node1'), 'node1@localhost:9101')
  t.equal(await second.names.lookup('node1'), 'node1@localhost:9101')
})

t.test('one that refuses a name has the last word', async (t) => {
  const [first, second] = [await NameServerScene.prepare(t), await NameServerScene.prepare(t)]
  await Promise.all([first.start(), second.start()])
  const one = new NameServers({ ...ports, addresses: [second.address] })
  const both = new NameServers({ ...ports, addresses: [first.address, second.address] })
  t.teardown(() => [one, both].map((servers) => servers.close()))
  await one.api.register('node1', 'node1@localhost:1')
  await t.rejects(both.api.register('node1', 'node1@localhost:2', { safe: true }), { name: 'NameTakenError' })
})

t.test('an address that is none is refused at once', (t) => {
  t.throws(() => new NameServers({ ...ports, addresses: ['localhost:x'] }), { message: /localhost:x/ })
  t.end()
})
