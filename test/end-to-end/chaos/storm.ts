/** Faults of every kind, several at once, drawn from a seed. */
import { pause } from '../../harness/cluster.js'
import { Dice } from '../../raft/dice.js'
import { rest, type Scene } from './faults/scene.js'
import type { Hand } from './hands.js'

/** A node that has ended, as the disk was full, is started again by whoever looks after it. */
const ROUND_MS = 500

export class Storm {
  readonly #scene: Scene
  /** Rejects when a fault can't be brought about, or ended. */
  readonly working: Promise<unknown>
  #isOver = false
  #end: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve))

  constructor(scene: Scene, hands: readonly Hand[], seed: number) {
    this.#scene = scene
    const striking = hands.map((hand, i) => this.#strike(hand, new Dice(seed * 31 + i)))
    this.working = Promise.all([...striking, this.#lookAfter()])
    this.working.catch(() => undefined)
  }

  /**
   * No fault begins any more. Resolves when all are over and all nodes have been started; rejects as `working` does.
   */
  async stop(): Promise<void> {
    this.#isOver = true
    this.#end()
    await this.working
    this.#startMissing()
  }

  async #strike({ pause: range, deck }: Hand, dice: Dice): Promise<void> {
    const { tally } = this.#scene
    for (;;) {
      await Promise.race([rest(range, dice), this.#ended])
      const fault = this.#isOver ? undefined : deck.deal()
      if (fault === undefined) return
      const before = tally.of(fault.kind)
      await fault.strike(this.#scene, dice)
      if (tally.of(fault.kind) === before) deck.putAside(fault)
    }
  }

  async #lookAfter(): Promise<void> {
    while (!this.#isOver) {
      this.#startMissing()
      await pause(ROUND_MS)
    }
  }

  #startMissing(): void {
    const { fleet, claims } = this.#scene
    for (const id of fleet.members) if (claims.isFree(id)) fleet.start(id)
  }
}
