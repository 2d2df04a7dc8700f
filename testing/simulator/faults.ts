/**
 * What goes wrong from outside: crashes, pauses, lines that are cut, clogged or reset, clocks that are set, disks that
 * are full or slow.
 */
import type { SimulatedCluster } from './cluster.js'
import { calmDisk } from './disk-faults.js'
import { NetworkTroubles } from './network-troubles.js'
import type { SimulatedNode } from './node.js'
import type { SimulatedProcess } from './process.js'
import { PEACE } from './paths.js'
import type { World } from './world.js'
import type { FaultPlan } from './fault-plan.js'
import type { Starter } from './starter.js'

/** How long a disk stays slow, or full, at most. Virtual milliseconds. */
const SLOW_DISK_MS = 500
const FULL_DISK_MS = 2_000
/** How long a process stands still at most. Virtual milliseconds. */
const STAND_STILL_MS = 400
/** An hour. */
const STEP_MS_MAX = 3_600_000

export class Faults {
  readonly #network: NetworkTroubles

  constructor(
    private readonly world: World,
    private readonly cluster: SimulatedCluster,
    private readonly starter: Starter,
    private readonly plan: FaultPlan,
    /** Nothing befalls them: the story can't do without. */
    private readonly spared: ReadonlySet<SimulatedProcess> = new Set(),
  ) {
    this.#network = new NetworkTroubles(world, cluster)
  }

  begin(): void {
    const { world, plan } = this
    const { clogPerMille, clogMsMax, faultMs } = plan
    world.repeat(() => this.strike(), faultMs)
    if (clogPerMille > 0) world.repeat(() => this.#network.clog(clogPerMille, clogMsMax), 100)
  }

  strike(): void {
    const { dice } = this.world
    const node = this.cluster.anyone()
    if (node === undefined) return
    switch (dice.below(16)) {
      case 0:
        return node.process.crash()
      case 1:
      case 2:
      case 3:
        return this.#network.mend()
      case 4:
        return this.#network.isolate(node.process)
      case 5:
        return this.#network.divide()
      case 6:
        return this.#network.swizzle()
      case 7:
        return this.#network.reset()
      case 8:
        return node.process.pause(dice.below(STAND_STILL_MS))
      case 9:
        return this.#stepWall(node)
      case 10:
        return this.#diskTrouble(node)
      case 11:
        return this.#troubleAnother()
      default:
        return this.starter.startDown()
    }
  }

  /** The name server, or a client, dies or stands still. */
  #troubleAnother(): void {
    const { dice } = this.world
    const others = this.cluster.processes.filter((each) => !each.isMember && !this.spared.has(each))
    const other = dice.pick(others)
    if (dice.chance(300)) other?.pause(dice.below(STAND_STILL_MS))
    else other?.crash()
  }

  #stepWall({ process }: SimulatedNode): void {
    const { dice } = this.world
    process.stepWall((dice.below(2) * 2 - 1) * dice.below(STEP_MS_MAX))
  }

  /** No room left, or every operation takes its time. */
  #diskTrouble({ process }: SimulatedNode): void {
    const { dice } = this.world
    const before = process.diskFaults
    const isFull = dice.chance(500)
    this.world.count(isFull ? 'full disks' : 'slow disks')
    process.diskFaults = isFull ? { ...before, isFull } : { ...before, meanDelayMs: 20 + dice.below(100) }
    this.world.after(dice.below(isFull ? FULL_DISK_MS : SLOW_DISK_MS), () => {
      if (this.world.isChaotic) process.diskFaults = before
    })
  }

  /** All nodes start anew, on a network without faults; one may stay away. */
  end(absent: SimulatedNode | undefined): void {
    const { nodes, network } = this.cluster
    this.world.note('the faults end')
    this.world.isChaotic = false
    this.starter.late = undefined
    this.#network.end()
    network.paths.faults = PEACE
    for (const { process } of nodes) {
      process.crash()
      process.diskFaults = calmDisk
    }
    if (absent !== undefined) this.world.note(`${absent.id} stays away`)
    this.starter.startDown(absent)
  }
}
