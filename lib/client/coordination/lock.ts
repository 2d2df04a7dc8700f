import { isWhole, membersOf } from '../../json.js'
import { ByTurns } from './by-turns.js'
import type { CoordinationPorts } from './ports.js'
import type { TurnsOf } from './turns.js'

/** A lock of the cluster, with one holder at a time, granted in order of arrival. Making it sends nothing. */
export class Lock extends ByTurns {
  readonly #ports: CoordinationPorts

  constructor(ports: CoordinationPorts, turns: TurnsOf, name: string) {
    super(turns, { object: 'lock', name, asked: (id) => [name, id] })
    this.#ports = ports
  }

  /** The current holder, by an id of its acquisition, and how many wait. Null: it is free. */
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
