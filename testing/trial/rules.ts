/** The trial's invariants, checked on every copy of the object whenever it may have changed. */
import type { Replica } from '../../lib/replica/replica.js'
import type { SimulatedCluster } from '../simulator/cluster.js'
import { shown } from './options.js'
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

  /** @throws Error that names the invariant, the node and the entry: also for an invariant that throws */
  check(): void {
    const { object, invariants } = this.#trial
    if (invariants === undefined) return
    for (const replica of this.#cluster.replicas) {
      const { lastApplied, id } = replica.raft.view
      if (this.#checked.get(replica) === lastApplied) continue
      this.#checked.set(replica, lastApplied)
      const copy = replica.machine.instanceOf(SUBJECT)
      if (!(copy instanceof object)) continue
      for (const [name, holds] of Object.entries(invariants))
        demand(name, holds, copy, `at ${id}, after entry ${lastApplied}`)
    }
  }
}

function demand<Shared extends object>(
  name: string,
  holds: (copy: Shared) => unknown,
  copy: Shared,
  where: string,
): void {
  const held = asked(name, holds, copy, where)
  if (held === true) return
  if (held === false) throw new Error(`"${name}" does not hold ${where}: ${contentOf(copy)}`)
  throw new TypeError(`"${name}" must answer true or false, and answered ${shown(held)} ${where}`)
}

function asked<Shared extends object>(
  name: string,
  holds: (copy: Shared) => unknown,
  copy: Shared,
  where: string,
): unknown {
  try {
    return holds(copy)
  } catch (error) {
    throw new Error(`"${name}" threw ${where}: ${String(error)}; the object is ${contentOf(copy)}`, {
      cause: error,
    })
  }
}

function contentOf(copy: object): string {
  try {
    const text = JSON.stringify(copy, (_key, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    )
    return text.length > 300 ? `${text.slice(0, 300)}…` : text
  } catch (error) {
    return `(not shown: ${String(error)})`
  }
}
