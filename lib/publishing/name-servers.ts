/**
 * The name servers as a node calls them: one at a time, the next one when it does not answer or does not lead. Names are
 * registered at all of them, so that one that was away has them again as soon as they are renewed.
 */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../defaults.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { Connection } from '../rpc/connection.js'
import { RollcallError, UnreachableError } from '../rpc/errors.js'
import { createProxy, type Remote } from '../rpc/proxy.js'
import { parseHostPort } from '../rpc/uri.js'

/** One attempt's time. Registering twice does no harm, so an attempt that is over may be made again. */
const ATTEMPT_MS = 3_000

/** All processes of a cluster may start at once, the name server last: nobody needs to hear of that. */
const PATIENCE_MS = 2_000

export interface NameServersOptions {
  /** `host:port`, the port 9090 if left out. */
  readonly addresses: readonly string[]
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class NameServers {
  readonly api: Remote<NameServerApi> = createProxy((method, params) =>
    method === 'register' ? this.#everywhere(method, params) : this.#call(method, params),
  )
  readonly #logger: Logger
  readonly #connections: readonly Connection[]
  readonly #clock: Clock
  #current = 0
  #awaySince: Ms | undefined
  #isMissed = false

  /** @throws InvalidParamsError when an address is none. */
  constructor({ addresses, ...ports }: NameServersOptions) {
    this.#logger = ports.logger
    this.#clock = ports.clock
    this.#connections = addresses.map(
      (text) => new Connection({ address: parseHostPort(text, NAMESERVER_PORT), ...ports }),
    )
  }

  /** Calls under way reject. */
  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  async #call(method: string, params: readonly Json[]): Promise<Json> {
    const index = this.#current
    try {
      const answer = await this.#ask(index, method, params)
      this.#answered()
      return answer
    } catch (error) {
      if (isAway(error)) this.#turnFrom(index, error)
      else this.#answered()
      throw error
    }
  }

  /** One that refuses has the last word, then one that grants: of those that are away nothing is known. */
  async #everywhere(method: string, params: readonly Json[]): Promise<Json> {
    const indexes = this.#connections.length === 0 ? [0] : [...this.#connections.keys()]
    const outcomes = await Promise.allSettled(indexes.map((index) => this.#ask(index, method, params)))
    const refused = outcomes.find((outcome) => outcome.status === 'rejected' && !isAway(outcome.reason))
    const granted = outcomes.find((outcome) => outcome.status === 'fulfilled')
    const last = refused ?? granted ?? outcomes[0]
    if (refused !== undefined || granted !== undefined) this.#answered()
    if (last?.status === 'fulfilled') return last.value
    if (isAway(last?.reason)) this.#turnFrom(this.#current, last.reason)
    throw last?.reason
  }

  async #ask(index: number, method: string, params: readonly Json[]): Promise<Json> {
    const connection = this.#connections[index]
    if (connection === undefined) throw new UnreachableError('no name server is configured')
    return connection.call(`${NAMESERVER_OBJECT}.${method}`, params, { timeoutMs: ATTEMPT_MS })
  }

  #answered(): void {
    if (this.#isMissed) this.#logger.info('the name server answers again')
    this.#isMissed = false
    this.#awaySince = undefined
  }

  /** Calls that fail together turn to the next one together, not each by one more. */
  #turnFrom(index: number, error: Error): void {
    if (this.#current === index) this.#current = (index + 1) % this.#connections.length
    const now = this.#clock.now()
    this.#awaySince ??= now
    if (this.#isMissed || now - this.#awaySince < PATIENCE_MS) return
    this.#isMissed = true
    this.#logger.warn(`no name server answers; names are published when one does (${error.message})`)
  }
}

/** It has not answered, or can't grant anything now: another one may. */
function isAway(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.retry === 'elsewhere'
}
