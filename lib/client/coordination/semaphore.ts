import type { AcquireOptions, CoordinationPorts, Held, Hold } from './ports.js'
import type { TurnObject } from './turn-calls.js'
import type { TurnsOf } from './turns.js'
import { isList, isWhole, membersOf } from '../../json.js'

/** A semaphore of the cluster: so many at a time have a permit, in the order in which they came. */
export class Semaphore {
  readonly #ports: CoordinationPorts
  readonly #turns: TurnsOf
  readonly #turn: TurnObject

  constructor(
    ports: CoordinationPorts,
    turns: TurnsOf,
    readonly name: string,
    /** How many there are, as this process has it: the last one who asks for one decides. */
    readonly permits: number,
  ) {
    this.#ports = ports
    this.#turns = turns
    const methods = { ask: 'acquire', release: 'release' }
    this.#turn = { object: 'semaphore', name, methods, asked: (id) => [name, permits, id] }
  }

  /** As of a lock. */
  run<T>(task: (held: Held) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    return this.#turns.during(this.#turn, task, options)
  }

  /** Resolves once a permit is held. */
  acquire(options: AcquireOptions = {}): Promise<Hold> {
    return this.#turns.one(this.#turn, options)
  }

  /** Null, at once, where all permits are taken. */
  tryAcquire(): Promise<Hold | null> {
    return this.#turns.oneNow(this.#turn)
  }

  /** How many permits are taken, and how many wait for one. */
  async usage(): Promise<{ readonly taken: number; readonly waiting: number }> {
    const { holders, waiting } = membersOf(await this.#ports.call('semaphore', 'state', [this.name]))
    return { taken: isList(holders) ? holders.length : 0, waiting: isWhole(waiting) ? waiting : 0 }
  }
}
