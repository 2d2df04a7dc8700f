import { isWhole, membersOf } from '../../json.js'
import type { AcquireOptions, CoordinationPorts, Held, Hold } from './ports.js'
import type { TurnObject } from './turn-calls.js'
import type { TurnsOf } from './turns.js'

/** A lock of the cluster: one at a time holds it, in the order in which they came. Making it calls nobody. */
export class Lock {
  readonly #ports: CoordinationPorts
  readonly #turns: TurnsOf
  readonly #turn: TurnObject

  constructor(
    ports: CoordinationPorts,
    turns: TurnsOf,
    readonly name: string,
  ) {
    this.#ports = ports
    this.#turns = turns
    const methods = { ask: 'acquire', release: 'release' }
    this.#turn = { object: 'lock', name, methods, asked: (id) => [name, id] }
  }

  /**
   * Runs the task once the lock is held, and gives it back when the task has ended, well or not. Resolves or rejects as
   * the task does. When the lock is lost meanwhile the `signal` goes off: whether to stop is the task's own affair, and
   * what it does afterwards is to be refused by its `token`.
   */
  run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    return this.#turns.during(this.#turn, task, options)
  }

  /** Resolves once the lock is held: `await using held = await lock.acquire()`. */
  acquire(options: AcquireOptions = {}): Promise<Hold> {
    return this.#turns.one(this.#turn, options)
  }

  /** Null, at once, where another one holds it. */
  tryAcquire(): Promise<Hold | null> {
    return this.#turns.oneNow(this.#turn)
  }

  /** Who holds it, by an id of this acquisition, and how many wait. Null: nobody does. */
  async holder(): Promise<{
    readonly holder: string
    readonly token: number
    readonly waiting: number
  } | null> {
    const { holder, token, waiting } = membersOf(await this.#ports.call('lock', 'holder', [this.name]))
    if (typeof holder !== 'string' || !isWhole(token) || !isWhole(waiting)) return null
    return { holder, token, waiting }
  }
}
