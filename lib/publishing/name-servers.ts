/**
 * The name servers as a node calls them: one at a time, the next one when it does not answer or does not lead. Names
 * are registered at all of them, so that one that was away has them again as soon as they are renewed.
 */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../defaults.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Address, Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { Connection } from '../rpc/channels/connection.js'
import type { OwnTokenSource } from '../rpc/channels/own-token.js'
import { RollcallError, UnreachableError } from '../rpc/errors.js'
import { createProxy, type Remote } from '../rpc/proxies/proxy.js'
import { formatAddress, parseHostPort } from '../rpc/uri.js'

/** One attempt's time. Registering twice does no harm, so an attempt that is over may be made again. */
const ATTEMPT_MS = 3_000

/** All processes of a cluster may start at once, the name server last: nobody needs to hear of that. */
const PATIENCE_MS = 2_000

export interface NameServersOptions {
  /** `host:port`, the port 9090 if left out. */
  readonly addresses: readonly string[]
  /** Finds more of them. Default: there are those that were given. */
  readonly discovery?: Pick<Discovery, 'nameservers'> | undefined
  /** By which this process shows itself there. Default: there is none. */
  readonly ownToken?: OwnTokenSource | undefined
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class NameServers {
  readonly api: Remote<NameServerApi> = createProxy((method, params) =>
    method === 'register' ? this.#everywhere(method, params) : this.#call(method, params),
  )
  readonly #options: NameServersOptions
  readonly #given: readonly Connection[]
  readonly #found = new Map<string, Connection>()
  #current = 0
  #awaySince: Ms | undefined
  #isMissed = false

  /** @throws InvalidParamsError when an address is none. */
  constructor(options: NameServersOptions) {
    this.#options = options
    this.#given = options.addresses.map((text) => this.#to(parseHostPort(text, NAMESERVER_PORT)))
  }

  /** Calls under way reject. */
  close(): void {
    for (const connection of [...this.#given, ...this.#found.values()]) connection.close()
  }

  #to(address: Address): Connection {
    const { transport, clock, random, logger, ownToken } = this.#options
    return new Connection({ address, transport, clock, random, logger, ownToken, isChosen: true })
  }

  /** Those that are found change. */
  get #connections(): readonly Connection[] {
    const { discovery } = this.#options
    if (discovery === undefined) return this.#given
    const there = new Map(discovery.nameservers.map((address) => [formatAddress(address), address]))
    for (const text of this.#options.addresses)
      there.delete(formatAddress(parseHostPort(text, NAMESERVER_PORT)))
    for (const [place, connection] of this.#found) if (!there.has(place)) this.#leave(place, connection)
    for (const [place, address] of there)
      if (!this.#found.has(place)) this.#found.set(place, this.#to(address))
    return [...this.#given, ...this.#found.values()]
  }

  #leave(place: string, connection: Connection): void {
    this.#found.delete(place)
    connection.close()
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
    const { length } = this.#connections
    const indexes = length === 0 ? [0] : Array.from({ length }, (_, index) => index)
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
    if (connection === undefined) throw this.#none()
    return connection.call(`${NAMESERVER_OBJECT}.${method}`, params, { timeoutMs: ATTEMPT_MS })
  }

  #none(): UnreachableError {
    const { discovery } = this.#options
    return new UnreachableError(discovery ? 'mDNS has found no name server' : 'no name server is configured')
  }

  #answered(): void {
    if (this.#isMissed) this.#options.logger.info('the name server answers again')
    this.#isMissed = false
    this.#awaySince = undefined
  }

  /** Calls that fail together turn to the next one together, not each by one more. */
  #turnFrom(index: number, error: Error): void {
    if (this.#current === index) this.#current = (index + 1) % Math.max(1, this.#connections.length)
    const now = this.#options.clock.now()
    this.#awaySince ??= now
    if (this.#isMissed || now - this.#awaySince < PATIENCE_MS) return
    this.#isMissed = true
    this.#options.logger.warn(`no name server answers; names are published when one does (${error.message})`)
  }
}

/** It has not answered, or can't grant anything now: another one may. */
function isAway(error: unknown): error is RollcallError {
  return error instanceof RollcallError && error.retry === 'elsewhere'
}
