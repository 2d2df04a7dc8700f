/** Who may call what of a process. */
import type { Need } from '../roles.js'
import type { ExposedMethod } from './exposed.js'

export interface Gate {
  /** The method of that full name as it is called from outside: as it is, where everybody may. */
  guarded(fullName: string, method: ExposedMethod): ExposedMethod
}

/** Methods with what the table says that they ask of their callers: one that does not stand there does not compile. */
export function withNeeds<Name extends string>(
  needs: Readonly<Record<Name, Need>>,
  methods: readonly (readonly [Name, ExposedMethod])[],
): Map<string, ExposedMethod> {
  return new Map(methods.map(([name, method]) => [name, { ...method, needs: needs[name] }]))
}
