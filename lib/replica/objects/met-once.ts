/**
 * The way of values into a snapshot. Two ways to one object would become two objects, and what a snapshot lost, the
 * members that start from it would lack, so that their states would part: both are refused.
 */
import type { Way } from '../../values/encoded.js'
import { UnsuitableValueError } from '../../values/unsuitable.js'

export class MetOnce implements Way {
  /** Where each object was met. */
  readonly #met = new Map<object, string>()

  enter(value: object, path: string): void {
    const before = this.#met.get(value)
    if (before !== undefined)
      throw new UnsuitableValueError(`${path} is the same object as ${before}, and would become a copy of it`)
    this.#met.set(value, path)
  }

  leave(): void {
    // It may not be met again.
  }

  /** Whoever asked for the snapshot knows better. */
  advice(): string {
    return ''
  }
}
