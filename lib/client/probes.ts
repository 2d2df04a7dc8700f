/** Single questions to single processes, which fail at once instead of waiting for better times. */
import type { ExposedOf } from '../rpc/handing/exports.js'
import type { Json } from '../json.js'
import type { LocalNetwork } from '../discovery/local-network.js'
import { ms } from '../ports.js'
import type { Address, Clock, Logger, Random, Timer, Transport } from '../ports.js'
import { Connection } from '../rpc/channels/connection.js'
import type { OwnTokenSource } from '../rpc/channels/own-token.js'
import type { CallMeta } from '../rpc/exposed.js'
import { InternalError, TlsError, UnauthorizedError, UnreachableError } from '../rpc/errors.js'
import type { SurroundingCall, Tracing } from '../rpc/tracing.js'
import { formatAddress, parseUri, type Uri } from '../rpc/uri.js'
import { memberStatus } from './member-status.js'
import type { MemberView } from './views.js'

export interface Ports {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How an object can be called that is handed over in a call. Default: none can. */
  readonly exposedOf?: ExposedOf
  /** The call that this process serves while it makes others for it. Default: that is not known. */
  readonly surrounding?: (() => SurroundingCall | undefined) | undefined
  /** Default: no spans are gathered. */
  readonly tracing?: Tracing | undefined
  /** Default: nothing can be found on the local network. */
  readonly localNetwork?: LocalNetwork | undefined
  /** By which this process shows itself to whom it asks. Default: there is none. */
  readonly ownToken?: OwnTokenSource | undefined
  /** After so long a silence the other end of a call is asked whether it is there. Default: as a connection has it. */
  readonly heartbeatMs?: number
}

/** How long one process's answer is waited for, in milliseconds. */
export const ASK_MS = 1000
/** A connection over which nothing was asked for so long is closed: most places are asked once. */
const UNASKED_MAX_MS = 60_000
const REFUSALS_KEPT = 1_000

export class Probes {
  readonly #ports: Ports
  readonly #connections = new Map<string, Connection>()
  /** How many questions are under way, by address. */
  readonly #underWay = new Map<string, number>()
  /** Of connections over which nothing is under way, by address. */
  readonly #resting = new Map<string, Timer>()
  /** Of places with which there was no TLS when they were last asked. */
  readonly #refusals = new Map<string, TlsError>()
  #isClosed = false

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Addresses that have been asked and have not answered yet. */
  get unanswered(): readonly string[] {
    return [...this.#underWay.keys()]
  }

  /** Why there was no TLS with it when it was last asked. Undefined: there was, or it did not come to that. */
  refusalAt(address: Address): TlsError | undefined {
    return this.#refusals.get(formatAddress(address))
  }

  /** Rejects with the call's own error, or after `timeoutMs`. The next question to that address dials anew. */
  async call(
    address: Address,
    method: string,
    params: readonly Json[],
    timeoutMs: number,
    meta?: CallMeta,
  ): Promise<Json> {
    const key = formatAddress(address)
    if (this.#isClosed)
      throw new UnreachableError(`${method} at ${key}: this client is closed; the call was not sent`)
    const connection =
      this.#connections.get(key) ?? new Connection({ address, isChosen: true, ...this.#ports })
    this.#connections.set(key, connection)
    this.#count(key, 1)
    this.#refusals.delete(key)
    try {
      return await connection.call(method, params, { timeoutMs, meta })
    } catch (error) {
      if (connection.state !== 'open') this.#drop(key, connection)
      if (error instanceof TlsError) this.#refused(key, error)
      throw error
    } finally {
      this.#count(key, -1)
    }
  }

  /** More places than any cluster has come of names that lead astray. */
  #refused(key: string, error: TlsError): void {
    if (this.#refusals.size >= REFUSALS_KEPT) this.#refusals.clear()
    this.#refusals.set(key, error)
  }

  #count(key: string, by: 1 | -1): void {
    const count = (this.#underWay.get(key) ?? 0) + by
    this.#wake(key)
    if (count > 0) this.#underWay.set(key, count)
    else {
      this.#underWay.delete(key)
      this.#rest(key)
    }
  }

  #rest(key: string): void {
    const connection = this.#connections.get(key)
    if (connection === undefined) return
    const over = (): void => this.#drop(key, connection)
    this.#resting.set(key, this.#ports.clock.after(ms(UNASKED_MAX_MS), over))
  }

  #wake(key: string): void {
    this.#resting.get(key)?.cancel()
    this.#resting.delete(key)
  }

  /** Asks a member how it is. Never rejects: who can't be asked, or belongs to another cluster, is not reachable. */
  async status(member: Uri, cluster: string, timeoutMs: number): Promise<MemberView> {
    const { objectId, address } = parseUri(member)
    try {
      const status = memberStatus(await this.call(address, `${objectId}.status`, [], timeoutMs))
      if (status === undefined) throw new InternalError('it answers, but not as a member does')
      if (status.cluster === cluster) return { ...status, reachable: true }
      const reason = `it is a member of the cluster "${status.cluster}"`
      return { id: objectId, uri: member, reachable: false, reason, cluster: status.cluster }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const isRefused = error instanceof UnauthorizedError
      return { id: objectId, uri: member, reachable: false, reason, ...(isRefused && { isRefused }) }
    }
  }

  /** Questions under way are rejected, and all that are asked later. */
  close(): void {
    this.#isClosed = true
    for (const [key, connection] of this.#connections) this.#drop(key, connection)
  }

  // A connection that failed waits longer and longer before it dials again; a new one dials now.
  #drop(key: string, connection: Connection): void {
    if (this.#connections.get(key) === connection) {
      this.#connections.delete(key)
      this.#wake(key)
    }
    connection.close()
  }
}
