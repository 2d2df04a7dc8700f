/** One party at a barrier, until it has passed: its place is kept up, and the passage is heard of by a watch. */
import { isWhole, membersOf, type Json } from '../../json.js'
import { InternalError } from '../../rpc/errors.js'
import type { Signal } from '../../rpc/signal.js'
import { BarrierBrokenError } from './barrier-broken.js'
import { isFinal } from './held-turn.js'
import type { CoordinationPorts } from './ports.js'
import { Told } from './told.js'

export interface PartyOptions {
  readonly name: string
  readonly parties: number
  readonly ttlMs: number
  readonly signal: Signal | undefined
}

const OBJECT = 'barrier'
/** Between two looks, as a part of the time for which a place is kept. */
const LOOKED_AFTER = 1 / 3

export class Party {
  readonly #ports: CoordinationPorts
  readonly #options: PartyOptions
  readonly #id: string

  constructor(ports: CoordinationPorts, options: PartyOptions) {
    this.#ports = ports
    this.#options = options
    this.#id = ports.random.identifier()
  }

  async wait(): Promise<number> {
    const { name, parties, ttlMs } = this.#options
    try {
      const answer = await this.#call('arrive', [name, parties, this.#id, { ttlMs }])
      return this.#generationIn(answer) ?? (await this.#passed())
    } finally {
      // It may be waited for although it has not heard so; and whoever has passed need not be told again.
      void this.#ports.call(OBJECT, 'leave', [name, this.#id]).catch(() => undefined)
    }
  }

  get #what(): string {
    return `the barrier ${JSON.stringify(this.#options.name)}`
  }

  async #passed(): Promise<number> {
    const { name, ttlMs, signal } = this.#options
    const told = new Told(this.#ports, [OBJECT, name], () => true, signal)
    try {
      await told.begin()
      for (;;) {
        const answer = await this.#place()
        if (answer === null)
          throw new BarrierBrokenError(
            `${this.#what} was broken: a party has left, or was not heard of any more`,
          )
        const generation = answer === undefined ? undefined : this.#generationIn(answer)
        if (generation !== undefined) return generation
        await told.rest(ttlMs * LOOKED_AFTER, this.#what)
      }
    } finally {
      await told.end()
    }
  }

  /** Undefined: nobody can say so now. */
  async #place(): Promise<Json | undefined> {
    const { name, signal } = this.#options
    try {
      return await this.#call('renew', [name, this.#id])
    } catch (error) {
      if (isFinal(error) || signal?.aborted === true) throw error
      return undefined
    }
  }

  /** Undefined: others are missing. */
  #generationIn(answer: Json): number | undefined {
    const { generation, missing } = membersOf(answer)
    if (isWhole(generation)) return generation
    if (isWhole(missing)) return undefined
    throw new InternalError('barrier answered, but not as a member does')
  }

  #call(method: string, params: readonly Json[]): Promise<Json> {
    const { signal } = this.#options
    return this.#ports.call(OBJECT, method, params, signal && { signal })
  }
}
