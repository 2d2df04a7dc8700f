/**
 * One seed: parties that wait for each other by the shipped client, under every fault, and die themselves. No more pass
 * together than it takes, none before all of them have come, and when the faults are over they pass again.
 */
import assert from 'node:assert/strict'
import { BarrierBrokenError } from '../../lib/client/coordination/barrier-broken.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Client } from '../../testing/simulator/cluster.js'
import { Faults } from '../../testing/simulator/faults.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import type { SimulationOptions } from './simulation.js'
import { Stage } from './stage.js'
import { tell, type Story } from './story.js'

const CALL_MS = 1_500
const PARTIES = 3
/** One more than it takes. */
const WORKERS = 4
const PAUSE_MS = 25
/** Mean time between two ends of workers. */
const END_MS = 900
const SETTLE_MS = 30_000

/** @throws SimulationFailure */
export async function barriers(seed: number, options: SimulationOptions = {}): Promise<Story> {
  const quiet = { loss: undefined, changeMs: undefined, hasLateMember: false }
  const stage = new Stage(seed, { ...quiet, ...options.plan })
  const story = new Barriers(stage)
  return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
}

/** Those who have passed together. */
interface Passage {
  /** The wait that had begun last when the first of them heard of it. */
  readonly lastBegun: number
  readonly passed: Set<number>
}

class Barriers {
  readonly #stage: Stage
  readonly #workers: readonly SimulatedProcess<Client>[]
  /** By their numbers. */
  readonly #passages = new Map<number, Passage>()
  #waits = 0

  constructor(stage: Stage) {
    this.#stage = stage
    const { cluster } = stage
    this.#workers = Array.from({ length: WORKERS }, (_, at) => cluster.client(`worker${at + 1}`, CALL_MS))
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/party.js')
    const { world, cluster, starter, plan, calls } = this.#stage
    const faults = new Faults(world, cluster, starter, plan, new Set([calls.process, ...this.#workers]))
    starter.startDown()
    faults.begin()
    world.repeat(() => world.dice.pick(this.#workers)?.crash(), END_MS)
    for (const worker of this.#workers) world.spawn(() => this.#work(worker))
    await this.#stage.run(plan.chaosMs * 2, events)
    faults.end(undefined)
    await this.#stage.serves()
    const { size } = this.#passages
    await this.#stage.until('they pass again', () => this.#passages.size >= size + 3, SETTLE_MS)
    return this.#passages.size
  }

  /** One life after another. */
  async #work(process: SimulatedProcess<Client>): Promise<void> {
    const { world } = this.#stage
    let life: unknown
    for (;;) {
      await world.sleep(PAUSE_MS)
      if (process.isDown && !world.isChaotic) process.start()
      const { running } = process
      if (running === undefined || process.life === life) continue
      life = process.life
      world.spawn(() => this.#pass(running.rollcall))
    }
  }

  async #pass(rollcall: Rollcall): Promise<void> {
    const { world } = this.#stage
    for (let last = 0; ;) {
      await world.sleep(world.dice.delay(PAUSE_MS))
      const generation = await this.#waited(rollcall)
      if (generation === undefined) continue
      if (generation <= last) world.fail(new Error(`${generation} was passed after ${last}`))
      last = generation
    }
  }

  /** Undefined: it has not passed. */
  async #waited(rollcall: Rollcall): Promise<number | undefined> {
    const { world } = this.#stage
    const wait = (this.#waits += 1)
    try {
      const generation = await rollcall.barrier('b', PARTIES, { ttlMs: 600 }).wait()
      this.#note(generation, wait)
      return generation
    } catch (error) {
      if (error instanceof BarrierBrokenError) world.count('barriers broken')
      else if (error instanceof RollcallError) world.count('waits in vain')
      else world.fail(error)
      return undefined
    }
  }

  #note(generation: number, wait: number): void {
    const { world } = this.#stage
    const passage = this.#passages.get(generation) ?? { lastBegun: this.#waits, passed: new Set<number>() }
    this.#passages.set(generation, passage)
    passage.passed.add(wait)
    world.count('parties that have passed')
    try {
      assert.ok(passage.passed.size <= PARTIES, `${passage.passed.size} have passed as ${generation}`)
      assert.ok(wait <= passage.lastBegun, `one has passed as ${generation} before another had come`)
    } catch (error) {
      world.fail(error)
    }
  }
}
