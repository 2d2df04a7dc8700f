/** A member of the simulated cluster: one life after another on one disk, running the shipped replica and its storage. */
import type { Logger, Transport } from '../../lib/ports.js'
import { ms } from '../../lib/ports.js'
import { incarnation } from '../../lib/raft/types.js'
import type { Configuration, ServerId } from '../../lib/raft/types.js'
import { Replica } from '../../lib/replica/replica.js'
import type { LinkHooks, PeerLinks } from '../../lib/replica/peers.js'
import { Counter } from '../../node/objects/counter.js'
import { KeyValue } from '../../node/objects/kv.js'
import { Log } from '../../node/objects/log.js'
import { RaftStorage } from '../../lib/storage/raft-storage.js'
import { MemoryDisk } from './memory-disk.js'
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

/** So small that a few records fill a segment. */
const SIZES = { firstSegment: 4096 + 512, segment: 4096 + 1024, batch: 256 }

export class Member {
  readonly #disk: MemoryDisk
  #faults: DiskFaults = { meanDelayMs: 1, failPerMille: 0, crashPerMille: 0 }
  /** From the start on; `running` follows when the storage has been read. */
  #life: Life | undefined
  running: Running | undefined
  /** What stopped this member and should not have. */
  broken: Error | undefined

  constructor(
    readonly id: ServerId,
    private readonly world: World,
    private readonly bootstrap: Configuration,
    private readonly links: (from: Member, hooks: LinkHooks) => PeerLinks,
    private readonly onCrash: (life: Life) => void,
  ) {
    this.#disk = new MemoryDisk({
      name: id,
      schedule: (task) => this.#life?.after(world.dice.delay(this.#faults.meanDelayMs), task),
      fault: (operation, file) => this.#fault(`${operation} ${file}`),
    })
  }

  get isDown(): boolean {
    return this.#life === undefined
  }

  start(faults: DiskFaults): void {
    this.world.note(`${this.id} starts`)
    this.#faults = faults
    const life = new Life(this.world)
    this.#life = life
    this.#run(life).catch((error: unknown) =>
      this.#failed(life, error instanceof Error ? error : new Error(String(error))),
    )
  }

  async #run(life: Life): Promise<void> {
    const { id } = this
    const logger = this.#logger()
    const { storage, recovered } = await RaftStorage.open(this.#disk, logger, SIZES)
    this.world.note(
      `${id} recovers ${recovered.entries.length} entries, term ${recovered.hardState.currentTerm}`,
    )
    let hooks: LinkHooks | undefined
    const replica = await Replica.start({
      id,
      cluster: 'simulated',
      bootstrap: this.bootstrap,
      incarnation: incarnation(`${id}-1`),
      storage,
      recovered,
      classes: new Map<string, new () => object>([
        ['log', Log],
        ['kv', KeyValue],
        ['counter', Counter],
      ]),
      timing: { electionTimeoutMin: ms(150), electionTimeoutMax: ms(300), heartbeat: ms(50) },
      links: (given) => this.links(this, (hooks = given)),
      transport: NOWHERE,
      clock: life.clock,
      random: life.random,
      logger,
    })
    if (hooks !== undefined) this.running = { life, replica, hooks }
    void replica.failed.then((error) => this.#failed(life, error))
  }

  #fault(operation: string): Error | undefined {
    const { dice } = this.world
    if (dice.chance(this.#faults.crashPerMille)) this.#life?.after(0, () => this.crash())
    return dice.chance(this.#faults.failPerMille) ? new Error(`EIO: ${operation}`) : undefined
  }

  /** A disk that fails is the one failure that the faults allow; it ends the process. */
  #failed(life: Life, error: Error): void {
    if (!life.alive) return
    this.world.note(`${this.id} stops: ${error.message}`)
    if (!error.message.includes('EIO')) this.broken = error
    this.crash()
  }

  /** The machine loses power, or only the process dies. */
  crash(): void {
    const life = this.#life
    if (life === undefined) return
    const { dice } = this.world
    const isKilled = dice.chance(300)
    this.world.note(`${this.id} ${isKilled ? 'is killed' : 'loses power'}`)
    life.alive = false
    this.#life = undefined
    this.running = undefined
    if (isKilled) this.#disk.kill()
    else this.#disk.crash(dice)
    this.onCrash(life)
  }

  #logger(): Logger {
    const line = (sentence: string) => this.world.note(`${this.id}: ${sentence}`)
    const logger: Logger = { debug: () => undefined, info: line, warn: line, error: line, with: () => logger }
    return logger
  }
}
