/** Members in this process over real TCP, each with its log and snapshots on a disk in memory. */
import { memberSettings } from '../../lib/member-settings.js'
import type { Transport } from '../../lib/ports.js'
import { incarnation, serverId } from '../../lib/raft/types.js'
import type { Configuration } from '../../lib/raft/types.js'
import type { ReplicatedSource } from '../../lib/replica/objects/marks.js'
import { Replica } from '../../lib/replica/replica.js'
import { Daemon } from '../../lib/rpc/channels/daemon.js'
import type { Limits } from '../../lib/rpc/channels/daemon.js'
import { systemClock } from '../../lib/system/clock.js'
import { systemRandom } from '../../lib/system/random.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { writeMemberFile } from '../../lib/storage/member-file.js'
import { Registry } from '../../nameserver/registry.js'
import { Counter } from '../../lib/shipped/counter.js'
import { SHIPPED_OBJECTS } from '../../lib/shipped/index.js'
import { silent } from '../replica/members.js'
import type { MemoryDisk } from '../../testing/simulator/memory-disk.js'
import { memoryDisk, tinySizes } from '../storage/setting.js'

export const CLUSTER = 'test'
/** An object that no recorded call names: what was not meant for it has not changed it. */
export const WITNESS = 'witness'

export const CLASSES = new Map<string, ReplicatedSource>([
  ...Object.entries(SHIPPED_OBJECTS).map(([name, shipped]) => [name, shipped.class] as const),
  ['nameserver', () => new Registry(systemClock)],
  [WITNESS, Counter],
])

export interface Member {
  readonly id: string
  readonly replica: Replica
  readonly daemon: Daemon
  readonly disk: MemoryDisk
  readonly port: number
}

interface Place {
  readonly id: string
  readonly daemon: Daemon
  readonly port: number
}

export interface ClusterOptions {
  /** The way out and in of all members. */
  readonly transport: Transport
  readonly limits?: Partial<Limits>
  /** Entries from one snapshot to the next; a tenth is kept behind it. Default: no snapshots. */
  readonly snapshotEvery?: number
}

export class FuzzedCluster {
  readonly members: Member[] = []
  readonly #options: ClusterOptions
  readonly #uris: Record<string, string> = {}

  private constructor(options: ClusterOptions) {
    this.#options = options
  }

  /** n1, n2, … are the voters; resolves when one of them leads. */
  static async start(count: number, options: ClusterOptions): Promise<FuzzedCluster> {
    const cluster = new FuzzedCluster(options)
    const ids = Array.from({ length: count }, (_, at) => `n${at + 1}`)
    const places = await Promise.all(ids.map((id) => cluster.#place(id)))
    await Promise.all(places.map((place) => cluster.#open(place, ids)))
    await cluster.leader()
    return cluster
  }

  /** Another member, which waits until it is added; resolves to its URI. */
  async startLearner(id: string): Promise<string> {
    const voters = this.members.map((member) => member.id)
    await this.#open(await this.#place(id), voters)
    return this.#uris[id] ?? ''
  }

  /** The member that serves as leader, once there is one. */
  leader(): Promise<Member> {
    return new Promise((resolve) => {
      const look = () => {
        const leader = this.members.find(({ replica }) => replica.isServing)
        if (leader !== undefined) resolve(leader)
      }
      for (const { replica } of this.members) replica.onChange(look)
      look()
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ replica }) => replica.stop()))
    await Promise.all(this.members.map(({ daemon }) => daemon.close()))
  }

  async #place(id: string): Promise<Place> {
    const { transport, limits } = this.#options
    const daemon = new Daemon({ transport, clock: systemClock, logger: silent, ...(limits && { limits }) })
    const address = await daemon.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })
    const port = address.kind === 'tcp' ? address.port : 0
    this.#uris[id] = `${id}@127.0.0.1:${port}`
    return { id, daemon, port }
  }

  async #open({ id, daemon, port }: Place, voters: readonly string[]): Promise<void> {
    const { transport, snapshotEvery } = this.#options
    const disk = memoryDisk()
    const own = incarnation(`${id}-first`)
    const bootstrap: Configuration = {
      voters: voters.map(serverId),
      learners: [],
      uris: Object.fromEntries(voters.map((voter) => [voter, this.#uris[voter] ?? ''])),
    }
    const { storage, recovered } = await RaftStorage.open(disk, silent, tinySizes)
    await writeMemberFile(disk, {
      id: serverId(id),
      cluster: CLUSTER,
      incarnation: own,
      bootstrap,
    })
    const replica = await Replica.start({
      ...{ id: serverId(id), cluster: CLUSTER, bootstrap, incarnation: own, storage, recovered },
      classes: CLASSES,
      settings: memberSettings({ electionTimeout: { min: 400, max: 800 } }),
      snapshotLimits: snapshotEvery === undefined ? undefined : limitsFor(snapshotEvery),
      ...{ transport, clock: systemClock, random: systemRandom, logger: silent },
    })
    daemon.host.register(id, replica.member)
    for (const [name, object] of replica.objects) daemon.host.register(name, object)
    replica.isAt(this.#uris[id] ?? '')
    this.members.push({ id, replica, daemon, disk, port })
  }
}

function limitsFor(entries: number) {
  return { entries, size: 1024 * 1024, keptEntries: entries / 10, keptSize: 1024 * 1024 }
}
