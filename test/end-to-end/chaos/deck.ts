/** What comes next is chance, and that each comes is not. */
import type { Dice } from '../../raft/dice.js'
import { shuffled } from './faults/scene.js'

export class Deck<T> {
  readonly #cards: readonly T[]
  readonly #dice: Dice
  #left: T[]
  readonly #aside: T[] = []

  /** Deals each kind of `cards` once at first; from then on all of them in turn, so each as often as it is there. */
  constructor(cards: readonly T[], dice: Dice) {
    this.#cards = cards
    this.#dice = dice
    this.#left = [...shuffled([...new Set(cards)], dice)]
  }

  /** The next one; undefined when there are none at all. */
  deal(): T | undefined {
    if (this.#left.length === 0) this.#left = [...this.#aside.splice(0), ...shuffled(this.#cards, this.#dice)]
    return this.#left.shift()
  }

  /** It was of no use this time: it is dealt again before all that are dealt for the next time. */
  putAside(card: T): void {
    this.#aside.push(card)
  }
}
