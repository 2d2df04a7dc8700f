/** What can be held, by one at a time or by so many: what a lock and a semaphore have in common. */
import type { AcquireOptions, Held, Hold } from './ports.js'
import type { TurnObject } from './turn-calls.js'
import type { TurnsOf } from './turns.js'

export abstract class ByTurns {
  readonly #turns: TurnsOf
  readonly #turn: TurnObject

  constructor(turns: TurnsOf, turn: Pick<TurnObject, 'object' | 'name' | 'asked'>) {
    this.#turns = turns
    this.#turn = { ...turn, methods: { ask: 'acquire', release: 'release' } }
  }

  /** As the cluster knows it. */
  get name(): string {
    return this.#turn.name
  }

  /**
   * Runs the task once it is held, and gives it back when the task has ended, well or not. Resolves or rejects as the
   * task does. When it is lost meanwhile the `signal` goes off: whether to stop is the task's own affair, and what it
   * does afterwards is to be refused by its `token`.
   */
  run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    return this.#turns.during(this.#turn, task, options)
  }

  /** Resolves once it is held: `await using held = await lock.acquire()`. */
  acquire(options: AcquireOptions = {}): Promise<Hold> {
    return this.#turns.one(this.#turn, options)
  }

  /** Null, at once, where others hold it. */
  tryAcquire(): Promise<Hold | null> {
    return this.#turns.oneNow(this.#turn)
  }
}
