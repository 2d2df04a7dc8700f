import { isWhole, membersOf } from '../../json.js'
import { checkOptions } from '../../rpc/options.js'
import type { AcquireOptions, CoordinationPorts } from './ports.js'
import { ACQUIRE_RULES } from './turns.js'

/** A barrier of the cluster, at which a number of parties wait for each other and pass together. */
export class Barrier {
  readonly #ports: CoordinationPorts
  readonly #ttlMs: number

  constructor(
    ports: CoordinationPorts,
    readonly name: string,
    /** How many pass together. */
    readonly parties: number,
    ttlMs: number,
  ) {
    this.#ports = ports
    this.#ttlMs = ttlMs
  }

  /**
   * Resolves once all parties wait, to the number of their passage, which is the same for all of them and higher than
   * that of the passage before. Rejects with a {@link BarrierBrokenError} if a waiting party leaves, by its `signal` or
   * because its process ended; then nobody passes, and all may come again. Waits for a party that never comes until
   * `signal` is aborted.
   */
  async wait(options: AcquireOptions = {}): Promise<number> {
    checkOptions('wait', options, ACQUIRE_RULES)
    const { Party } = await import('./party.js')
    const { name, parties } = this
    const party = new Party(this.#ports, { name, parties, ttlMs: this.#ttlMs, signal: options.signal })
    return party.wait()
  }

  /** How many parties are waiting now. */
  async waiting(): Promise<number> {
    const { waiting } = membersOf(await this.#ports.call('barrier', 'state', [this.name]))
    return isWhole(waiting) ? waiting : 0
  }
}
