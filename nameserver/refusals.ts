/**
 * What finds no room is refused before it comes into the log, which would grow by it without end. Once a second one
 * goes there all the same: with it time goes on for the registry, and what is over makes room.
 */
import type { Json } from '../lib/json.js'
import type { Clock } from '../lib/ports.js'
import type { Registry } from './registry.js'

const PAUSE_MS = 1_000

export class Refusals {
  #nextAt = -Infinity

  constructor(
    private readonly clock: Clock,
    private readonly registry: () => Pick<Registry, 'shortage'>,
  ) {}

  /** `params`: of `register`. @throws OverloadedError, and what it throws for params that are wrong */
  check([name, uri, options]: readonly Json[]): void {
    const shortage = this.registry().shortage(name, uri, options)
    if (shortage === undefined) return
    const now = this.clock.now()
    if (now < this.#nextAt) throw shortage
    this.#nextAt = now + PAUSE_MS
  }
}
