/** A cluster with its clients, the world that they live in, and what is always checked: where a story is played. */
import assert from 'node:assert/strict'
import { Calls } from './calls.js'
import { Checks } from './checks.js'
import { Clients } from './clients.js'
import { Cluster } from './cluster.js'
import { Ledger } from './ledger.js'
import type { Command } from './ledger.js'
import { drawPlan } from './plan.js'
import type { Plan } from './plan.js'
import { World } from './world.js'

/** How long the cluster has, at most, for each thing that it must come to without faults: virtual milliseconds. */
const CALM_MS = 3000

export class Stage {
  readonly world: World
  readonly plan: Plan
  readonly cluster: Cluster
  readonly calls: Calls
  readonly ledger: Ledger
  readonly clients: Clients
  readonly #checks: Checks

  /** `change`: what is fixed of the plan. */
  constructor(seed: number, change: Partial<Plan> = {}) {
    const world = (this.world = new World(seed))
    this.plan = { ...drawPlan(world.dice), ...change }
    const calls = (this.calls = new Calls(world))
    this.cluster = new Cluster(world, this.plan, (life) => calls.crashed(life))
    this.ledger = new Ledger(world)
    this.clients = new Clients(world, this.cluster, calls, this.ledger)
    this.#checks = new Checks(world, this.cluster)
  }

  /** Lets that much virtual time pass. */
  run(ms: number): Promise<void> {
    return this.world.run(this.world.now + ms, () => this.#checks.check())
  }

  /** Runs until `isSo`, which has CALM_MS to come true. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    for (const end = this.world.now + CALM_MS; !isSo();) {
      assert.ok(this.world.now < end, `${what}, within ${CALM_MS} ms without faults`)
      await this.run(20)
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
      while (!(await ask())) await this.world.sleep(20)
    })
  }

  /** Until there is a leader that commits. */
  async serves(): Promise<void> {
    await this.until('a leader serves', () => this.cluster.serving !== undefined)
    let last: Command | undefined
    await this.until('a command is acknowledged', () => {
      const { serving } = this.cluster
      if (last?.outcome?.told === 'acknowledged') return true
      const isUnderWay = last !== undefined && last.outcome === undefined
      if (serving === undefined || isUnderWay) return false
      last = this.ledger.begin('counter.increment', [1])
      this.clients.command(serving, last)
      return false
    })
  }
}
