/**
 * The name servers as a node calls them: one at a time, the next one when it does not answer. Names are registered at
 * all of them, so that one that was away has them again as soon as they are renewed; of a group the leader takes them.
 */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../defaults.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Address, Clock, Logger, Ms, Random, Transport } from '../ports.js'
import type { Connection } from '../rpc/channels/connection.js'
import type { OwnTokenSource } from '../rpc/channels/own-token.js'
import { RollcallError, UnreachableError } from '../rpc/errors.js'
import type { CallMeta } from '../rpc/exposed.js'
import { createProxy, type Remote } from '../rpc/proxies/proxy.js'
import { formatAddress, parseHostPort } from '../rpc/uri.js'
import { NameServerGroup } from './name-server-group.js'
import { serverConnection } from './server-connection.js'

/** One attempt's time. Registering twice does no harm, so an attempt that is over may be made again. */
const ATTEMPT_MS = 3_000

/** No worse than the leader's word, by whoever is asked. */
const AT_ANY: CallMeta = { consistency: 'follower' }

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
  readonly #group: NameServerGroup
  readonly #known = new Map<string, Connection>()
  /** The one to ask first, while it is known. */
  #first: string | undefined
  #awaySince: Ms | undefined
  #isMissed = false
  #isClosed = false

  /** @throws InvalidParamsError when an address is none. */
  constructor(options: NameServersOptions) {
    this.#options = options
    const { addresses, discovery, clock } = options
    const given = addresses.map((text) => parseHostPort(text, NAMESERVER_PORT))
    this.#group = new NameServerGroup({ given, discovery, clock })
  }

  /** Calls under way reject, and those that follow. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#known.values()) connection.close()
  }

  /** By their places; who they are changes. Those first that are to be asked first. */
  get #connections(): readonly (readonly [Address, Connection])[] {
    if (this.#isClosed) return []
    const there = new Map(this.#group.all.map((address) => [formatAddress(address), address]))
    for (const [place, connection] of this.#known) if (!there.has(place)) this.#leave(place, connection)
    const all = [...there].map(([place, address]) => [address, this.#to(place, address)] as const)
    const at = all.findIndex(([address]) => formatAddress(address) === this.#first)
    return at > 0 ? [...all.slice(at), ...all.slice(0, at)] : all
  }

  #to(place: string, address: Address): Connection {
    const known = this.#known.get(place)
    if (known !== undefined) return known
    const connection = serverConnection(this.#group, address, this.#options)
    this.#known.set(place, connection)
    return connection
  }

  #leave(place: string, connection: Connection): void {
    this.#known.delete(place)
    connection.close()
  }

  /** Another one that answers is asked first from then on. */
  async #call(method: string, params: readonly Json[]): Promise<Json> {
    let away: RollcallError = this.#none()
    for (const [address, connection] of this.#connections) {
      try {
        const answer = await this.#ask(address, connection, method, params)
        this.#answered(address)
        return answer
      } catch (error) {
        if (!isAway(error)) {
          this.#answered(address)
          throw error
        }
        away = error
      }
    }
    this.#missed(away)
    throw away
  }

  /** One that refuses has the last word, then one that grants: of those that are away nothing is known. */
  async #everywhere(method: string, params: readonly Json[]): Promise<Json> {
    const all = this.#connections
    const outcomes = await Promise.allSettled(
      all.map(([address, connection]) => this.#ask(address, connection, method, params)),
    )
    const refused = outcomes.find((outcome) => outcome.status === 'rejected' && !isAway(outcome.reason))
    const granted = outcomes.find((outcome) => outcome.status === 'fulfilled')
    const last = refused ?? granted ?? outcomes[0] ?? { status: 'rejected', reason: this.#none() }
    if (refused !== undefined || granted !== undefined) this.#answered()
    if (last.status === 'fulfilled') return last.value
    if (isAway(last.reason)) this.#missed(last.reason)
    throw last.reason
  }

  /** What is only read any one of a group can say. */
  async #ask(
    address: Address,
    connection: Connection,
    method: string,
    params: readonly Json[],
  ): Promise<Json> {
    const meta = method === 'register' ? undefined : AT_ANY
    const call = `${NAMESERVER_OBJECT}.${method}`
    const attempt = connection.call(call, params, { timeoutMs: ATTEMPT_MS, meta })
    const answer = await attempt.catch((error: unknown) => {
      if (error instanceof UnreachableError) this.#group.failed(address)
      throw error
    })
    this.#group.refresh((asked, given) => connection.call(asked, given, { timeoutMs: ATTEMPT_MS }), address)
    return answer
  }

  #none(): UnreachableError {
    const { discovery } = this.#options
    return new UnreachableError(discovery ? 'mDNS has found no name server' : 'no name server is configured')
  }

  #answered(first?: Address): void {
    if (first !== undefined) this.#first = formatAddress(first)
    if (this.#isMissed) this.#options.logger.info('the name server answers again')
    this.#isMissed = false
    this.#awaySince = undefined
  }

  #missed(error: Error): void {
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
