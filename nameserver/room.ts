/** What one name server has room for, and what makes room in it. */
import { OverloadedError } from '../lib/rpc/errors.js'
import type { Barriers } from './barriers.js'
import { LIMITS, type Capacity } from './limits.js'
import type { Records } from './records.js'
import { withoutStack } from '../lib/without-stack.js'

/** What is to be registered. */
export interface Newcomer {
  readonly name: string
  /** The URI that is to be one of those that share the name; undefined: it is to be the name's alone. */
  readonly shared: string | undefined
  /** Its cluster has not registered the name before. */
  readonly isNewFence: boolean
}

export class Room {
  constructor(
    private readonly records: Records,
    private readonly fences: Barriers,
  ) {}

  /** Why there is none; undefined: there is. */
  lacking({ name, shared, isNewFence }: Newcomer, capacity: Capacity = LIMITS): OverloadedError | undefined {
    if (isNewFence && this.fences.size >= capacity.fences)
      return withoutStack(
        () =>
          new OverloadedError(
            `the name server holds ${capacity.fences} fences and takes no more of them: those of clusters that have not had the name ` +
              `for a day make room`,
          ),
      )
    const { places } = this.records.get(name) ?? {}
    if (places?.some(({ uri }) => shared === undefined || uri === shared) === true) return undefined
    if (places !== undefined && places.length >= LIMITS.places)
      return withoutStack(
        () => new OverloadedError(`${LIMITS.places} share the name ${name}, and no more can`),
      )
    if (this.records.places < capacity.records) return undefined
    return withoutStack(
      () =>
        new OverloadedError(
          `the name server holds ${capacity.records} names and takes no more of them: \`rollcall remove\` what nobody needs`,
        ),
    )
  }

  /** `now`: log time. `isHeld`: whether the cluster has the name. @throws OverloadedError */
  make(
    newcomer: Newcomer,
    now: number,
    isHeld: (name: string, clusterId: string) => boolean,
    capacity: Capacity,
  ): void {
    if (this.lacking(newcomer, capacity) === undefined) return
    if (this.fences.size >= capacity.fences) this.fences.forget(now - LIMITS.fenceAbsenceMs, now, isHeld)
    const lacking = this.lacking(newcomer, capacity)
    if (lacking !== undefined) throw lacking
  }
}
