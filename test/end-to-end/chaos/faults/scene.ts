/** What all faults share: the processes that they harm, and who may harm which. */
import { pause } from '../../../harness/cluster.js'
import type { Fleet } from '../../../harness/fleet.js'
import type { Dice } from '../../../raft/dice.js'
import type { Outages } from '../outages.js'
import type { Stage } from '../stage.js'
import type { Tally } from '../tally.js'

export interface Scene {
  readonly stage: Stage
  readonly fleet: Fleet
  readonly outages: Outages
  readonly claims: Claims
  readonly tally: Tally
  /** Puts another member in the place of one whose data folder is of no use any more. */
  readonly replace: (id: string) => Promise<void>
  /** Who leads, as far as is known. */
  readonly leader: () => string | undefined
  readonly say: (sentence: string) => void
  /** The product has done what it must not. */
  readonly accuse: (sentence: string) => void
}

/** What not every machine can do. */
export type Need = 'disks' | 'clocks'

export interface Fault {
  /** Added to the tally once it has harmed somebody. */
  readonly kind: string
  /** Without it there is no such fault. */
  readonly needs?: Need
  /** Resolves when it is over and healed, or when it found nobody to harm. The dice say whom, how, and how long. */
  readonly strike: Strike
}

export type Strike = (scene: Scene, dice: Dice) => Promise<void>

export interface Range {
  readonly least: number
  readonly most: number
}

/** Who is being harmed in a way that bears no second one at the same time. */
export class Claims {
  readonly #taken = new Set<string>()

  isFree(id: string): boolean {
    return !this.#taken.has(id)
  }

  /** While the task runs they are nobody else's. */
  async hold(ids: readonly string[], task: () => Promise<void>): Promise<void> {
    for (const id of ids) this.#taken.add(id)
    try {
      await task()
    } finally {
      for (const id of ids) this.#taken.delete(id)
    }
  }
}

export function within({ least, most }: Range, dice: Dice): number {
  return least + dice.below(most - least + 1)
}

/** So many milliseconds, drawn from the range. */
export function rest(range: Range, dice: Dice): Promise<void> {
  return pause(within(range, dice))
}

/** Any `count` that run and nobody has claimed, the leader more often than the others; fewer, if there are no more. */
export function victims({ fleet, claims, leader }: Scene, dice: Dice, count: number): readonly string[] {
  const free = fleet.running.filter((id) => claims.isFree(id))
  const leading = free.filter((id) => id === leader() && dice.below(3) === 0)
  const drawn = [...leading, ...shuffled(free, dice)]
  return [...new Set(drawn)].slice(0, count)
}

export function shuffled<T>(all: readonly T[], dice: Dice): readonly T[] {
  const left = [...all]
  return all.flatMap(() => left.splice(dice.below(left.length), 1))
}

/** Harms one that runs, if one can be claimed. */
export async function onVictim(scene: Scene, dice: Dice, harm: (id: string) => Promise<void>): Promise<void> {
  const [id] = victims(scene, dice, 1)
  if (id !== undefined) await scene.claims.hold([id], () => harm(id))
}
