/**
 * What would be refused is refused before it comes into the log, which would grow by it without end: what finds no
 * room, and what somebody else has. Of the former one a second goes there all the same: with it time goes on for the
 * registry, and what is over makes room.
 */
import type { Json } from '../lib/json.js'
import type { Clock } from '../lib/ports.js'
import type { Refusal } from './live-names.js'
import type { Registry } from './registry.js'

const PAUSE_MS = 1_000

export interface RefusalsOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly registry: () => Pick<Registry, 'refusal'>
}

/** One registration that is asked for. */
export interface Asked {
  /** Of `register`. */
  readonly params: readonly Json[]
  /** Resolves once all that was answered before is in the registry here; rejects where nobody can tell. */
  readonly caughtUp: () => Promise<unknown>
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
   * Undefined: it may come into the log, in this turn. Else it may once what is returned has resolved; that rejects
   * with why it is refused, or with what `caughtUp` does.
   * @throws OverloadedError, and what it throws for params that are wrong
   */
  check(asked: Asked): Promise<void> | undefined {
    const { objection, shortage } = this.#refusal(asked)
    if (objection !== undefined && this.#isSettled(asked)) return this.#refuse(asked)
    if (shortage === undefined) return undefined
    const now = this.#options.clock.now()
    if (now < this.#nextAt) throw shortage
    this.#nextAt = now + PAUSE_MS
    return undefined
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

  /** Another member may lead by now, and have taken the name from whoever has it here. */
  async #refuse(asked: Asked): Promise<void> {
    await asked.caughtUp()
    const { objection } = this.#refusal(asked)
    if (objection !== undefined && this.#isSettled(asked)) throw objection
  }

  #refusal({ params: [name, uri, options] }: Asked): Refusal {
    return this.#options.registry().refusal(name, uri, options)
  }

  /** What is under way may change who has the name before this call comes in: then the log decides. */
  #isSettled({ params: [name] }: Asked): boolean {
    return !this.#underWay.has(name)
  }

  #count(name: Json | undefined, by: 1 | -1): void {
    const count = (this.#underWay.get(name) ?? 0) + by
    if (count === 0) this.#underWay.delete(name)
    else this.#underWay.set(name, count)
  }
}
