/** Processes with the shipped client that follow what happens to `kv`, and who leads. */
import assert from 'node:assert/strict'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { WatchEvent } from '../../lib/client/watch.js'
import type { Client, SimulatedCluster } from '../../testing/simulator/cluster.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import type { World } from '../../testing/simulator/world.js'
import type { KeyEvent } from './ledger.js'

const CALL_MS = 2500
/** What is not over, or begins anew, is tried again after so long. */
const PAUSE_MS = 50

export class Watcher {
  readonly process: SimulatedProcess<Client>
  /** What it was last told of who leads. */
  leader: string | null | undefined
  readonly #filter: { readonly topic?: string; readonly prefix?: string }
  /** Undefined until it is known where it began. */
  #start: number | undefined
  /** Of the watch that goes on, or went on last. */
  #cursor: number | null | undefined
  readonly #seen: WatchEvent[] = []

  constructor(
    private readonly world: World,
    cluster: SimulatedCluster,
    name: string,
  ) {
    const { dice } = world
    if (dice.chance(700)) this.#start = 0
    this.#filter = dice.chance(500) ? { topic: `key${dice.below(3)}.${dice.below(2)}` } : { prefix: 'key' }
    this.process = cluster.client(name, CALL_MS)
  }

  /** Goes on for as long as the world does: another life of the process takes up where the one before was. */
  run(): void {
    this.world.spawn(() => this.#always((rollcall) => this.#watch(rollcall)))
    this.world.spawn(() => this.#always((rollcall) => this.#watchLeader(rollcall)))
  }

  async #always(task: (rollcall: Rollcall) => Promise<void>): Promise<void> {
    for (;;) {
      const { running, life } = this.process
      // A task whose process dies never ends: it is left where it is.
      if (running !== undefined) await Promise.race([task(running.rollcall), this.#ended(life)])
      await this.world.sleep(PAUSE_MS)
    }
  }

  async #ended(life: SimulatedProcess['life']): Promise<void> {
    while (this.process.life === life) await this.world.sleep(PAUSE_MS)
  }

  async #watch(rollcall: Rollcall): Promise<void> {
    const from = this.#cursor ?? this.#start ?? null
    const watch = rollcall.watch('kv', { ...this.#filter, from })
    const { life } = this.process
    try {
      const begun = await watch.begin()
      if (this.process.life !== life) return
      this.#start ??= begun
      this.#cursor = from ?? begun
      for await (const event of watch) {
        if (this.process.life !== life) return
        this.#seen.push(event)
        this.#cursor = watch.cursor
        this.world.count('events watched')
      }
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      this.world.note(`${this.process.name} watches no more: ${error.message}`)
      assert.notEqual(error.label, 'COMPACTED', 'no event is forgotten in so short a story')
    }
  }

  async #watchLeader(rollcall: Rollcall): Promise<void> {
    const { life } = this.process
    for await (const leader of rollcall.watchLeader()) {
      if (this.process.life !== life) return
      this.leader = leader
      this.world.count('leaders watched')
    }
  }

  /** Has seen every event of its topic, of all that there are. */
  hasSeenAll(all: readonly KeyEvent[]): boolean {
    return this.#seen.length >= this.#wanted(all).length
  }

  /** Each once, in order. */
  verify(all: readonly KeyEvent[]): void {
    const story = `a watcher of ${JSON.stringify(this.#filter)} from ${this.#start} has seen all, once`
    assert.deepEqual(this.#seen, this.#wanted(all), story)
  }

  #wanted(all: readonly KeyEvent[]): readonly KeyEvent[] {
    const { topic } = this.#filter
    return all.filter(
      (event) => event.index > (this.#start ?? Infinity) && (topic === undefined || event.topic === topic),
    )
  }
}
