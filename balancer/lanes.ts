/**
 * The connections to the leader. A member reads 1,024 calls of one connection at a time and no further, so the clients'
 * calls are spread over several; one client's calls stay on one while any of them is under way, which keeps their order.
 */
import type { Json } from '../lib/json.js'
import type { Address } from '../lib/ports.js'
import { Connection, type CallOptions } from '../lib/rpc/connection.js'
import { OverloadedError, UnreachableError } from '../lib/rpc/errors.js'
import { formatAddress } from '../lib/rpc/uri.js'
import type { Ports } from '../lib/client/probes.js'

const LANES_MAX = 16
/** Below a member's own limit, so that the pings of a connection are always read. */
const LANE_CALLS_MAX = 1000
/** Who can't be connected to within this does not lead as far as callers are concerned. */
const CONNECT_MS = 1000

interface Lane {
  readonly places: Map<string, Place>
  inflight: number
}

interface Place {
  readonly connection: Connection
  inflight: number
}

/** Any object that stays the same for one client. */
type Client = object

export class Lanes {
  readonly #ports: Ports
  readonly #lanes: Lane[] = []
  readonly #clients = new WeakMap<Client, { readonly lane: Lane; inflight: number }>()
  #current = ''

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Connections to other places than this are closed once their calls have ended. */
  lead(address: Address): void {
    this.#current = formatAddress(address)
    for (const lane of this.#lanes) for (const [key, place] of lane.places) this.#tidy(lane, key, place)
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
    const place = this.#place(own.lane, key, address)
    this.#count(own, place, 1)
    try {
      return await place.connection.call(method, params, options)
    } catch (error) {
      // It would wait longer and longer before it dials again; a new one dials now.
      if (error instanceof UnreachableError) this.#drop(own.lane, key, place)
      throw error
    } finally {
      this.#count(own, place, -1)
      this.#tidy(own.lane, key, place)
    }
  }

  close(): void {
    for (const lane of this.#lanes) for (const [key, place] of lane.places) this.#drop(lane, key, place)
  }

  #ofClient(client: Client) {
    const known = this.#clients.get(client)
    const own = known !== undefined && known.inflight > 0 ? known : { lane: this.#emptiest(), inflight: 0 }
    if (own.lane.inflight >= LANE_CALLS_MAX)
      throw new OverloadedError('the balancer has too many calls under way: send it again in a moment')
    this.#clients.set(client, own)
    return own
  }

  #emptiest(): Lane {
    let best = this.#lanes[0]
    for (const lane of this.#lanes) if (best === undefined || lane.inflight < best.inflight) best = lane
    if (best !== undefined && (best.inflight === 0 || this.#lanes.length === LANES_MAX)) return best
    const lane = { places: new Map<string, Place>(), inflight: 0 }
    this.#lanes.push(lane)
    return lane
  }

  #place(lane: Lane, key: string, address: Address): Place {
    const known = lane.places.get(key)
    if (known !== undefined) return known
    const connection = new Connection({ ...this.#ports, address, connectTimeoutMs: CONNECT_MS })
    const place = { connection, inflight: 0 }
    lane.places.set(key, place)
    return place
  }

  #count(own: { readonly lane: Lane; inflight: number }, place: Place, by: 1 | -1): void {
    own.inflight += by
    own.lane.inflight += by
    place.inflight += by
  }

  #tidy(lane: Lane, key: string, place: Place): void {
    if (key !== this.#current && place.inflight === 0) this.#drop(lane, key, place)
  }

  #drop(lane: Lane, key: string, place: Place): void {
    if (lane.places.get(key) === place) lane.places.delete(key)
    place.connection.close()
  }
}
