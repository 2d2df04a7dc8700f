/** Three nodes with all that a benchmark of a large state asks of them. */
import { join } from 'node:path'
import type { Rollcall } from '../api.js'
import { Cluster, type Teardown } from '../test/harness/cluster.js'
import { freePorts, Running } from '../test/harness/processes.js'
import { diskUse, metricOf, residentMax, untilReady } from './vitals.js'

/**
 * The nodes' defaults, unless others need the machine too: who does not get a processor in time stands for election.
 */
const TIMING = process.env['BENCH_ELECTION_TIMEOUT']
export const NODE_FLAGS: readonly string[] = [
  ...['--log-level', 'error'],
  ...(TIMING === undefined ? [] : ['--election-timeout', TIMING]),
]

export class ThreeNodes {
  private constructor(
    readonly cluster: Cluster,
    readonly client: Rollcall,
    /** Where each member listens, by its id. */
    readonly places: Map<string, string>,
  ) {}

  static async start(teardown: Teardown): Promise<ThreeNodes> {
    const cluster = await Cluster.start(teardown, 3, NODE_FLAGS)
    const client = await cluster.connect()
    const places = new Map(cluster.members.map((uri) => [idOf(uri), placeOf(uri)]))
    await cluster.leader(client)
    return new ThreeNodes(cluster, client, places)
  }

  async leader(): Promise<string> {
    return this.cluster.leader(this.client)
  }

  async follower(): Promise<string> {
    const leader = await this.leader()
    return this.cluster.ids.find((id) => id !== leader) ?? leader
  }

  /** The greatest figure of the three. */
  largestMemory(): number {
    return Math.max(...this.cluster.ids.map((id) => residentMax(this.cluster.process(id).pid)))
  }

  async largestDisk(): Promise<number> {
    const folders = this.cluster.ids.map((id) => join(this.cluster.folder, '.rollcall', id))
    return Math.max(...(await Promise.all(folders.map(diskUse))))
  }

  /** Of the member that leads. */
  async term(): Promise<number> {
    return this.metric(await this.leader(), 'term')
  }

  metric(id: string, name: string): Promise<number> {
    return metricOf(this.placeOf(id), name)
  }

  placeOf(id: string): string {
    const place = this.places.get(id)
    if (place === undefined) throw new Error(`${id} is no member`)
    return place
  }

  /** SIGKILL, and from the new process's start to its `/readyz`, in milliseconds. */
  async restart(id: string): Promise<number> {
    await this.cluster.kill(id)
    const started = performance.now()
    this.cluster.startNode(id)
    await untilReady(this.placeOf(id))
    return performance.now() - started
  }

  /** Starts a node that joins and `rollcall add`s it: milliseconds until it votes. */
  async add(id: string): Promise<number> {
    const [port = 0] = await freePorts(1)
    const { nameserver, members, folder, processes } = this.cluster
    this.places.set(id, `localhost:${port}`)
    const started = performance.now()
    const place = ['--port', String(port), '--join', members.join(','), '--nameserver', nameserver]
    processes.set(id, new Running(['node', id, ...place, ...NODE_FLAGS], folder))
    const added = this.cluster.run('add', id, '--port', String(port), '--timeout', '300000')
    const { status, stderr } = await added.ended
    if (status !== 0) throw new Error(`${id} was not added: ${stderr}`)
    return performance.now() - started
  }

  end(): Promise<void> {
    return this.cluster.end()
  }
}

function idOf(uri: string): string {
  return uri.slice(0, uri.indexOf('@'))
}

function placeOf(uri: string): string {
  return uri.slice(uri.indexOf('@') + 1)
}
