/** Who starts the processes, again and again, on disks that are good or bad. */
import type { SimulatedCluster } from './cluster.js'
import type { SimulatedNode } from './node.js'
import type { World } from './world.js'
import type { FaultPlan } from './fault-plan.js'

export class Starter {
  /** One that the others begin without, until it first starts. */
  late: SimulatedNode | undefined

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly plan: FaultPlan,
  ) {}

  start(node: SimulatedNode): void {
    if (node === this.late) return
    node.process.diskFaults = {
      meanDelayMs: (1 + this.world.dice.below(8)) / 2,
      failPerMille: this.world.isChaotic ? this.plan.diskFailPerMille : 0,
      crashPerMille: this.world.isChaotic ? this.plan.diskCrashPerMille : 0,
      isFull: false,
    }
    node.process.start()
  }

  /** Starts who is down and may still belong to the cluster; now and then one that does not, which must not matter. */
  startDown(except?: SimulatedNode): void {
    for (const process of this.cluster.processes) if (!process.isMember) process.start()
    for (const node of this.cluster.nodes) {
      if (!node.process.isDown || node === except || node.fate === 'replaced') continue
      if (node.fate === 'member' || this.world.dice.chance(300)) this.start(node)
    }
  }

  /** It first starts after so long, which may be beyond the end of the faults. Virtual milliseconds. */
  delay(node: SimulatedNode | undefined, milliseconds: number): void {
    this.late = node
    this.world.after(milliseconds, () => (this.late = undefined))
  }
}
