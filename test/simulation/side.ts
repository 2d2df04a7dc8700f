/** A cluster beside another one of its name, on the same name server: what befalls it, and its own clients. */
import { Faults } from '../../testing/simulator/faults.js'
import type { SimulatedNode } from '../../testing/simulator/node.js'
import type { Plan } from './plan.js'
import { ShippedClient } from './shipped-clients.js'
import type { Stage } from './stage.js'

/** Of a story with two clusters: the faults of one alone are in all other stories. */
export const PLAN: Partial<Plan> = { hasLateMember: false, loss: undefined, changeMs: undefined }

export class Side {
  readonly client: ShippedClient
  readonly faults: Faults
  /**
   * As long as all addresses are the cluster's own: plain callers know nothing of clusters, and a shipped client that
   * finds nobody of its cluster goes over to the one that has its name.
   */
  isCalled = true

  /** `isSpared`: its client, which is to remember whom it has seen. */
  constructor(
    readonly stage: Stage,
    name: string,
    isSpared: boolean,
  ) {
    const { world, cluster, starter, plan, calls, ledger } = stage
    this.client = new ShippedClient(world, cluster, ledger, name, [`thing of ${name}`])
    const spared = isSpared ? [calls.process, this.client.process] : [calls.process]
    this.faults = new Faults(world, cluster, starter, plan, new Set(spared))
  }

  begin(): void {
    const { world, clients, plan, starter } = this.stage
    starter.startDown()
    world.repeat(() => this.isCalled && clients.call(), plan.callMs)
    world.spawn(() => this.client.run(() => this.isCalled))
  }

  get acknowledged(): number {
    return this.stage.ledger.acknowledged
  }

  /** For the account of what the seeds have exercised. */
  count(what: string, times: number): void {
    for (let time = 0; time < times; time++) this.stage.world.count(what)
  }

  /**
   * All members hold what this side's clients were told, and nothing else. `nodes`: the members. Default: all there
   * are.
   */
  async verify(nodes: readonly SimulatedNode[] = this.stage.cluster.nodes): Promise<void> {
    const { stage } = this
    await stage.until('clients get their answers', () => this.client.isIdle)
    await stage.until('all apply all', () => {
      const last = Math.max(...nodes.map(({ replica }) => replica?.raft.view.lastLogIndex ?? 0))
      return nodes.every(({ replica }) => replica?.status().lastApplied === last)
    })
    for (const node of nodes) await stage.ledger.verify(node)
    stage.ledger.histories.verify()
  }
}
