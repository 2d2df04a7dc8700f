/** Announcements on this very machine's network, by bonjour-service. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import t, { type Test } from 'tap'
import { connect, expose, serve, startNameServer } from '../../api.js'
import { Discovery } from '../../lib/discovery/discovery.js'
import { systemClock } from '../../lib/system/clock.js'
import { localNetwork } from '../../lib/system/local-network.js'
import { formatAddress } from '../../lib/rpc/uri.js'
import { silent } from '../harness/ports.js'
import { temporaryFolder } from '../harness/processes.js'

/** Whether what is sent to all comes back over loopback, which a container may forbid. */
async function hasMulticast(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    socket.bind(0, '0.0.0.0')
    await once(socket, 'listening')
    socket.addMembership('224.0.0.251', '127.0.0.1')
    socket.setMulticastInterface('127.0.0.1')
    const heard = once(socket, 'message', { signal: AbortSignal.timeout(1_000) })
    socket.send('x', socket.address().port, '224.0.0.251')
    return await heard.then(
      () => true,
      () => false,
    )
  } catch {
    return false
  } finally {
    await new Promise<void>((closed) => socket.close(closed))
  }
}

const skip = (await hasMulticast()) ? false : 'nothing that is sent to all comes back over loopback here'

/** Beside those that others on this network announce. */
const TOKEN = `of this very test, ${process.pid}`

function discovery(t: Test, name: string): Promise<Discovery> {
  return Discovery.open({
    mdns: { token: TOKEN },
    localNetwork,
    clock: systemClock,
    logger: silent,
    name,
    isLooking: true,
  }).then((opened) => {
    t.teardown(() => opened.close())
    return opened
  })
}

function changed(opened: Discovery, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => (holds() ? resolve() : undefined)
    opened.onChange(look)
    look()
  })
}

t.test('whoever does not ask for it has no socket, and loads nothing for it', async (t) => {
  const loaded = (): readonly string[] =>
    Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('multicast-dns'))
  t.same(loaded(), [])
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((each) => each.startsWith('UDP')).length
  const before = sockets()
  const client = await connect({ members: [] })
  t.ok(sockets() <= before)
  client.close()
})

t.test('a process is found by what it announces, and is gone when it has closed', { skip }, async (t) => {
  const client = await discovery(t, 'aaaaaaaa')
  const server = await discovery(t, 'bbbbbbbb')
  const place = { kind: 'tcp', host: 'localhost', port: 9555 } as const
  server.announce({ kind: 'member', cluster: 'rollcäll', id: 'node.1', place, host: undefined })
  server.announce({ kind: 'nameserver', cluster: 'x', id: 'nameserver', place, host: undefined })
  await changed(client, () => client.nameservers.length > 0 && client.membersOf('rollcäll').length > 0)
  t.same(client.nameservers.map(formatAddress), ['localhost:9555'])
  t.same(client.membersOf('rollcäll'), ['node.1@localhost:9555'])
  await server.close()
  await changed(client, () => client.nameservers.length + client.membersOf('rollcäll').length === 0)
})

class Greeter {
  greet(name: string): string {
    return `hello, ${name}`
  }
}
expose(Greeter)

t.test('a service and its client find the name server that nobody has named to them', { skip }, async (t) => {
  const mdns = { token: TOKEN }
  const names = await startNameServer({ port: 0, data: temporaryFolder(t), mdns, logger: silent })
  t.teardown(() => names.close())
  const service = await serve({ greeter: new Greeter() }, { mdns, logger: silent })
  t.teardown(() => service.close())
  const client = await connect({ mdns })
  t.teardown(() => client.close())
  t.equal(await client.object<Greeter>('greeter').greet('you'), 'hello, you')
  await t.rejects(client.resolve('gretter'), { name: 'NameNotFoundError', message: /greeter/ })
})

t.test('who finds nobody is told so', { skip }, async (t) => {
  const client = await connect({ mdns: { token: 'a token that nobody else has' }, timeoutMs: 1_500 })
  t.teardown(() => client.close())
  await t.rejects(client.object<Greeter>('greeter').greet('you'), {
    name: 'UnreachableError',
    message: /mDNS has found no name server, and no member is known/,
  })
})
