import { isWhole } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import type { Rules } from '../../rpc/options.js'
import type { CoordinationPorts } from './ports.js'
import { wholeIn } from './rules.js'

/** How ids are reserved. */
export interface IdOptions {
  /** How many to reserve at a time, 1 to 1,000,000. Those left over when a process ends are skipped. Default 100. */
  readonly block?: number | undefined
}

export const ID_RULES: Rules<IdOptions> = { block: wholeIn(1, 1_000_000) }

/** Ids of the cluster: whole numbers from 1, each handed out once, whatever fails. */
export class IdGenerator {
  readonly #ports: CoordinationPorts
  readonly #block: number
  #next = 1
  /** Of those that are reserved. */
  #last = 0
  #reserving: Promise<void> | undefined

  constructor(
    ports: CoordinationPorts,
    readonly name: string,
    { block = 100 }: IdOptions,
  ) {
    this.#ports = ports
    this.#block = block
  }

  /** The next id: higher than all that this object has returned before. Those of different processes interleave. */
  async next(): Promise<number> {
    while (this.#next > this.#last) await (this.#reserving ??= this.#reserve())
    return this.#next++
  }

  async #reserve(): Promise<void> {
    try {
      const first = await this.#ports.call('idGenerator', 'reserve', [this.name, this.#block])
      if (!isWhole(first)) throw new InternalError('idGenerator.reserve answered, but not as a member does')
      this.#next = first
      this.#last = first + this.#block - 1
    } finally {
      this.#reserving = undefined
    }
  }
}
