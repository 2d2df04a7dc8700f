/** The trial's invariants, checked on every copy of the object whenever it may have changed. */
import type { Replica } from '../../lib/replica/replica.js'
import type { SimulatedCluster } from '../simulator/cluster.js'
import { SUBJECT } from './subject.js'
import type { Trial } from './trial.js'

export class Rules<Shared extends object> {
  readonly #cluster: SimulatedCluster
  readonly #trial: Pick<Trial<Shared>, 'object' | 'invariants'>
  readonly #checked = new WeakMap<Replica, number>()

  constructor(cluster: SimulatedCluster, trial: Pick<Trial<Shared>, 'object' | 'invariants'>) {
    this.#cluster = cluster
    this.#trial = trial
  }

  /** @throws Error that names the invariant, the node and the entry */
  check(): void {
    const { object, invariants } = this.#trial
    if (invariants === undefined) return
    for (const replica of this.#cluster.replicas) {
      const { lastApplied, id } = replica.raft.view
      if (this.#checked.get(replica) === lastApplied) continue
      this.#checked.set(replica, lastApplied)
      const copy = replica.machine.instanceOf(SUBJECT)
      if (!(copy instanceof object)) continue
      for (const [name, holds] of Object.entries(invariants)) {
        if (!holds(copy))
          throw new Error(`"${name}" does not hold at ${id}, after entry ${lastApplied}: ${contentOf(copy)}`)
      }
    }
  }
}

function contentOf(copy: object): string {
  const text = JSON.stringify(copy, (_key, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value] : value,
  )
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
