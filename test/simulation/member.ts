/** A member of the simulated cluster: one life after another on one disk, running the shipped replica and its storage. */
import type { Logger, Transport } from '../../lib/ports.js'
import { ms } from '../../lib/ports.js'
import { incarnation } from '../../lib/raft/types.js'
import type { Configuration, ServerId } from '../../lib/raft/types.js'
import { RemovedMemberError, WipedMemberError } from '../../lib/replica/hello-refusals.js'
import { Replica } from '../../lib/replica/replica.js'
import type { ReplicaOptions } from '../../lib/replica/replica.js'
import type { LinkHooks, PeerLinks } from '../../lib/replica/peers.js'
import { Counter } from '../../node/objects/counter.js'
import { KeyValue } from '../../node/objects/kv.js'
import { Log } from '../../node/objects/log.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { MemoryDisk } from './memory-disk.js'
import type { Plan } from './plan.js'
import { Life } from './world.js'
import type { World } from './world.js'

export interface Running {
  readonly life: Life
  readonly replica: Replica
  readonly hooks: LinkHooks
}

const NOWHERE: Transport = {
  dial: () => {
    throw new Error('the simulation carries whole messages, and dials nobody')
  },
  listen: () => Promise.reject(new Error('the simulation carries whole messages, and listens nowhere')),
}

export interface DiskFaults {
  /** Of each operation. */
  readonly meanDelayMs: number
  readonly failPerMille: number
  /** How often the machine or the process dies while an operation is under way. */
  readonly crashPerMille: number
}

export interface MemberOptions {
  readonly id: ServerId
  readonly uri: string
  readonly bootstrap: Configuration
  readonly world: World
  readonly plan: Plan
  readonly links: (from: Member, hooks: LinkHooks) => PeerLinks
  readonly onCrash: (life: Life) => void
}

/** So small that a few records fill a segment. */
const SIZES = { firstSegment: 4096 + 512, segment: 4096 + 1024, batch: 256 }

const OBJECTS = new Map<string, new () => object>([
  ['log', Log],
  ['kv', KeyValue],
  ['counter', Counter],
])

export class Member {
  readonly id: ServerId
  /** Where it is from its next start on. */
  uri: string
  /** From the start on, and when the storage has been read. */
  running: Running | undefined
  /** The cluster goes on without it, or knows its id with another folder. */
  fate: 'member' | 'removed' | 'wiped' = 'member'
  readonly #options: MemberOptions
  #bootstrap: Configuration
  #disk: MemoryDisk
  #folders = 1
  #faults: DiskFaults = { meanDelayMs: 1, failPerMille: 0, crashPerMille: 0 }
  #life: Life | undefined

  constructor(options: MemberOptions) {
    this.#options = options
    this.id = options.id
    this.uri = options.uri
    this.#bootstrap = options.bootstrap
    this.#disk = this.#newDisk()
  }

  get isDown(): boolean {
    return this.#life === undefined
  }

  /** Its folder is gone, and with it all that it has promised. To be called while it is down. */
  wipe(): void {
    this.#options.world.note(`${this.id} loses its folder`)
    this.#folders++
    this.#disk = this.#newDisk()
  }

  /** It was removed, and waits with an empty folder to be added again. To be called while it is down. */
  beginAnew(bootstrap: Configuration): void {
    this.wipe()
    this.#bootstrap = bootstrap
    this.fate = 'member'
  }

  #newDisk(): MemoryDisk {
    const { dice } = this.#options.world
    return new MemoryDisk({
      name: this.id,
      schedule: (task) => this.#life?.after(dice.delay(this.#faults.meanDelayMs), task),
      fault: (operation, file) => this.#fault(`${operation} ${file}`),
    })
  }

  start(faults: DiskFaults): void {
    const { world } = this.#options
    world.note(`${this.id} starts`)
    this.#faults = faults
    const life = new Life(world)
    this.#life = life
    this.#run(life).catch((error: unknown) =>
      this.#failed(life, error instanceof Error ? error : new Error(String(error))),
    )
  }

  async #run(life: Life): Promise<void> {
    const { world } = this.#options
    const { storage, recovered } = await RaftStorage.open(this.#disk, this.#logger(), SIZES)
    const { hardState, entries, snapshot } = recovered
    const begin = snapshot === undefined ? '' : `a snapshot at ${snapshot.index}, `
    world.note(`${this.id} recovers ${begin}${entries.length} entries, term ${hardState.currentTerm}`)
    if (snapshot !== undefined) world.count('restarts from a snapshot')
    let hooks: LinkHooks | undefined
    const links = (given: LinkHooks) => this.#options.links(this, (hooks = given))
    const replica = await Replica.start({ ...this.#settings(life), storage, recovered, links })
    if (hooks !== undefined) this.running = { life, replica, hooks }
    replica.isAt(this.uri)
    void replica.failed.then((error) => this.#failed(life, error))
  }

  #settings(life: Life): Omit<ReplicaOptions, 'storage' | 'recovered' | 'links'> {
    const { id, plan } = this.#options
    const { snapshotLimits, readLease } = plan
    return {
      id,
      cluster: 'simulated',
      bootstrap: this.#bootstrap,
      incarnation: incarnation(`${id}-${this.#folders}`),
      classes: OBJECTS,
      timing: { electionTimeoutMin: ms(150), electionTimeoutMax: ms(300), heartbeat: ms(50) },
      readLease,
      ...(snapshotLimits && { snapshotLimits }),
      transport: NOWHERE,
      clock: life.clock,
      random: life.random,
      logger: this.#logger(),
    }
  }

  #fault(operation: string): Error | undefined {
    const { dice } = this.#options.world
    if (dice.chance(this.#faults.crashPerMille)) this.#life?.after(0, () => this.crash())
    return dice.chance(this.#faults.failPerMille) ? new Error(`EIO: ${operation}`) : undefined
  }

  /** What may end a process: a disk that fails, a removal, and a folder that is not the one the cluster knows. */
  #failed(life: Life, error: Error): void {
    if (!life.alive) return
    const { world } = this.#options
    world.note(`${this.id} stops: ${error.message}`)
    if (error instanceof RemovedMemberError) this.fate = 'removed'
    else if (error instanceof WipedMemberError) this.fate = 'wiped'
    else if (!error.message.includes('EIO')) world.broken ??= error
    if (this.fate !== 'member') world.count(`stops as ${this.fate}`)
    this.crash()
  }

  /** As at SIGTERM: hands over if it leads, answers who waits, closes its files. */
  async leave(): Promise<void> {
    const { running } = this
    if (running === undefined) return
    const isAlive = () => this.#life === running.life
    await running.replica.handOver()
    if (!isAlive()) return
    await running.replica.stop()
    if (isAlive()) this.#end(running.life, 'leaves', () => this.#disk.kill())
  }

  /** The machine loses power, or only the process dies. */
  crash(): void {
    const life = this.#life
    if (life === undefined) return
    const { dice } = this.#options.world
    if (dice.chance(300)) this.#end(life, 'is killed', () => this.#disk.kill())
    else this.#end(life, 'loses power', () => this.#disk.crash(dice))
  }

  #end(life: Life, how: string, disk: () => void): void {
    this.#options.world.note(`${this.id} ${how}`)
    life.alive = false
    this.#life = undefined
    this.running = undefined
    disk()
    this.#options.onCrash(life)
  }

  #logger(): Logger {
    const { world } = this.#options
    const line = (sentence: string) => {
      world.note(`${this.id}: ${sentence}`)
      if (sentence.startsWith('stands at the snapshot')) world.count('snapshots installed')
      if (sentence.startsWith('took a snapshot')) world.count('snapshots taken')
    }
    const logger: Logger = { debug: () => undefined, info: line, warn: line, error: line, with: () => logger }
    return logger
  }
}
