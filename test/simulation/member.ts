/** A member of the simulated cluster: one life after another on one disk, running the shipped replica. */
import type { Logger, Transport } from '../../lib/ports.js'
import { ms } from '../../lib/ports.js'
import { incarnation } from '../../lib/raft/types.js'
import type { Configuration, ServerId } from '../../lib/raft/types.js'
import { Replica } from '../../lib/replica/replica.js'
import type { LinkHooks, PeerLinks } from '../../lib/replica/peers.js'
import { Counter } from '../../node/objects/counter.js'
import { KeyValue } from '../../node/objects/kv.js'
import { Log } from '../../node/objects/log.js'
import { DurableLog } from './durable-log.js'
import type { DiskFaults } from './durable-log.js'
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

export class Member {
  readonly #disk: DurableLog
  running: Running | undefined

  constructor(
    readonly id: ServerId,
    private readonly world: World,
    private readonly bootstrap: Configuration,
    private readonly links: (from: Member, hooks: LinkHooks) => PeerLinks,
    private readonly onCrash: (life: Life) => void,
  ) {
    this.#disk = new DurableLog(world)
  }

  async start(faults: DiskFaults): Promise<void> {
    const { world, id } = this
    const life = new Life(world)
    world.note(`${id} starts`)
    let hooks: LinkHooks | undefined
    const replica = await Replica.start({
      id,
      cluster: 'simulated',
      bootstrap: this.bootstrap,
      incarnation: incarnation(`${id}-1`),
      storage: this.#disk.open(life, faults, () => this.crash()),
      recovered: this.#disk.recover(),
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
      logger: this.#logger(),
    })
    if (hooks !== undefined) this.running = { life, replica, hooks }
    void replica.failed.then((error) => this.#failed(life, error))
  }

  /** A failed sync is the one failure that the faults allow; it ends the process like a crash. */
  #failed(life: Life, error: Error): void {
    if (!error.message.startsWith('EIO')) this.broken = error
    if (life.alive) this.crash()
  }

  /** What stopped the replica and should not have. */
  broken: Error | undefined

  crash(): void {
    if (this.running === undefined) return
    const { life } = this.running
    this.world.note(`${this.id} crashes`)
    life.alive = false
    this.#disk.crash()
    this.running = undefined
    this.onCrash(life)
  }

  #logger(): Logger {
    const line = (sentence: string) => this.world.note(`${this.id}: ${sentence}`)
    const logger: Logger = { debug: () => undefined, info: line, warn: line, error: line, with: () => logger }
    return logger
  }
}
