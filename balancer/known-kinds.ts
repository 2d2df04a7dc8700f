/** Which methods of an object only read: asked of the leader, once for each that leads, in the name of each caller. */
import { readDescription, type Description } from '../lib/rpc/calling/descriptions.js'
import type { CallContext } from '../lib/rpc/exposed.js'
import type { LeaderWatch, SeenLeader } from './leader-watch.js'
import type { AllowedObjects } from './allowed-objects.js'

/** More are forgotten all together, and asked for again. */
const KINDS_KNOWN_MAX = 1_000

export class KnownKinds {
  readonly #watch: Pick<LeaderWatch, 'leader'>
  readonly #call: AllowedObjects['call']
  /** By object and token: what there is the leader may tell one caller, and another one not. */
  readonly #known = new Map<string, Description['methods']>()
  #leader: SeenLeader | undefined

  constructor(watch: Pick<LeaderWatch, 'leader'>, call: AllowedObjects['call']) {
    this.#watch = watch
    this.#call = call
  }

  /** Rejects as a call of the object does. */
  readonly of = async (object: string, context: CallContext): Promise<Description['methods']> => {
    // Another leader may run another version of the object's class.
    const { leader } = this.#watch
    if (this.#leader !== leader || this.#known.size >= KINDS_KNOWN_MAX) this.#known.clear()
    this.#leader = leader
    const key = JSON.stringify([object, context.meta.token ?? context.connection.bearer])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { methods } = readDescription(await this.#call('daemon', 'describe', [object], context))
    if (this.#leader === leader) this.#known.set(key, methods)
    return methods
  }
}
