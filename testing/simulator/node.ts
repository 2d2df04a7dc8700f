/** A node of a simulated cluster: the shipped node, one life after another. */
import type { GivenSettings } from '../../lib/member-settings.js'
import type { ReplicaEvent } from '../../lib/replica/log-lines.js'
import type { ReplicatedClass } from '../../lib/replica/objects/marks.js'
import type { Replica } from '../../lib/replica/replica.js'
import type { SnapshotLimits } from '../../lib/replica/snapshots/snapshotter.js'
import type { Secrets, Watchdog } from '../../lib/ports.js'
import { RemovedMemberError, WipedMemberError } from '../../lib/replica/members/hello-refusals.js'
import { DamagedStorageError, UnknownFormatError } from '../../lib/storage/errors.js'
import type { RaftServer } from '../../lib/raft/index.js'
import { serverId } from '../../lib/raft/types.js'
import type { ServerId } from '../../lib/raft/types.js'
import { parseUri } from '../../lib/rpc/uri.js'
import { hostNode } from '../../node/host-node.js'
import type { Node } from '../../node/host-node.js'
import type { Life } from './life.js'
import type { Network } from './network.js'
import { checkRestart } from './durable.js'
import { isOfDisk } from './disk-faults.js'
import { SimulatedProcess } from './process.js'
import type { ProcessPorts } from './process.js'
import type { World } from './world.js'

export interface Guarded {
  readonly secrets: Secrets
  readonly token: () => readonly string[]
}

/** What all nodes of a cluster have in common. */
export interface NodeSettings {
  /** Its name. Default: that of any cluster. */
  readonly cluster?: string | undefined
  /** Replicated objects beside the shipped ones. Default none. */
  readonly objects?: Readonly<Record<string, ReplicatedClass>> | undefined
  /** Drawn anew at each start of each node. Default: the shipped ones. */
  readonly settings?: () => GivenSettings
  /** Default: the shipped limits, which a run never reaches. */
  readonly snapshotLimits?: SnapshotLimits | undefined
  /** Asked for at each start of a node: what members show each other, and how. Default: they are asked for nothing. */
  readonly guarded?: ((node: SimulatedNode) => Guarded | undefined) | undefined
  /** Asked for at each start of a node: hears of every method that runs there. Default: nobody does. */
  readonly watch?: ((node: SimulatedNode) => Watchdog) | undefined
}

export interface SimulatedNodeOptions extends NodeSettings {
  readonly world: World
  readonly network: Network
  readonly uri: string
  /** Of its process: its id, unless another one has that. */
  readonly name: string
  /** URIs of the cluster's first members, this one among them. */
  readonly members: readonly string[]
  readonly nameservers: readonly string[]
  /** It waits to be added to the cluster of `members`. */
  readonly joins: boolean
  readonly driftPpm: number
}

/** So small that a few records fill a segment. */
const LOG_SIZES = { firstSegment: 4096 + 512, segment: 4096 + 1024, batch: 256 }

/**
 * What the cluster, or its own disk, has told it to be: a member that may run; one that was removed; one that the
 * cluster knows with another folder; one whose files can't be read back; one whose machine belongs to another cluster
 * by now.
 */
export type Fate = 'member' | 'removed' | 'wiped' | 'damaged' | 'replaced'

export class SimulatedNode {
  readonly id: ServerId
  /** Where it is from its next start on. */
  uri: string
  fate: Fate = 'member'
  readonly process: SimulatedProcess<Node>
  /**
   * As it was last seen at work in the folder that the cluster knows it by: what it held then is on its disk while it
   * is down. Even a folder that is gone since counts: what its member has acknowledged from there was true, and without
   * it the member can help nobody to be elected who has less. Undefined: it never ran there.
   */
  held: RaftServer | undefined
  /** The same of what it held before its folder was put back as it once was. */
  heldBefore: RaftServer | undefined
  readonly #options: SimulatedNodeOptions
  #members: readonly string[]
  #joins: boolean
  #isCorrupted = false
  #isWiped = false
  #hosted: { readonly life: Life; readonly replica: Replica } | undefined

  constructor(options: SimulatedNodeOptions) {
    const { world, network, name, uri, driftPpm } = options
    this.#options = options
    this.uri = uri
    this.id = serverId(parseUri(uri).objectId)
    this.#members = options.members
    this.#joins = options.joins
    this.process = new SimulatedProcess({
      world,
      network,
      name,
      kind: 'nodes',
      isMember: true,
      driftPpm,
      program: (ports) => this.#run(ports),
      failed: (error) => this.#failed(error),
    })
  }

  /** Its replica, from the start of its life until the end, to look at. */
  get replica(): Replica | undefined {
    const { life } = this.process
    return life !== undefined && this.#hosted?.life === life ? this.#hosted.replica : undefined
  }

  /** Its folder is gone, and with it all that it has promised. To be called while it is down. */
  wipe(): void {
    this.process.wipe()
    this.#isWiped = true
  }

  /** Its folder is replaced by an older copy of it. To be called while it is down. */
  putBack(copy: ReadonlyMap<string, Uint8Array>): void {
    this.#options.world.note(`${this.id}: an older copy of its folder is put back`)
    this.process.disk.putBack(copy)
    this.heldBefore = this.held
    this.held = undefined
  }

  /**
   * It was removed, or lost its folder: it waits with an empty one to be added again. To be called while it is down.
   */
  beginAnew(members: readonly string[]): void {
    this.process.wipe()
    this.held = undefined
    this.heldBefore = undefined
    this.#isCorrupted = false
    this.#isWiped = false
    this.#members = members
    this.#joins = true
    this.fate = 'member'
  }

  /** Bytes of a file change behind everyone's back. To be called while it is down. */
  corrupt(file: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.#options.world.note(`${this.id}: ${file} is damaged`)
    this.process.disk.corrupt(file, change)
    this.#isCorrupted = true
  }

  async #run(ports: ProcessPorts): Promise<Node> {
    const { life } = this.process
    const { cluster, objects, settings, snapshotLimits, guarded: asks, watch, nameservers } = this.#options
    const guarded = asks?.(this)
    const watched = watch?.(this)
    const { address } = parseUri(this.uri)
    const node = await hostNode(
      {
        ...ports,
        secrets: guarded?.secrets,
        ...(watched && { startWatchdog: () => Object.assign(watched, { close: () => Promise.resolve() }) }),
        sizes: { log: LOG_SIZES, snapshots: snapshotLimits },
        hosted: (replica) => {
          if (life?.isAlive === true) this.#begins(life, replica)
        },
      },
      {
        id: this.id,
        cluster,
        ...(this.#joins ? { join: this.#members } : { members: this.#members }),
        nameserver: nameservers,
        port: address.kind === 'tcp' ? address.port : undefined,
        objects,
        token: guarded?.token,
        ...settings?.(),
        logger: ports.logger,
      },
    )
    // From now on it has a folder, and is started like any other.
    if (life?.isAlive === true) this.#joins = false
    return node
  }

  #begins(life: Life, replica: Replica): void {
    const { raft } = replica
    this.#hosted = { life, replica }
    replica.onEvent((event) => this.#note(event))
    if (raft.view.snapshotIndex > 0) this.#options.world.count('restarts from a snapshot')
    if (this.#isWiped) return
    if (this.held !== undefined) this.#checkRestart(this.held, raft)
    this.held = raft
  }

  #note({ type }: ReplicaEvent): void {
    if (type === 'caughtUp') this.#options.world.count('older copies known to have caught up')
    if (type === 'snapshotTaken') this.#options.world.count('snapshots taken')
    if (type === 'snapshotRestored') this.#options.world.count('snapshots installed')
  }

  /** A crash takes nothing that was durable; and what is damaged is refused, or read right. */
  #checkRestart(before: RaftServer, after: RaftServer): void {
    try {
      checkRestart(before, after)
      this.#options.world.count('restarts with all that was durable')
    } catch (error) {
      this.#options.world.fail(error)
    }
  }

  /** What may end a node: its disk, a removal, a folder that is not the one the cluster knows, damage. */
  #failed(error: Error): void {
    const { world } = this.#options
    const fate = this.#fateBy(error)
    if (fate === undefined) {
      if (!isOfDisk(error)) world.fail(error)
      return
    }
    this.fate = fate
    world.count(`${this.process.running === undefined ? 'starts refused' : 'stops'} as ${fate}`)
  }

  #fateBy(error: Error): Fate | undefined {
    if (error instanceof RemovedMemberError) return 'removed'
    if (error instanceof WipedMemberError) return 'wiped'
    return this.#isCorrupted && isOfDamage(error) ? 'damaged' : undefined
  }
}

/** What is refused as damaged, though nobody has damaged it, is a fault of the program. */
function isOfDamage(error: Error): boolean {
  return error instanceof DamagedStorageError || error instanceof UnknownFormatError
}
