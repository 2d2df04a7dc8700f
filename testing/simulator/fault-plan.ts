/** What may go wrong in a run, and how often, drawn anew for each seed (ranges as TigerBeetle's simulator has them). */
import type { SnapshotLimits } from '../../lib/replica/snapshots/snapshotter.js'
import type { Dice } from './dice.js'
import type { NetworkFaults } from './paths.js'

export interface FaultPlan {
  /** Mean time between two faults. Virtual milliseconds. */
  readonly faultMs: number
  readonly network: NetworkFaults
  /** Each way between two processes, ten times a second. Per thousand, 0-20. */
  readonly clogPerMille: number
  /** How long a way stays clogged at most. Virtual milliseconds, up to 5,000. */
  readonly clogMsMax: number
  /** How far clocks are off at most. Parts per million; a lease is right as long as no two differ by a twentieth. */
  readonly driftPpmMax: number
  /** Of all operations of disks. Per thousand. */
  readonly diskFailPerMille: number
  readonly diskCrashPerMille: number
}

export function drawFaults(dice: Dice): FaultPlan {
  return {
    faultMs: 60 + dice.below(350),
    network: {
      meanDelayMs: 1 + dice.below(15),
      lossPerMille: dice.chance(100) ? 300 : dice.below(100),
      duplicatePerMille: dice.below(500),
    },
    clogPerMille: dice.chance(400) ? dice.below(21) : 0,
    clogMsMax: 1 + dice.below(dice.chance(300) ? 5000 : 500),
    driftPpmMax: dice.pick([0, 200, 20_000]),
    diskFailPerMille: dice.chance(300) ? 1 : 0,
    diskCrashPerMille: dice.chance(500) ? 3 : 0,
  }
}

/** So tight that a short run takes many. */
export function drawSnapshotLimits(dice: Dice): SnapshotLimits {
  return {
    entries: 20 + dice.below(41),
    size: 100_000,
    keptEntries: 5 + dice.below(16),
    keptSize: 100_000,
  }
}
