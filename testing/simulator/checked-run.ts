/** Lets virtual time pass over a cluster, with what must always hold checked after every event. */
import type { SimulatedCluster } from './cluster.js'
import { Invariants } from './invariants.js'
import type { World } from './world.js'

/** How long the cluster has, at most, for each thing that it must come to without faults. Virtual milliseconds. */
const CALM_MS = 6000
const LOOK_MS = 20

export class CheckedRun {
  /** All that must hold after every event. @throws what is wrong */
  readonly check: () => void

  /** `rules`: what must hold beside Raft's own invariants; throws what is wrong. */
  constructor(
    readonly world: World,
    readonly cluster: SimulatedCluster,
    rules: () => void = () => undefined,
  ) {
    const invariants = new Invariants(cluster)
    this.check = () => {
      invariants.check()
      rules()
    }
  }

  /** Lets so many milliseconds pass or, at most, so many events. @throws what is wrong */
  run(milliseconds: number, events = Infinity): Promise<void> {
    const { world } = this
    const last = world.events + events
    return world.run(world.now + milliseconds, this.check, () => world.events < last)
  }

  /** Runs until `isSo`. @throws Error, with `what`, when it has not come true `withinMs` */
  async until(what: string, isSo: () => boolean, withinMs = CALM_MS): Promise<void> {
    for (const end = this.world.now + withinMs; !isSo();) {
      if (this.world.now >= end) throw new Error(`not within ${withinMs} ms without faults: ${what}`)
      await this.run(LOOK_MS)
    }
  }

  /** Runs until the task is done. */
  async done(what: string, task: () => Promise<void>): Promise<void> {
    let isDone = false
    this.world.spawn(async () => {
      await task()
      isDone = true
    })
    await this.until(what, () => isDone)
  }

  /** Asks again and again until the answer is yes. */
  async achieve(what: string, ask: () => Promise<boolean>): Promise<void> {
    await this.done(what, async () => {
      while (!(await ask())) await this.world.sleep(LOOK_MS)
    })
  }
}
