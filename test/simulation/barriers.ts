/**
 * One seed: parties that wait for each other by the shipped client, under every fault, and die themselves. No more pass
 * together than it takes, none before all of them have come, and when the faults are over they pass again.
 */
import assert from 'node:assert/strict'
import { BarrierBrokenError } from '../../lib/client/coordination/barrier-broken.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import { RollcallError } from '../../lib/rpc/errors.js'
import type { Stage } from './stage.js'
import { taleOf, Workers, type Play, type Worker } from './workers.js'

const PARTIES = 3
/** One more than it takes. */
const WORKERS = { count: 4, endMs: 900 }
const PAUSE_MS = 25
const SETTLE_MS = 30_000

export const barriers = taleOf((stage) => new Barriers(stage))

/** Those who have passed together. */
interface Passage {
  /** The wait that had begun last when the first of them heard of it. */
  readonly lastBegun: number
  readonly passed: Set<number>
}

class Barriers implements Play {
  readonly #stage: Stage
  /** By their numbers. */
  readonly #passages = new Map<number, Passage>()
  #waits = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async play(events: number): Promise<number> {
    // What is loaded when it is first needed comes in no time of this world.
    await import('../../lib/client/coordination/party.js')
    await new Workers(this.#stage, WORKERS).work(events, (worker) => this.#pass(worker))
    const { size } = this.#passages
    await this.#stage.until('they pass again', () => this.#passages.size >= size + 3, SETTLE_MS)
    return this.#passages.size
  }

  async #pass({ rollcall, sleep }: Worker): Promise<void> {
    const { dice } = this.#stage.world
    for (let last = 0; ;) {
      await sleep(dice.delay(PAUSE_MS))
      const generation = await this.#waited(rollcall)
      if (generation === undefined) continue
      assert.ok(generation > last, `${generation} was passed after ${last}`)
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
      else throw error
      return undefined
    }
  }

  #note(generation: number, wait: number): void {
    const passage = this.#passages.get(generation) ?? { lastBegun: this.#waits, passed: new Set<number>() }
    this.#passages.set(generation, passage)
    passage.passed.add(wait)
    this.#stage.world.count('parties that have passed')
    assert.ok(passage.passed.size <= PARTIES, `${passage.passed.size} have passed as ${generation}`)
    assert.ok(wait <= passage.lastBegun, `one has passed as ${generation} before another had come`)
  }
}
