/** The trial's invariants, checked on every copy of the object after each command. */
import { shown } from './options.js'
import { BrokenRule, contentOf } from './subject.js'
import type { Trial } from './trial.js'

export class Rules<Shared extends object> {
  readonly #trial: Pick<Trial<Shared>, 'object' | 'invariants'>

  constructor(trial: Pick<Trial<Shared>, 'object' | 'invariants'>) {
    this.#trial = trial
  }

  /** @throws BrokenRule that names the invariant, the node and the entry: also for an invariant that throws */
  check(copy: object, where: string, call: string | undefined): void {
    const { object, invariants } = this.#trial
    if (invariants === undefined || !(copy instanceof object)) return
    for (const [name, holds] of Object.entries(invariants)) demand(name, holds, copy, where, call)
  }
}

function demand<Shared extends object>(
  name: string,
  holds: (copy: Shared) => unknown,
  copy: Shared,
  where: string,
  call: string | undefined,
): void {
  const held = asked(name, holds, copy, where, call)
  if (held === true) return
  if (held === false) throw new BrokenRule(`"${name}" does not hold ${where}: ${contentOf(copy)}`, call)
  throw new BrokenRule(`"${name}" must answer true or false, and answered ${shown(held)} ${where}`, call)
}

function asked<Shared extends object>(
  name: string,
  holds: (copy: Shared) => unknown,
  copy: Shared,
  where: string,
  call: string | undefined,
): unknown {
  try {
    return holds(copy)
  } catch (error) {
    const content = contentOf(copy)
    throw new BrokenRule(`"${name}" threw ${where}: ${String(error)}; the object is ${content}`, call, error)
  }
}
