import { isList, isWhole, membersOf } from '../../json.js'
import { ByTurns } from './by-turns.js'
import type { CoordinationPorts } from './ports.js'
import type { TurnsOf } from './turns.js'

/** A semaphore of the cluster, whose permits are granted in order of arrival. */
export class Semaphore extends ByTurns {
  readonly #ports: CoordinationPorts

  constructor(
    ports: CoordinationPorts,
    turns: TurnsOf,
    name: string,
    /** The number of permits. If processes differ, the last one to ask for a permit decides. */
    readonly permits: number,
  ) {
    super(turns, { object: 'semaphore', name, asked: (id) => [name, permits, id] })
    this.#ports = ports
  }

  /** How many permits are taken, and how many callers wait for one. */
  async usage(): Promise<{ readonly taken: number; readonly waiting: number }> {
    const { holders, waiting } = membersOf(await this.#ports.call('semaphore', 'state', [this.name]))
    return { taken: isList(holders) ? holders.length : 0, waiting: isWhole(waiting) ? waiting : 0 }
  }
}
