/** A cluster with its clients, the world that they live in, and what is always checked: where a story is played. */
import assert from 'node:assert/strict'
import { SimulatedCluster } from '../../testing/simulator/cluster.js'
import { Invariants } from '../../testing/simulator/invariants.js'
import { World } from '../../testing/simulator/world.js'
import { Calls } from './calls.js'
import { Clients } from './clients.js'
import { Ledger } from './ledger.js'
import type { Command } from './ledger.js'
import { drawPlan } from './plan.js'
import type { Plan } from './plan.js'
import { Starter } from './starter.js'

/** How long the cluster has, at most, for each thing that it must come to without faults: virtual milliseconds. */
const CALM_MS = 6000

export class Stage {
  readonly world: World
  readonly plan: Plan
  readonly cluster: SimulatedCluster
  readonly starter: Starter
  readonly calls: Calls
  readonly ledger: Ledger
  readonly clients: Clients
  readonly #invariants: Invariants

  /** `change`: what is fixed of the plan. */
  constructor(seed: number, change: Partial<Plan> = {}) {
    const world = (this.world = new World(seed))
    const plan = (this.plan = { ...drawPlan(world.dice), ...change })
    const { snapshotLimits, readLease, driftPpmMax } = plan
    const shared = { snapshotLimits, readLease, driftPpmMax, faults: plan.network }
    const cluster = (this.cluster = new SimulatedCluster(world, { nodes: plan.members, ...shared }))
    this.starter = new Starter(world, cluster, plan)
    this.calls = new Calls(world, cluster)
    this.ledger = new Ledger(world)
    this.clients = new Clients(world, cluster, this.calls, this.ledger)
    this.#invariants = new Invariants(cluster)
  }

  /** Lets that much virtual time pass, or, at most, so many events. */
  run(ms: number, events = Infinity): Promise<void> {
    const { world } = this
    const last = world.events + events
    return world.run(
      world.now + ms,
      () => this.#invariants.check(),
      () => world.events < last,
    )
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
      last = this.ledger.begin('the last', 'counter', 'increment', [1])
      this.clients.command(serving, last)
      return false
    })
  }
}
