/** What one seed exercises, drawn once: each run is about a few things, and all of them together about everything. */
import type { SnapshotLimits } from '../../lib/replica/snapshotter.js'
import type { Dice } from './world.js'

export interface Plan {
  /** How many the cluster begins with. */
  readonly members: number
  /** One of four that first starts some time later, perhaps when the faults are over. */
  readonly hasLateMember: boolean
  /** How long the faults last. Virtual milliseconds. */
  readonly chaosMs: number
  /** Mean time between two faults, and between two calls of clients. Virtual milliseconds. */
  readonly faultMs: number
  readonly callMs: number
  /** Undefined: the default ones, which no run ever reaches. */
  readonly snapshotLimits: SnapshotLimits | undefined
  readonly readLease: boolean
  /** Mean time between two changes that an operator makes; undefined: nobody adds, removes or moves members. */
  readonly changeMs: number | undefined
  /** One member loses its folder, and comes back under its id with a new one. */
  readonly wipes: boolean
  /** Mean time between two hand-overs and orderly stops; undefined: there are none. */
  readonly handOverMs: number | undefined
  readonly sessions: number
  readonly watchers: number
}

export function drawPlan(dice: Dice): Plan {
  const members = 3 + dice.below(3)
  const changes = dice.chance(400)
  return {
    members,
    hasLateMember: members === 4 && dice.chance(500),
    chaosMs: changes ? 1300 : 800,
    faultMs: 50 + dice.below(changes ? 400 : 250),
    callMs: 10 + dice.below(15),
    snapshotLimits: dice.chance(600) ? drawLimits(dice) : undefined,
    readLease: dice.chance(300),
    changeMs: changes ? 60 + dice.below(150) : undefined,
    wipes: dice.chance(250),
    handOverMs: dice.chance(400) ? 100 + dice.below(300) : undefined,
    sessions: dice.chance(500) ? 1 + dice.below(3) : 0,
    watchers: dice.chance(500) ? 1 + dice.below(3) : 0,
  }
}

function drawLimits(dice: Dice): SnapshotLimits {
  return {
    entries: 20 + dice.below(41),
    size: 100_000,
    keptEntries: 5 + dice.below(16),
    keptSize: 100_000,
  }
}
