/**
 * What the counter may show. Each increment adds one, so every answer is a point in the history: two answers to calls
 * of which one ended before the other began must be in that order.
 */
import assert from 'node:assert/strict'
import type { World } from '../../testing/simulator/world.js'

export class CounterAccount {
  #begun = 0
  /** The highest value known to clients, from when on. */
  readonly #known: { readonly at: number; readonly value: number }[] = [{ at: 0, value: 0 }]

  constructor(private readonly world: World) {}

  begin(): void {
    this.#begun++
  }

  /** The highest value that anyone has been told. */
  get floor(): number {
    return this.#known.at(-1)?.value ?? 0
  }

  floorAt(time: number): number {
    return this.#known.findLast(({ at }) => at <= time)?.value ?? 0
  }

  /** An answer to a call that was made when at least `floor` was known. */
  take(value: unknown, floor: number, what: string): void {
    this.check(value, floor, what)
    if (typeof value === 'number' && value > this.floor) this.#known.push({ at: this.world.now, value })
  }

  /** An answer that need not be up to date. */
  check(value: unknown, least: number, what: string): void {
    const story = `${what} says ${String(value)}: at least ${least} were known, and ${this.#begun} begun`
    assert.ok(typeof value === 'number' && value >= least && value <= this.#begun, story)
  }
}
