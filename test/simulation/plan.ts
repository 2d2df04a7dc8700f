/** What one seed exercises, drawn once: each run is about a few things, and all of them together about everything. */
import type { SnapshotLimits } from '../../lib/replica/snapshotter.js'
import type { Dice } from '../../testing/simulator/dice.js'
import type { NetworkFaults } from '../../testing/simulator/paths.js'

export interface Plan {
  /** How many the cluster begins with. */
  readonly members: number
  /** One of four that first starts some time later, perhaps when the faults are over. */
  readonly hasLateMember: boolean
  /** How long the faults last. Virtual milliseconds. */
  readonly chaosMs: number
  /** Mean time between two faults, and between two calls of plain clients. Virtual milliseconds. */
  readonly faultMs: number
  readonly callMs: number
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
  /** Undefined: the default ones, which no run ever reaches. */
  readonly snapshotLimits: SnapshotLimits | undefined
  readonly readLease: boolean
  /** Mean time between two changes that an operator makes; undefined: nobody adds, removes or moves members. */
  readonly changeMs: number | undefined
  /** What one member loses: its whole folder, or some bits of it. */
  readonly loss: 'folder' | 'bits' | undefined
  /** Mean time between two hand-overs and orderly stops; undefined: there are none. */
  readonly handOverMs: number | undefined
  /** Clients that number their commands by themselves, and send them again and again. */
  readonly sessions: number
  /** Processes with the shipped client. */
  readonly shipped: number
  /** Processes with the shipped client that follow events. */
  readonly watchers: number
}

export function drawPlan(dice: Dice): Plan {
  const members = 3 + dice.below(3)
  const changes = dice.chance(400)
  return {
    members,
    hasLateMember: members === 4 && dice.chance(500),
    chaosMs: (changes ? 2000 : 1500) + dice.below(1000),
    faultMs: 60 + dice.below(changes ? 400 : 300),
    callMs: 12 + dice.below(20),
    network: {
      meanDelayMs: 1 + dice.below(15),
      lossPerMille: dice.chance(100) ? 300 : dice.below(100),
      duplicatePerMille: dice.below(500),
    },
    clogPerMille: dice.chance(400) ? dice.below(21) : 0,
    clogMsMax: 1 + dice.below(dice.chance(300) ? 5000 : 500),
    driftPpmMax: dice.pick([0, 200, 20_000]) ?? 0,
    diskFailPerMille: dice.chance(300) ? 1 : 0,
    diskCrashPerMille: dice.chance(500) ? 3 : 0,
    snapshotLimits: dice.chance(600) ? drawLimits(dice) : undefined,
    readLease: dice.chance(300),
    changeMs: changes ? 80 + dice.below(200) : undefined,
    loss: dice.chance(250) ? (dice.chance(600) ? 'folder' : 'bits') : undefined,
    handOverMs: dice.chance(400) ? 150 + dice.below(400) : undefined,
    sessions: dice.chance(400) ? 1 + dice.below(2) : 0,
    shipped: 1 + dice.below(2),
    watchers: dice.chance(500) ? 1 + dice.below(2) : 0,
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
