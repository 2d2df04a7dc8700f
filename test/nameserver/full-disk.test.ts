/** A name server whose disk is full for longer than a lease. Time is virtual. */
import t from 'tap'
import type { NameServerApi } from '../../lib/names.js'
import { Connection } from '../../lib/rpc/channels/connection.js'
import { NameNotFoundError, OverloadedError } from '../../lib/rpc/errors.js'
import { createProxy, type Remote } from '../../lib/rpc/proxies/proxy.js'
import { hostNameServer } from '../../nameserver/host-name-server.js'
import type { DiskOperation } from '../../testing/simulator/memory-disk.js'
import { Network } from '../../testing/simulator/network.js'
import { PEACE } from '../../testing/simulator/paths.js'
import { SimulatedProcess, type ProcessPorts } from '../../testing/simulator/process.js'
import { World } from '../../testing/simulator/world.js'

const TTL_MS = 30_000
const URI = 'thing@localhost:1'
/** Of another name: few fill what the log has room for. */
const LONG = { metadata: Array.from({ length: 16 }, (_, n) => String(n).padStart(128, 't')) }

async function scene() {
  const world = new World(1)
  world.isChaotic = false
  const network = new Network(world, PEACE)
  const shared = { world, network, failed: (error: Error) => world.fail(error) }
  const server = new SimulatedProcess({ ...shared, kind: 'name servers', name: 'names', program: open })
  const client = new SimulatedProcess({ ...shared, kind: 'clients', name: 'client', program: call })
  server.start()
  client.start()
  const pass = (milliseconds: number) => world.run(world.now + milliseconds, () => undefined)
  /** What it comes to: the result or the error. */
  const ask = async (question: (names: Remote<NameServerApi>) => Promise<unknown>): Promise<unknown> => {
    const answer: { is?: unknown } = {}
    question(client.running?.names ?? missing())
      .catch((error: unknown) => error)
      .then((is) => (answer.is = is))
      .catch(() => undefined)
    while (!('is' in answer)) await pass(10)
    return answer.is
  }
  await pass(1_000)
  return { pass, ask, disk: server.disk }
}

/** There is room for what the log has already, and not for another segment of it. */
const noRoom = (operation: DiskOperation, file: string) =>
  operation === 'write' && file.endsWith('.new') ? new NoSpaceError() : undefined

class NoSpaceError extends Error {
  readonly code = 'ENOSPC'
}

function missing(): never {
  throw new Error('the client does not run')
}

async function open(ports: ProcessPorts) {
  const server = await hostNameServer(ports, { logger: ports.logger })
  return { failed: server.failed, stop: () => server.close() }
}

async function call(ports: ProcessPorts) {
  const connection = new Connection({ ...ports, address: { kind: 'tcp', host: 'localhost', port: 9090 } })
  const names = createProxy<NameServerApi>((method, params) =>
    connection.call(`nameserver.${method}`, params, { timeoutMs: 2_000 }),
  )
  return { names, stop: async () => connection.close() }
}

t.test(
  'names stay while the disk is full for longer than their lease, and until it had time to be renewed',
  async (t) => {
    const { pass, ask, disk } = await scene()
    const renew = () => ask((names) => names.register('thing', URI, { ttlMs: TTL_MS }))
    const lookup = () => ask((names) => names.lookup('thing'))
    t.match(await renew(), { uri: URI })
    await ask((names) => names.register('silent', URI, { ttlMs: 40_000, lease: 'of one that dies' }))
    disk.fault = noRoom
    while (!((await ask((names) => names.register('other', URI, LONG))) instanceof OverloadedError));
    for (let passedMs = 0; passedMs < 4 * TTL_MS; passedMs += 5_000) {
      t.match(await renew(), { label: 'OVERLOADED' })
      t.equal(await ask((names) => names.remove('nobody')), false, 'log time goes on')
      t.equal(await lookup(), URI)
      await pass(5_000)
    }
    disk.fault = () => undefined
    await pass(2_000)
    t.match(await ask((names) => names.register('another', URI)), { uri: URI })
    t.equal(await lookup(), URI)
    await pass(TTL_MS / 2)
    t.equal(await lookup(), URI)
    t.match(await renew(), { uri: URI })
    await pass(TTL_MS - 1_000)
    t.equal(await lookup(), URI)
    await pass(2_000)
    t.ok((await lookup()) instanceof NameNotFoundError, 'an owner that is gone keeps nothing')
  },
)
