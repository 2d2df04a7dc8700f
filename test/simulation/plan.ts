/** What one seed exercises, drawn once: each run is about a few things, and all of them together about everything. */
import type { GivenSettings } from '../../lib/member-settings.js'
import type { SnapshotLimits } from '../../lib/replica/snapshots/snapshotter.js'
import type { Dice } from '../../testing/simulator/dice.js'
import { drawFaults, drawSnapshotLimits } from '../../testing/simulator/fault-plan.js'
import type { FaultPlan } from '../../testing/simulator/fault-plan.js'

export interface Plan extends FaultPlan {
  /** How many the cluster begins with. */
  readonly members: number
  /** One of four that first starts some time later, perhaps when the faults are over. */
  readonly hasLateMember: boolean
  /** How long the faults last. Virtual milliseconds. */
  readonly chaosMs: number
  /** Mean time between two calls of plain clients. Virtual milliseconds. */
  readonly callMs: number
  /** Undefined: the default ones, which no run ever reaches. */
  readonly snapshotLimits: SnapshotLimits | undefined
  readonly readLease: boolean
  /** Each node's election timeout, and whether it has leases on, are drawn anew at each of its starts. */
  readonly hasUnequalSettings: boolean
  /** Mean time between two changes that an operator makes; undefined: nobody adds, removes or moves members. */
  readonly changeMs: number | undefined
  /** What one member loses: its whole folder, some bits of it, or what is newer than a copy that is put back. */
  readonly loss: 'folder' | 'bits' | 'news' | undefined
  /** Mean time between two hand-overs and orderly stops; undefined: there are none. */
  readonly handOverMs: number | undefined
  /** Clients that number their commands by themselves, and send them again and again. */
  readonly sessions: number
  /** Processes with the shipped client. */
  readonly shipped: number
  /** Processes with the shipped client that follow events. */
  readonly watchers: number
  /** How many name servers, of one group. */
  readonly nameServers: number
}

export function drawPlan(dice: Dice): Plan {
  const members = 3 + dice.below(3)
  const changes = dice.chance(400)
  return {
    members,
    hasLateMember: members === 4 && dice.chance(500),
    chaosMs: (changes ? 2000 : 1500) + dice.below(1000),
    callMs: 12 + dice.below(20),
    ...drawFaults(dice),
    snapshotLimits: dice.chance(600) ? drawSnapshotLimits(dice) : undefined,
    readLease: dice.chance(300),
    hasUnequalSettings: dice.chance(200),
    changeMs: changes ? 80 + dice.below(200) : undefined,
    loss: drawLoss(dice),
    handOverMs: dice.chance(400) ? 150 + dice.below(400) : undefined,
    sessions: dice.chance(400) ? 1 + dice.below(2) : 0,
    shipped: 1 + dice.below(2),
    watchers: dice.chance(500) ? 1 + dice.below(2) : 0,
    nameServers: 1,
  }
}

function drawLoss(dice: Dice): Plan['loss'] {
  if (dice.chance(150)) return 'news'
  if (!dice.chance(250)) return undefined
  return dice.chance(600) ? 'folder' : 'bits'
}

/** So far apart that whoever waits for the longer one would rest on a lease when the others have elected another. */
const TIMEOUTS = [
  { min: 150, max: 300 },
  { min: 600, max: 1200 },
]

/** What one start of one node is given. */
export function drawSettings({ readLease, hasUnequalSettings }: Plan, dice: Dice): GivenSettings {
  if (!hasUnequalSettings) return { readLease }
  return { readLease: dice.chance(800), electionTimeout: dice.pick(TIMEOUTS) }
}
