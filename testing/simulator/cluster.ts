/** A simulated cluster: its nodes, the name server, and whoever calls them, on one network. */
import { NAMESERVER_PORT } from '../../lib/defaults.js'
import { connectWith } from '../../lib/client/connect.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { Configuration, ServerId } from '../../lib/raft/types.js'
import { parseUri } from '../../lib/rpc/uri.js'
import { hostNameServer, type HostedNameServerOptions } from '../../nameserver/host-name-server.js'
import { isOfDisk } from './disk-faults.js'
import { Network } from './network.js'
import type { NetworkFaults } from './paths.js'
import { SimulatedNode } from './node.js'
import type { NodeSettings } from './node.js'
import { SimulatedProcess } from './process.js'
import type { ProcessPorts, Program } from './process.js'
import type { World } from './world.js'

export interface ClusterOptions extends NodeSettings {
  /** How many nodes it begins with. */
  readonly nodes: number
  readonly faults: NetworkFaults
  /** How many name servers, of one group. Default 1. */
  readonly nameServers?: number
  /** How far a clock may be off, in either direction. Parts per million. */
  readonly driftPpmMax: number
  /**
   * Another one, of the same name unless they are given names, whose network and name server it shares. Its ids are the
   * same; its ports are not, nor the names of its processes.
   */
  readonly beside?: SimulatedCluster | undefined
}

/** A client's process, as the shipped `connect` makes it. */
export interface Client extends Program {
  readonly rollcall: Rollcall
}

const FIRST_PORT = 9101
/** More than it ever uses. */
const PORTS_OF_A_CLUSTER = 100

export class SimulatedCluster {
  readonly network: Network
  readonly nameServers: readonly SimulatedProcess[]
  /** Where they are. */
  readonly nameservers: readonly string[]
  nodes: readonly SimulatedNode[] = []
  readonly #world: World
  readonly #options: ClusterOptions
  /** Behind the names of all its processes. */
  readonly #mark: string
  #nextPort = FIRST_PORT
  #nextId = 1
  #processes: readonly SimulatedProcess[] = []

  constructor(world: World, options: ClusterOptions) {
    this.#world = world
    this.#options = options
    const { beside } = options
    this.#mark = beside === undefined ? '' : `${beside.#mark}'`
    if (beside !== undefined) this.#nextPort = beside.#nextPort + PORTS_OF_A_CLUSTER
    this.network = beside?.network ?? new Network(world, options.faults)
    const { nameServers: count = 1 } = options
    this.nameservers = beside?.nameservers ?? placesOf(count)
    this.nameServers = beside?.nameServers ?? this.#nameServersAt(this.nameservers)
    const uris = Array.from({ length: options.nodes }, () => this.#newUri())
    for (const uri of uris) this.#make(uri, uris, false)
  }

  /**
   * Another process of the world: it is not started yet. What it fails with is a failure of the run. `kind`: plural.
   */
  process<Running extends Program>(
    kind: string,
    name: string,
    program: (ports: ProcessPorts) => Promise<Running>,
  ): SimulatedProcess<Running> {
    const world = this.#world
    const made = new SimulatedProcess({
      world,
      network: this.network,
      kind,
      name: `${name}${this.#mark}`,
      program,
      driftPpm: this.#drift(),
      failed: (error) => {
        if (!isOfDisk(error)) world.fail(error)
      },
    })
    this.#processes = [...this.#processes, made]
    return made
  }

  /** A process with the shipped client in it. Not started yet. `timeoutMs`: for each call. */
  client(name: string, timeoutMs: number): SimulatedProcess<Client> {
    return this.process('clients', name, async (ports) => {
      const rollcall = await this.connect(ports, timeoutMs)
      return { rollcall, stop: async () => rollcall.close() }
    })
  }

  /** The shipped client, in a process of the world. */
  connect(ports: ProcessPorts, timeoutMs: number): Promise<Rollcall> {
    const members = this.nodes.map(({ uri }) => uri)
    const { cluster } = this.#options
    return connectWith(ports, { nameserver: this.nameservers, members, cluster, timeoutMs })
  }

  /** All of them, nodes and others. */
  get processes(): readonly SimulatedProcess[] {
    return [...this.nodes.map(({ process }) => process), ...this.#processes]
  }

  node(id: ServerId): SimulatedNode | undefined {
    return this.nodes.find((node) => node.id === id)
  }

  /** Of every node that runs. */
  get replicas(): readonly Replica[] {
    return this.nodes.flatMap(({ replica }) => replica ?? [])
  }

  /** The leader of the highest term, when there is one. */
  get leader(): SimulatedNode | undefined {
    let leader: SimulatedNode | undefined
    for (const node of this.nodes) {
      const view = node.replica?.raft.view
      if (view?.role !== 'leader') continue
      if (view.currentTerm > (leader?.replica?.raft.view.currentTerm ?? 0)) leader = node
    }
    return leader
  }

  /** Who leads and can serve. */
  get serving(): SimulatedNode | undefined {
    return this.nodes.find(({ replica }) => replica?.isServing)
  }

  /** The configuration that the leader has in force. */
  get configuration(): Configuration | undefined {
    return this.leader?.replica?.raft.view.configuration
  }

  /** Mostly the leader: most of what is interesting happens there. */
  anyone(): SimulatedNode | undefined {
    const { dice } = this.#world
    const { leader } = this
    return leader !== undefined && dice.chance(800) ? leader : dice.pick(this.nodes)
  }

  /** A new one, with an empty folder, that waits to be added. */
  join(): SimulatedNode {
    const uri = this.#newUri()
    const joiner = this.#make(uri, [...this.#known(), uri], true)
    joiner.process.start()
    return joiner
  }

  /** One at that address whose folder was restored from a backup, as one of `members`. */
  restored(uri: string, members: readonly string[], folder: ReadonlyMap<string, Uint8Array>): SimulatedNode {
    const node = this.#make(uri, members, false)
    node.process.disk.putBack(folder)
    return node
  }

  /** One that was removed, or is of no use any more: under its id, with an empty folder. */
  rejoin(node: SimulatedNode): void {
    node.process.crash()
    node.beginAnew(this.#knownWith(node))
    node.process.start()
  }

  /** Another address for the node, from its next start on. */
  newUriFor(node: SimulatedNode): void {
    node.uri = `${node.id}@localhost:${this.#nextPort++}`
  }

  /** Makes them; one that is alone has no id. */
  #nameServersAt(places: readonly string[]): readonly SimulatedProcess[] {
    const members = places.map((place, at) => `ns${at + 1}@${place}`)
    return members.map((_, at) => {
      const id = members.length === 1 ? undefined : `ns${at + 1}`
      const own = id === undefined ? {} : { id, members, port: NAMESERVER_PORT + at }
      return this.process('name servers', id ?? 'nameserver', (ports) => openNameServer(ports, own))
    })
  }

  #known(): readonly string[] {
    const { configuration } = this
    return configuration === undefined ? this.nodes.map(({ uri }) => uri) : Object.values(configuration.uris)
  }

  #knownWith(node: SimulatedNode): readonly string[] {
    return [...this.#known().filter((uri) => !uri.startsWith(`${node.id}@`)), node.uri]
  }

  #newUri(): string {
    return `n${this.#nextId++}@localhost:${this.#nextPort++}`
  }

  #make(uri: string, members: readonly string[], joins: boolean): SimulatedNode {
    const { network } = this
    const driftPpm = this.#drift()
    const node = new SimulatedNode({
      ...this.#options,
      world: this.#world,
      network,
      name: `${parseUri(uri).objectId}${this.#mark}`,
      uri,
      members,
      nameservers: this.nameservers,
      joins,
      driftPpm,
    })
    this.nodes = [...this.nodes, node]
    return node
  }

  #drift(): number {
    const { driftPpmMax } = this.#options
    return this.#world.dice.below(2 * driftPpmMax + 1) - driftPpmMax
  }
}

function placesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `localhost:${NAMESERVER_PORT + at}`)
}

async function openNameServer(
  ports: ProcessPorts,
  own: Pick<HostedNameServerOptions, 'id' | 'members' | 'port'>,
): Promise<Program> {
  const server = await hostNameServer(ports, { ...own, logger: ports.logger })
  return { failed: server.failed, stop: () => server.close() }
}
