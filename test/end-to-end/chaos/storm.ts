/** Faults of every kind, several at once, drawn from a seed. */
import { pause } from '../../harness/cluster.js'
import { Dice } from '../../raft/dice.js'
import { jump } from './faults/clocks.js'
import { flip, tear } from './faults/damage.js'
import { fill, freeze } from './faults/disks.js'
import { cutOneWay, cutOthers, cutPair, isolate, slow, split } from './faults/links.js'
import { kill, killAll, nameServer, restartStorm, suspend, suspendHalf } from './faults/processes.js'
import { rest, type Fault, type Range, type Scene } from './faults/scene.js'

interface Hand {
  /** Milliseconds between two faults. */
  readonly pause: Range
  /** Each as likely as it is often here. */
  readonly faults: readonly Fault[]
}

/**
 * Each does one fault after another; between them they leave a majority most of the time, and never take it for more than
 * some seconds.
 */
const HANDS: readonly Hand[] = [
  {
    pause: { least: 200, most: 2500 },
    faults: [kill, kill, kill, suspend, suspend, restartStorm, flip, flip, tear],
  },
  { pause: { least: 500, most: 4000 }, faults: [cutOneWay, cutPair, isolate, cutOthers, slow, slow] },
  { pause: { least: 500, most: 4000 }, faults: [freeze, freeze, fill, jump, nameServer] },
  { pause: { least: 4000, most: 10_000 }, faults: [killAll, suspendHalf, suspendHalf, split] },
]
/** A node that has ended, as the disk was full, is started again by whoever looks after it. */
const ROUND_MS = 500

export class Storm {
  readonly #scene: Scene
  /** Rejects when a fault can't be brought about, or ended. */
  readonly working: Promise<unknown>
  #isOver = false
  #end: () => void = () => undefined
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve))

  constructor(scene: Scene, seed: number) {
    this.#scene = scene
    const hands = HANDS.map((hand, i) => this.#strike(hand, new Dice(seed * 31 + i)))
    this.working = Promise.all([...hands, this.#lookAfter()])
    this.working.catch(() => undefined)
  }

  /** No fault begins any more. Resolves when all are over and all nodes have been started; rejects as `working` does. */
  async stop(): Promise<void> {
    this.#isOver = true
    this.#end()
    await this.working
    this.#startMissing()
  }

  async #strike({ pause: range, faults }: Hand, dice: Dice): Promise<void> {
    for (;;) {
      await Promise.race([rest(range, dice), this.#ended])
      if (this.#isOver) return
      await dice.pick(faults)(this.#scene, dice)
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
