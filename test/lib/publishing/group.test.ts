/** Services and clients of three name servers that are one group. Time is virtual. */
import t from 'tap'
import { connectWith } from '../../../lib/client/connect.js'
import type { Rollcall } from '../../../lib/client/rollcall.js'
import { NAMESERVER_CLUSTER } from '../../../lib/defaults.js'
import { NameKeeper } from '../../../lib/publishing/name-keeper.js'
import { NameNotFoundError } from '../../../lib/rpc/errors.js'
import { hostNameServer, type HostedNameServerOptions } from '../../../nameserver/host-name-server.js'
import { Network } from '../../../testing/simulator/network.js'
import { PEACE } from '../../../testing/simulator/paths.js'
import { SimulatedProcess, type ProcessPorts, type Program } from '../../../testing/simulator/process.js'
import { World } from '../../../testing/simulator/world.js'

const FIRST_PORT = 9090

interface Client extends Program {
  readonly rollcall: Rollcall
}

interface Service extends Program {
  readonly keeper: NameKeeper
}

class Scene {
  readonly world = new World(1)
  readonly network = new Network(this.world, PEACE)
  readonly servers: SimulatedProcess[] = []
  readonly waits: string[] = []
  /** What the service has warned of once it had its names. */
  readonly losses: string[] = []
  readonly #operator: SimulatedProcess<Client>

  constructor() {
    this.world.isChaotic = false
    const first = [1, 2, 3]
    for (const number of first) this.server(number, { members: first.map(uriOf) }).start()
    this.#operator = this.#client('operator', { cluster: NAMESERVER_CLUSTER, members: first.map(uriOf) })
  }

  static async start(): Promise<Scene> {
    const scene = new Scene()
    await scene.pass(2_000)
    return scene
  }

  server(number: number, options: Partial<HostedNameServerOptions>): SimulatedProcess {
    const server = this.#process(`ns${number}`, 'name servers', async (ports) => {
      const port = FIRST_PORT + number
      const running = await hostNameServer(ports, {
        id: `ns${number}`,
        port,
        ...options,
        logger: ports.logger,
      })
      return { failed: running.failed, stop: () => running.close() }
    })
    this.servers.push(server)
    return server
  }

  /** Told of the first name server alone. */
  async service(): Promise<SimulatedProcess<Service>> {
    const service = this.#process('service', 'services', (ports) => {
      const keeper = new NameKeeper({
        ...ports,
        nameservers: [placeOf(1)],
        logger: { ...ports.logger, warn: (sentence) => void this.losses.push(sentence) },
        onWaiting: (why) => this.waits.push(why),
      })
      return Promise.resolve({ keeper, stop: () => keeper.close() })
    })
    service.start()
    await this.pass(1)
    return service
  }

  /** Told of the first name server alone. */
  async client(): Promise<Rollcall> {
    const client = this.#client('client', { nameserver: placeOf(1) })
    return this.#rollcallOf(client)
  }

  /** By the operator's commands, as the leader does it. */
  async replace(gone: number, next: number): Promise<void> {
    const rollcall = await this.#rollcallOf(this.#operator)
    const known = await this.settled(rollcall.status())
    const join = known.flatMap((view) => (view.reachable ? [view.uri] : []))
    this.server(next, { join }).start()
    await this.pass(100)
    await this.settled(rollcall.callLeader('addMember', [`ns${next}`, uriOf(next)]))
    await this.settled(rollcall.callLeader('removeMember', [`ns${gone}`]))
    await this.pass(1_000)
    this.servers[gone - 1]?.kill()
  }

  /** The number of the name server that leads. */
  async leader(): Promise<number> {
    const rollcall = await this.#rollcallOf(this.#operator)
    for (;;) {
      const leader = await this.settled(rollcall.leader())
      if (leader !== null) return Number(/^ns(\d+)@/.exec(leader)?.[1])
      await this.pass(100)
    }
  }

  pass(milliseconds: number): Promise<void> {
    return this.world.run(this.world.now + milliseconds, () => undefined)
  }

  async settled<T>(promise: Promise<T>): Promise<T> {
    const settled = new Set<string>()
    promise.catch(() => undefined).finally(() => settled.add('it is'))
    while (settled.size === 0) await this.pass(10)
    return promise
  }

  #client(name: string, options: Parameters<typeof connectWith>[1]): SimulatedProcess<Client> {
    return this.#process(name, 'clients', async (ports) => {
      const rollcall = await connectWith(ports, options)
      return { rollcall, stop: async () => rollcall.close() }
    })
  }

  async #rollcallOf(client: SimulatedProcess<Client>): Promise<Rollcall> {
    client.start()
    await this.pass(1)
    const { rollcall } = client.running ?? {}
    if (rollcall === undefined) throw new Error('the client does not run')
    return rollcall
  }

  #process<R extends Program>(name: string, kind: string, program: (ports: ProcessPorts) => Promise<R>) {
    const { world, network } = this
    return new SimulatedProcess<R>({ world, network, kind, name, program })
  }
}

const placeOf = (number: number): string => `localhost:${FIRST_PORT + number}`
const uriOf = (number: number): string => `ns${number}@${placeOf(number)}`
const own = { name: 'greeter', uri: 'greeter@localhost:1' }

t.test('a service keeps its name while one name server after another is lost, the leader too', async (t) => {
  const scene = await Scene.start()
  const service = await scene.service()
  const client = await scene.client()
  const { keeper } = service.running ?? {}
  await scene.settled(keeper?.begin([own]) ?? Promise.reject(new Error('the service does not run')))
  for (let round = 0; round < 6; round++) {
    const lost = scene.servers[(await scene.leader()) - 1]
    lost?.kill()
    for (let asked = 0; asked < 50; asked++) {
      t.equal(await scene.settled(client.nameserver.lookup('greeter')), own.uri)
      await scene.pass(200)
    }
    lost?.start()
    await scene.pass(2_000)
  }
  t.same(scene.waits, [])
  t.same(scene.losses, [], 'one that is away is not missed')
  service.kill()
  await scene.pass(10_000)
  await t.rejects(scene.settled(client.nameserver.lookup('greeter')), NameNotFoundError)
})

t.test('all three are replaced under a service and a client that were told of the first alone', async (t) => {
  const scene = await Scene.start()
  const service = await scene.service()
  const client = await scene.client()
  const { keeper } = service.running ?? {}
  await scene.settled(keeper?.begin([own]) ?? Promise.reject(new Error('the service does not run')))
  t.same(await scene.settled(client.resolve('greeter')), [own.uri])
  for (const gone of [1, 2, 3]) {
    await scene.replace(gone, gone + 3)
    for (let asked = 0; asked < 50; asked++) {
      t.same(await scene.settled(client.resolve('greeter')), [own.uri])
      await scene.settled(client.nameserver.register('busy', 'a@localhost:1'))
      await scene.pass(200)
    }
  }
  t.same(scene.waits, [])
})

t.test('who begins while no majority of the name servers is there is told why it waits', async (t) => {
  const scene = await Scene.start()
  const service = await scene.service()
  await scene.pass(1_000)
  for (const server of scene.servers.slice(1)) server.kill()
  await scene.pass(1_000)
  const { keeper } = service.running ?? {}
  const begun = keeper?.begin([own])
  await scene.pass(5_000)
  t.match(
    scene.waits[0],
    /^no name server answers at localhost:909[123]; names are registered there when one does/,
  )
  scene.servers[1]?.start()
  await scene.settled(begun ?? Promise.reject(new Error('the service does not run')))
})
