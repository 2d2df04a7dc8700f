/** Takes nodes down at random and brings them back after a while, whatever the operator does meanwhile. */
import { pause, type Cluster } from '../../harness/cluster.js'
import type { Fleet } from '../../harness/fleet.js'
import type { Dice } from '../../raft/dice.js'
import type { Rollcall } from '../../../api.js'

export interface KillerOptions {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly dice: Dice
  /** To ask who leads. */
  readonly client: Rollcall
  /** How many commands have been acknowledged: the next attack waits for one, so that there is something to harm. */
  readonly acknowledged: () => number
  readonly say: (sentence: string) => void
}

/** Milliseconds between two attacks, and until a node is back. */
const REST = { least: 200, most: 2000 }
const ABSENCE = { least: 100, most: 3000 }

export class Killer {
  killed = 0
  stopped = 0
  nameServerKilled = 0
  readonly #options: KillerOptions
  readonly #running: Promise<void>
  readonly #returns = new Set<Promise<void>>()
  #isOver = false

  constructor(options: KillerOptions) {
    this.#options = options
    this.#running = this.#attack()
  }

  /** Resolves when all nodes are up again. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    await Promise.all(this.#returns)
    this.#options.fleet.startAll()
  }

  async #attack(): Promise<void> {
    for (;;) {
      const before = this.#options.acknowledged()
      do await pause(this.#within(REST))
      while (!this.#isOver && this.#options.acknowledged() === before)
      if (this.#isOver) return
      if (this.#options.dice.below(25) === 0) this.#absence(this.#killNameServer())
      else await this.#attackNode()
    }
  }

  async #attackNode(): Promise<void> {
    const { fleet } = this.#options
    const victim = await this.#victim()
    if (victim !== undefined && fleet.expendable.includes(victim)) this.#absence(this.#takeDown(victim))
  }

  /** Any node, the leader more often than the others. */
  async #victim(): Promise<string | undefined> {
    const { fleet, dice, client } = this.#options
    const leader = dice.below(3) === 0 ? await client.leader() : null
    const { running } = fleet
    const leading = running.find((id) => leader?.startsWith(`${id}@`) === true)
    return leading ?? (running.length === 0 ? undefined : dice.pick(running))
  }

  async #takeDown(id: string): Promise<void> {
    const { fleet, dice, say } = this.#options
    const signal = dice.below(4) === 0 ? 'SIGTERM' : 'SIGKILL'
    if (signal === 'SIGKILL') this.killed++
    else this.stopped++
    say(`${signal} to ${id}`)
    await fleet.stop(id, signal)
    await pause(this.#within(ABSENCE))
    fleet.start(id)
  }

  async #killNameServer(): Promise<void> {
    const { cluster, say } = this.#options
    if (!cluster.process('nameserver').isRunning) return
    this.nameServerKilled++
    say('SIGKILL to the name server')
    await cluster.kill('nameserver')
    await pause(this.#within(ABSENCE))
    cluster.startNameServer()
  }

  #absence(absence: Promise<void>): void {
    this.#returns.add(absence)
    void absence.finally(() => this.#returns.delete(absence))
  }

  #within({ least, most }: { readonly least: number; readonly most: number }): number {
    return least + this.#options.dice.below(most - least + 1)
  }
}
