/** What locks and semaphores have in common: they are held by one or several at a time. */
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

  /** Its name in the cluster. */
  get name(): string {
    return this.#turn.name
  }

  /**
   * Acquires it, runs the task, and releases it when the task has ended, successfully or not. Settles as the task does.
   * If it is lost in the meantime the task's `signal` is aborted; whether to stop is up to the task, and whatever it
   * still does should be refused by its `token`.
   */
  run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    return this.#turns.during(this.#turn, task, options)
  }

  /** Resolves once it is acquired: `await using held = await lock.acquire()`. */
  acquire(options: AcquireOptions = {}): Promise<Hold> {
    return this.#turns.one(this.#turn, options)
  }

  /** Acquires it if it is free, else resolves to null at once. */
  tryAcquire(): Promise<Hold | null> {
    return this.#turns.oneNow(this.#turn)
  }
}
