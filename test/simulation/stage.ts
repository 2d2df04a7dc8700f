/** A cluster with its clients, the world that they live in, and what is always checked: where a story is played. */
import { SimulatedCluster } from '../../testing/simulator/cluster.js'
import { CheckedRun } from '../../testing/simulator/checked-run.js'
import type { Life } from '../../testing/simulator/life.js'
import type { NodeSettings } from '../../testing/simulator/node.js'
import { Starter } from '../../testing/simulator/starter.js'
import { World } from '../../testing/simulator/world.js'
import { Calls } from './calls.js'
import { Clients } from './clients.js'
import { Ledger } from './ledger.js'
import type { Command } from './ledger.js'
import { drawPlan, drawSettings } from './plan.js'
import type { Plan } from './plan.js'

/** More than the other one's clients ever send. */
const COMMANDS_OF_A_CLUSTER = 1_000_000

export class Stage extends CheckedRun {
  readonly plan: Plan
  readonly starter: Starter
  readonly calls: Calls
  readonly ledger: Ledger
  readonly clients: Clients

  /**
   * `change`: what is fixed of the plan. `beside`: another cluster in the same world, whose commands have other
   * numbers. `guarded`: what its nodes ask for, and its callers show. Default: nothing.
   */
  constructor(
    seed: number,
    change: Partial<Plan> = {},
    beside?: Stage,
    guarded?: { readonly nodes: NodeSettings['guarded']; readonly callers: () => string },
  ) {
    const world = beside?.world ?? new World(seed)
    const plan = { ...drawPlan(world.dice), ...change }
    const { snapshotLimits, driftPpmMax } = plan
    const settings = () => drawSettings(plan, world.dice)
    const shared = { snapshotLimits, settings, driftPpmMax, guarded: guarded?.nodes, faults: plan.network }
    const cluster = new SimulatedCluster(world, {
      nodes: plan.members,
      nameServers: plan.nameServers,
      ...shared,
      beside: beside?.cluster,
    })
    super(world, cluster, beside?.check)
    this.plan = plan
    this.starter = new Starter(world, cluster, plan)
    if (plan.hasLateMember) this.starter.delay(cluster.nodes.at(-1), world.dice.below(2 * plan.chaosMs))
    this.calls = new Calls(world, cluster, guarded?.callers)
    this.ledger = new Ledger(world, beside === undefined ? 1 : COMMANDS_OF_A_CLUSTER)
    this.clients = new Clients(world, cluster, this.calls, this.ledger)
  }

  /** Of the members that run. */
  get lives(): ReadonlySet<Life> {
    return new Set(this.cluster.nodes.flatMap(({ process }) => process.life ?? []))
  }

  /**
   * Whether no member has started since it had those lives. One that has just started does not know for how long nobody
   * was there: what is to end after a while may end early then.
   */
  hasGoneOn(since: ReadonlySet<Life>): boolean {
    return [...this.lives].every((life) => since.has(life))
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
