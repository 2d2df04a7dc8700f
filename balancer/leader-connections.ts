/**
 * The connections to the leader. A member reads 1,024 calls of one connection at a time and no further, so the clients'
 * calls are spread over several; one client's calls stay on one while any of them is under way, which keeps their order.
 */
import type { Json } from '../lib/json.js'
import type { Address } from '../lib/ports.js'
import { Connection, type CallOptions } from '../lib/rpc/connection.js'
import { OverloadedError, UnreachableError } from '../lib/rpc/errors.js'
import type { Greeting } from '../lib/rpc/route.js'
import { formatAddress } from '../lib/rpc/uri.js'
import type { Ports } from '../lib/client/probes.js'

const GROUPS_MAX = 16
/** Below a member's own limit, so that the pings of a connection are always read. */
const GROUP_CALLS_MAX = 1000
/** Who can't be connected to within this does not lead as far as callers are concerned. */
const CONNECT_MS = 1000

/** Clients that share a connection, at each place where calls of theirs are under way. */
interface Group {
  readonly places: Map<string, Place>
  inflight: number
}

interface Place {
  readonly connection: Connection
  inflight: number
}

interface LeaderPorts extends Ports {
  readonly greeting: Greeting
}

/** Any object that stays the same for one client. */
type Client = object

export class LeaderConnections {
  readonly #ports: LeaderPorts
  readonly #groups: Group[] = []
  readonly #clients = new WeakMap<Client, { readonly group: Group; inflight: number }>()
  #current = ''

  constructor(ports: LeaderPorts) {
    this.#ports = ports
  }

  /** Connections to other places than this are closed once their calls have ended. */
  lead(address: Address): void {
    this.#current = formatAddress(address)
    for (const group of this.#groups) for (const [key, place] of group.places) this.#tidy(group, key, place)
  }

  /** Sends a call once. Rejects with OVERLOADED, nothing sent, when too many are under way. */
  async call(
    client: Client,
    address: Address,
    method: string,
    params: readonly Json[],
    options: CallOptions,
  ): Promise<Json> {
    const own = this.#ofClient(client)
    const key = formatAddress(address)
    const place = this.#place(own.group, key, address)
    this.#count(own, place, 1)
    try {
      return await place.connection.call(method, params, options)
    } catch (error) {
      // It would wait longer and longer before it dials again; a new one dials now.
      if (error instanceof UnreachableError) this.#drop(own.group, key, place)
      throw error
    } finally {
      this.#count(own, place, -1)
      this.#tidy(own.group, key, place)
    }
  }

  close(): void {
    for (const group of this.#groups) for (const [key, place] of group.places) this.#drop(group, key, place)
  }

  #ofClient(client: Client) {
    const known = this.#clients.get(client)
    const own = known !== undefined && known.inflight > 0 ? known : { group: this.#emptiest(), inflight: 0 }
    if (own.group.inflight >= GROUP_CALLS_MAX)
      throw new OverloadedError('the balancer has too many calls under way: send it again in a moment')
    this.#clients.set(client, own)
    return own
  }

  #emptiest(): Group {
    let best = this.#groups[0]
    for (const group of this.#groups) if (best === undefined || group.inflight < best.inflight) best = group
    if (best !== undefined && (best.inflight === 0 || this.#groups.length === GROUPS_MAX)) return best
    const group = { places: new Map<string, Place>(), inflight: 0 }
    this.#groups.push(group)
    return group
  }

  #place(group: Group, key: string, address: Address): Place {
    const known = group.places.get(key)
    if (known !== undefined) return known
    const { greeting } = this.#ports
    const connection = new Connection({
      ...this.#ports,
      address,
      connectTimeoutMs: CONNECT_MS,
      hello: (call) => greeting(call, address),
    })
    const place = { connection, inflight: 0 }
    group.places.set(key, place)
    return place
  }

  #count(own: { readonly group: Group; inflight: number }, place: Place, by: 1 | -1): void {
    own.inflight += by
    own.group.inflight += by
    place.inflight += by
  }

  #tidy(group: Group, key: string, place: Place): void {
    if (key !== this.#current && place.inflight === 0) this.#drop(group, key, place)
  }

  #drop(group: Group, key: string, place: Place): void {
    if (group.places.get(key) === place) group.places.delete(key)
    place.connection.close()
  }
}
