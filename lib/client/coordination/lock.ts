import { isWhole, membersOf } from '../../json.js'
import { ByTurns } from './by-turns.js'
import type { CoordinationPorts } from './ports.js'
import type { TurnsOf } from './turns.js'

/** A lock of the cluster: one at a time holds it, in the order in which they came. Making it calls nobody. */
export class Lock extends ByTurns {
  readonly #ports: CoordinationPorts

  constructor(ports: CoordinationPorts, turns: TurnsOf, name: string) {
    super(turns, { object: 'lock', name, asked: (id) => [name, id] })
    this.#ports = ports
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
