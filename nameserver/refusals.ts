/**
 * What would be refused is refused before it comes into the log, which would grow by it without end: what finds no
 * room, and what somebody else has. Of the former one a second goes there all the same: with it time goes on for the
 * registry, and what is over makes room.
 */
import type { Json } from '../lib/json.js'
import type { Clock } from '../lib/ports.js'
import type { Registry } from './registry.js'

const PAUSE_MS = 1_000

export interface RefusalsOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly registry: () => Pick<Registry, 'refusal'>
  /** Whether all that was ever answered is in the registry: it is not before a leader has caught up with its log. */
  readonly isCurrent: () => boolean
}

export class Refusals {
  readonly #options: RefusalsOptions
  #nextAt = -Infinity
  /** How many commands of each name have no answer yet. */
  readonly #underWay = new Map<Json | undefined, number>()

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  /**
   * `params`: of `register`. `isBehind`: it comes behind others of one message, which are to be executed before it.
   * @throws NameTakenError, StaleTermError, OverloadedError, and what it throws for params that are wrong
   */
  check([name, uri, options]: readonly Json[], isBehind = false): void {
    const { objection, shortage } = this.#options.registry().refusal(name, uri, options)
    if (objection !== undefined && this.#isSettled(name, isBehind)) throw objection
    if (shortage === undefined) return
    const now = this.#options.clock.now()
    if (now < this.#nextAt) throw shortage
    this.#nextAt = now + PAUSE_MS
  }

  /** Of a command of the name, which may give it to another or make it free. */
  async during<T>(name: Json | undefined, run: () => T | Promise<T>): Promise<T> {
    this.#count(name, 1)
    try {
      return await run()
    } finally {
      this.#count(name, -1)
    }
  }

  /** What is under way may change who has the name before this call comes in: then the log decides. */
  #isSettled(name: Json | undefined, isBehind: boolean): boolean {
    return !isBehind && !this.#underWay.has(name) && this.#options.isCurrent()
  }

  #count(name: Json | undefined, by: 1 | -1): void {
    const count = (this.#underWay.get(name) ?? 0) + by
    if (count === 0) this.#underWay.delete(name)
    else this.#underWay.set(name, count)
  }
}
