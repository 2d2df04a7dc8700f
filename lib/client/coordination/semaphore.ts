import { isList, isWhole, membersOf } from '../../json.js'
import { ByTurns } from './by-turns.js'
import type { CoordinationPorts } from './ports.js'
import type { TurnsOf } from './turns.js'

/** A semaphore of the cluster: so many at a time have a permit, in the order in which they came. */
export class Semaphore extends ByTurns {
  readonly #ports: CoordinationPorts

  constructor(
    ports: CoordinationPorts,
    turns: TurnsOf,
    name: string,
    /** How many there are, as this process has it: the last one who asks for one decides. */
    readonly permits: number,
  ) {
    super(turns, { object: 'semaphore', name, asked: (id) => [name, permits, id] })
    this.#ports = ports
  }

  /** How many permits are taken, and how many wait for one. */
  async usage(): Promise<{ readonly taken: number; readonly waiting: number }> {
    const { holders, waiting } = membersOf(await this.#ports.call('semaphore', 'state', [this.name]))
    return { taken: isList(holders) ? holders.length : 0, waiting: isWhole(waiting) ? waiting : 0 }
  }
}
