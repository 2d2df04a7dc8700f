/**
 * Processes with the shipped client that work on a stage, under every fault, and die themselves: what the stories of
 * coordination have in common.
 */
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Client } from '../../testing/simulator/cluster.js'
import { Faults } from '../../testing/simulator/faults.js'
import type { Life } from '../../testing/simulator/life.js'
import type { SimulatedProcess } from '../../testing/simulator/process.js'
import type { SimulationOptions } from './simulation.js'
import { Stage } from './stage.js'
import { tell, type Story } from './story.js'

/** How long a call may take. All times are virtual milliseconds. */
const CALL_MS = 1_500
/** How soon a life is seen to have begun. */
const LOOK_MS = 25
/** What befalls members for good is in other stories. */
const PLAN = { loss: undefined, changeMs: undefined, hasLateMember: false }

/** What is played with the workers of a stage, until the faults end after so many events, and beyond. */
export interface Play {
  /** Resolves to how much was acknowledged. */
  play(events: number): Promise<number>
}

/** The tale that is told by what is played on the stages of its seeds. It throws a SimulationFailure. */
export function taleOf(playOn: (stage: Stage) => Play) {
  return (seed: number, options: SimulationOptions = {}): Promise<Story> => {
    const stage = new Stage(seed, { ...PLAN, ...options.plan })
    const story = playOn(stage)
    return tell(seed, stage.world, options, () => story.play(options.events ?? Infinity))
  }
}

/** One life of a worker. */
export interface Worker {
  readonly name: string
  readonly rollcall: Rollcall
  readonly life: Life
  /** Never resolves when it dies meanwhile: what it was about to do it does no more. */
  readonly sleep: (milliseconds: number) => Promise<void>
}

export class Workers {
  readonly #stage: Stage
  readonly #endMs: number
  readonly #processes: readonly SimulatedProcess<Client>[]

  /** `endMs`: mean time between two of their ends. */
  constructor(stage: Stage, { count, endMs }: { readonly count: number; readonly endMs: number }) {
    this.#stage = stage
    this.#endMs = endMs
    this.#processes = Array.from({ length: count }, (_, at) =>
      stage.cluster.client(`worker${at + 1}`, CALL_MS),
    )
  }

  /**
   * Until the faults are over and a leader serves. `begin` is called with each life, when it begins; those that begin
   * afterwards do not end by themselves.
   */
  async work(events: number, begin: (worker: Worker) => unknown): Promise<void> {
    const { world, cluster, starter, plan, calls } = this.#stage
    const faults = new Faults(world, cluster, starter, plan, new Set([calls.process, ...this.#processes]))
    starter.startDown()
    faults.begin()
    world.repeat(() => this.any?.crash(), this.#endMs)
    for (const process of this.#processes) world.spawn(() => this.#live(process, begin))
    await this.#stage.run(plan.chaosMs * 2, events)
    faults.end(undefined)
    await this.#stage.serves()
  }

  /** Until whoever has called has heard of it, or is dead. */
  heard(): Promise<void> {
    return this.#stage.run(CALL_MS)
  }

  /** One of them, at random. */
  get any(): SimulatedProcess<Client> | undefined {
    return this.#stage.world.dice.pick(this.#processes)
  }

  /** One life after another. */
  async #live(process: SimulatedProcess<Client>, begin: (worker: Worker) => unknown): Promise<void> {
    const { world } = this.#stage
    const { name } = process
    let last: Life | undefined
    for (;;) {
      await world.sleep(LOOK_MS)
      if (process.isDown && !world.isChaotic) process.start()
      const { running, life } = process
      if (running === undefined || life === undefined || life === last) continue
      last = life
      const { rollcall } = running
      const sleep = (milliseconds: number): Promise<void> =>
        new Promise((resolve) => void life.after(milliseconds, resolve))
      world.spawn(async () => begin({ name, rollcall, life, sleep }))
    }
  }
}
