/** Services that keep their names at a name server, each in a process of its own. Time is virtual. */
import t from 'tap'
import { systemClock } from '../../../lib/system/clock.js'
import { systemRandom } from '../../../lib/system/random.js'
import { createTransport } from '../../../lib/system/transport.js'
import { silent } from '../../replica/members.js'
import type { ListOptions, NameRecord, NameServerApi } from '../../../lib/names.js'
import { NameKeeper } from '../../../lib/publishing/name-keeper.js'
import type { OwnName } from '../../../lib/publishing/names-at.js'
import { Connection } from '../../../lib/rpc/channels/connection.js'
import { InvalidParamsError, NameTakenError } from '../../../lib/rpc/errors.js'
import { createProxy, type Remote } from '../../../lib/rpc/proxies/proxy.js'
import { hostNameServer } from '../../../nameserver/host-name-server.js'
import { Network } from '../../../testing/simulator/network.js'
import { PEACE } from '../../../testing/simulator/paths.js'
import { SimulatedProcess, type Program, type ProcessPorts } from '../../../testing/simulator/process.js'
import { World } from '../../../testing/simulator/world.js'

const LEASE_MS = 4_000

interface Service extends Program {
  readonly keeper: NameKeeper
}

class Scene {
  readonly world = new World(1)
  readonly network = new Network(this.world, PEACE)
  readonly names: SimulatedProcess
  readonly #client: SimulatedProcess<Program & { readonly names: Remote<NameServerApi> }>
  /** What the services were told. */
  readonly waits: string[] = []
  readonly losses: string[] = []

  constructor() {
    this.world.isChaotic = false
    this.names = this.#process('names', 'name servers', async (ports) => {
      const server = await hostNameServer(ports, { logger: ports.logger })
      return { failed: server.failed, stop: () => server.close() }
    })
    this.#client = this.#process('client', 'clients', (ports) => {
      const connection = new Connection({ ...ports, address: { kind: 'tcp', host: 'localhost', port: 9090 } })
      const names = createProxy<NameServerApi>((method, params) =>
        connection.call(`nameserver.${method}`, params, { timeoutMs: 2_000 }),
      )
      const stop = (): Promise<void> => {
        connection.close()
        return Promise.resolve()
      }
      return Promise.resolve({ names, stop })
    })
    this.#client.start()
  }

  static async withNameServer(): Promise<Scene> {
    const scene = new Scene()
    scene.names.start()
    await scene.pass(1_000)
    return scene
  }

  /** A process that keeps names when it is told so. */
  async service(name: string): Promise<SimulatedProcess<Service>> {
    const process = this.#process(name, 'services', (ports) => {
      const keeper = new NameKeeper({
        ...ports,
        nameservers: ['localhost'],
        onWaiting: (why) => this.waits.push(why),
        onLost: (lost, error) => this.losses.push(`${lost}: ${error.label}`),
      })
      return Promise.resolve({ keeper, stop: () => keeper.close() })
    })
    process.start()
    await this.pass(1)
    return process
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.run(this.world.now + milliseconds, () => undefined)
  }

  /** What it comes to: its result or its error. */
  async outcome<T>(promise: Promise<T>): Promise<T | Error> {
    const answer: { is?: T | Error } = {}
    promise
      .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
      .then((is) => (answer.is = is))
      .catch(() => undefined)
    while (!('is' in answer)) await this.pass(10)
    return answer.is
  }

  /** The records, as `name uri` or `name uri uri`. */
  async listed(options?: ListOptions): Promise<readonly string[]> {
    const records = await this.outcome(this.registry.list(options))
    if (records instanceof Error) throw records
    return records.map(({ name, uri, uris = [uri] }: NameRecord) => [name, ...uris].join(' '))
  }

  get registry(): Remote<NameServerApi> {
    const names = this.#client.running?.names
    if (names === undefined) throw new Error('the client does not run')
    return names
  }

  #process<R extends Program>(name: string, kind: string, program: (ports: ProcessPorts) => Promise<R>) {
    const { world, network } = this
    const failed = (error: Error): void => world.fail(error)
    return new SimulatedProcess<R>({ world, network, failed, kind, name, program })
  }
}

function begin(scene: Scene, service: SimulatedProcess<Service>, ...names: readonly OwnName[]) {
  const { keeper } = service.running ?? missing()
  return scene.outcome(keeper.begin(names))
}

function missing(): never {
  throw new Error('the service does not run')
}

const at = (port: number, more: Partial<OwnName> = {}): OwnName => ({
  name: 'greeter',
  uri: `greeter@localhost:${port}`,
  ...more,
})
const SHARED = { isShared: true }

t.test('a name is found while its process lives, and is gone 5 s after it was killed', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  t.equal(await begin(scene, service, at(1)), undefined)
  await scene.pass(60_000)
  t.same(await scene.listed(), ['greeter greeter@localhost:1'])
  service.kill()
  await scene.pass(5_000)
  t.same(await scene.listed(), [])
  t.match(await scene.outcome(scene.registry.lookup('greeter')), { label: 'NAME_NOT_FOUND' })
})

t.test('a machine that lost power is forgotten as soon', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  service.losePower()
  await scene.pass(5_000)
  t.same(await scene.listed(), [])
})

t.test('a service that closes takes its names back at once, and not those of its successor', async (t) => {
  const scene = await Scene.withNameServer()
  const [old, successor] = [await scene.service('old'), await scene.service('successor')]
  await begin(scene, old, at(1), { name: 'other', uri: 'other@localhost:1' })
  await scene.outcome(scene.registry.remove('greeter'))
  await begin(scene, successor, at(2))
  await scene.outcome(old.stop())
  t.same(await scene.listed(), ['greeter greeter@localhost:2'])
})

t.test('of several that share a name the one that closes, or dies, leaves it to the others', async (t) => {
  const scene = await Scene.withNameServer()
  const [a, b, c] = [await scene.service('a'), await scene.service('b'), await scene.service('c')]
  for (const [index, each] of [a, b, c].entries()) await begin(scene, each, at(index + 1, SHARED))
  t.same(await scene.listed(), ['greeter greeter@localhost:1 greeter@localhost:2 greeter@localhost:3'])
  await scene.outcome(a.stop())
  t.same(await scene.listed(), ['greeter greeter@localhost:2 greeter@localhost:3'])
  b.kill()
  await scene.pass(5_000)
  t.same(await scene.listed(), ['greeter greeter@localhost:3'])
})

t.test(
  'killed and started again at another port, it has its name as soon as its own lease is over',
  async (t) => {
    const scene = await Scene.withNameServer()
    const service = await scene.service('service')
    await begin(scene, service, at(1))
    service.kill()
    service.start()
    await scene.pass(1)
    const before = scene.world.now
    t.equal(await begin(scene, service, at(2)), undefined)
    t.ok(scene.world.now - before < LEASE_MS + 1_000)
    t.same(await scene.listed(), ['greeter greeter@localhost:2'])
    t.equal(scene.waits.length, 1, 'it is told once')
    t.match(scene.waits[0], /greeter@localhost:1: if that process has died, its lease ends within 4 s$/)
  },
)

t.test('started again at the same port, it has its name at once', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  service.kill()
  service.start()
  await scene.pass(1)
  t.equal(await begin(scene, service, at(1)), undefined)
  t.same(scene.waits, [])
  await scene.pass(10_000)
  t.same(await scene.listed(), ['greeter greeter@localhost:1'], 'the old lease does not take it along')
})

t.test('a name that another process keeps is refused: by whom, and what to do', async (t) => {
  const scene = await Scene.withNameServer()
  const [first, second] = [await scene.service('first'), await scene.service('second')]
  await begin(scene, first, at(1))
  const refused = await begin(scene, second, { name: 'beside', uri: 'beside@localhost:2' }, at(2))
  t.ok(refused instanceof NameTakenError)
  t.match(refused, {
    message:
      /^greeter is registered already, for greeter@localhost:1: .*shared: true.*rollcall remove greeter/,
  })
  t.same(await scene.listed(), ['greeter greeter@localhost:1'], 'nothing of it is left')
  t.equal(await begin(scene, second, { name: 'beside', uri: 'beside@localhost:2' }), undefined)
})

t.test('to share a name all must: alone over shared, and shared over alone, is refused', async (t) => {
  const scene = await Scene.withNameServer()
  const [first, second] = [await scene.service('first'), await scene.service('second')]
  await begin(scene, first, at(1, SHARED))
  t.ok((await begin(scene, second, at(2))) instanceof NameTakenError)
  await begin(scene, first, { name: 'alone', uri: 'a@localhost:1' })
  t.ok(
    (await begin(scene, second, { name: 'alone', uri: 'a@localhost:2', isShared: true })) instanceof
      NameTakenError,
  )
})

t.test('what can never be registered is refused at once', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  const before = scene.world.now
  t.ok((await begin(scene, service, { name: 'a@b', uri: 'a@localhost:1' })) instanceof InvalidParamsError)
  t.ok(scene.world.now - before < 1_000)
})

t.test('begun before the name server, it waits for it, and says so', async (t) => {
  const scene = new Scene()
  const service = await scene.service('service')
  const begun = begin(scene, service, at(1))
  await scene.pass(3_000)
  t.match(scene.waits, [
    /^no name server answers at localhost:9090; names are registered there when one does/,
  ])
  scene.names.start()
  t.equal(await begun, undefined)
  t.same(await scene.listed(), ['greeter greeter@localhost:1'])
})

t.test('a name server that restarts, or begins with an empty folder, has the names again', async (t) => {
  const scene = await Scene.withNameServer()
  const [a, b] = [await scene.service('a'), await scene.service('b')]
  await begin(scene, a, at(1, SHARED), { name: 'other', uri: 'other@localhost:1' })
  await begin(scene, b, at(2, SHARED))
  const all = ['greeter greeter@localhost:1 greeter@localhost:2', 'other other@localhost:1']
  t.same(await scene.listed(), all)
  scene.names.kill()
  await scene.pass(10_000)
  scene.names.start()
  await scene.pass(1_000)
  t.same(await scene.listed(), all, 'while it was away nobody could be heard, so no lease ended')
  scene.names.kill()
  scene.names.wipe()
  scene.names.start()
  await scene.pass(4_000)
  t.same(
    new Set((await scene.listed()).flatMap((line) => line.split(' '))),
    new Set(all.flatMap((line) => line.split(' '))),
  )
  t.same(scene.losses, [])
})

t.test('what died while the name server was away is forgotten after one more lease', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  scene.names.kill()
  service.kill()
  scene.names.start()
  await scene.pass(5_500)
  t.same(await scene.listed(), [])
})

t.test('a machine that slept: the name server, awake first, gives all time to be heard', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  scene.names.pause(10_000)
  service.pause(10_500)
  await scene.pass(10_001)
  for (let n = 0; n < 60; n++) {
    t.equal((await scene.listed()).length, 1, `${n}`)
    await scene.pass(50)
  }
})

t.test('a lease of a process that is longer than a member’s begins anew after a standstill', async (t) => {
  const scene = await Scene.withNameServer()
  const kept = { ttlMs: 60_000, lease: 'a minute' }
  await scene.outcome(scene.registry.register('greeter', 'greeter@localhost:1', kept))
  scene.names.pause(70_000)
  await scene.pass(70_000)
  await scene.pass(59_000)
  t.same(await scene.listed(), ['greeter greeter@localhost:1'])
  await scene.pass(2_000)
  t.same(await scene.listed(), [])
})

t.test(
  'a name server that stood still counts leases of names for themselves from its waking too',
  async (t) => {
    const scene = await Scene.withNameServer()
    await scene.outcome(scene.registry.register('leader', 'kv@localhost:1', { ttlMs: 30_000 }))
    scene.names.pause(45_000)
    await scene.pass(45_000)
    for (let second = 0; second < 29; second++) {
      t.same(await scene.listed(), ['leader kv@localhost:1'], `${second}`)
      await scene.pass(1_000)
    }
    await scene.pass(2_000)
    t.same(await scene.listed(), [])
  },
)

t.test(
  'bug: a process that died in a standstill of the name server took names of others with it',
  async (t) => {
    const scene = await Scene.withNameServer()
    const service = await scene.service('service')
    await begin(scene, service, at(1))
    await scene.outcome(scene.registry.register('leader', 'kv@localhost:1', { ttlMs: 30_000 }))
    scene.names.pause(45_000)
    service.kill()
    await scene.pass(45_000)
    for (let second = 0; second < 29; second++) {
      t.ok((await scene.listed()).includes('leader kv@localhost:1'), `${second}`)
      await scene.pass(1_000)
    }
    await scene.pass(2_000)
    t.same(await scene.listed(), [])
  },
)

t.test(
  'a process that stood still for longer than its lease has its name again, or hears of the loss',
  async (t) => {
    const scene = await Scene.withNameServer()
    const [service, other] = [await scene.service('service'), await scene.service('other')]
    await begin(scene, service, at(1))
    service.pause(6_000)
    await scene.pass(5_500)
    t.same(await scene.listed(), [])
    await scene.pass(4_000)
    t.same(await scene.listed(), ['greeter greeter@localhost:1'])
    t.same(scene.losses, [])
    service.pause(6_000)
    await scene.pass(5_500)
    await begin(scene, other, at(2))
    await scene.pass(10_000)
    t.same(scene.losses, ['greeter: NAME_TAKEN'], 'told once')
    await scene.outcome(other.stop())
    await scene.pass(6_000)
    t.same(await scene.listed(), ['greeter greeter@localhost:1'], 'and takes it when it is free')
  },
)

t.test('a name that an operator removed is registered again while its process lives', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  t.equal(await scene.outcome(scene.registry.remove('greeter')), true)
  await scene.pass(2_000)
  t.same(await scene.listed(), ['greeter greeter@localhost:1'])
})

t.test('names come and go while others stay', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  await begin(scene, service, at(1))
  await begin(scene, service, { name: 'other', uri: 'other@localhost:1', metadata: ['colour=red'] })
  t.same(await scene.listed({ all: ['colour=red'] }), ['other other@localhost:1'])
  await scene.outcome(service.running?.keeper.end(['greeter']) ?? missing())
  await scene.pass(10_000)
  t.same(await scene.listed(), ['other other@localhost:1'])
  t.ok((await begin(scene, service, { name: 'other', uri: 'x@localhost:1' })) instanceof InvalidParamsError)
  t.equal(await begin(scene, service, at(1)), undefined)
})

t.test('more names than one call may have under way are all kept', async (t) => {
  const scene = await Scene.withNameServer()
  const service = await scene.service('service')
  const names = Array.from({ length: 1_200 }, (_, n) => ({ name: `n${n}`, uri: `n${n}@localhost:1` }))
  t.equal(await begin(scene, service, ...names), undefined)
  await scene.pass(10_000)
  t.equal((await scene.listed()).length, 1_200)
  service.kill()
  await scene.pass(6_000)
  t.equal((await scene.listed()).length, 0, 'one command ends so many only, and then comes another')
})

t.test('closed, it begins nothing more, and a beginning that waits is told', async (t) => {
  const scene = new Scene()
  const service = await scene.service('service')
  const begun = begin(scene, service, at(1))
  await scene.outcome(service.running?.keeper.close() ?? missing())
  t.match(await begun, { label: 'UNREACHABLE' })
  t.match(await begin(scene, service, at(1)), { label: 'UNREACHABLE' })
})

t.test('where no name server is named, and none is looked for, no name can be kept', (t) => {
  const ports = { transport: createTransport(), clock: systemClock, random: systemRandom, logger: silent }
  t.throws(() => new NameKeeper({ ...ports, nameservers: [] }), {
    message: 'names can be kept at a name server alone: say where one is',
  })
  new NameKeeper({ ...ports, nameservers: ['localhost:1'] }).close()
  t.end()
})
