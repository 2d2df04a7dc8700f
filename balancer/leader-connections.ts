/**
 * The connections to the leader. A member reads 1,024 calls of one connection at a time and no further, so the clients'
 * calls are spread over several; one client's calls stay on one while any of them is under way, which keeps their order.
 * A client that watches has one of its own for that, which ends when the client does: nobody else would wait there.
 */
import type { Json } from '../lib/json.js'
import type { Address } from '../lib/ports.js'
import { Connection, type CallOptions } from '../lib/rpc/connection.js'
import { OutcomeUnknownError, OverloadedError, UnreachableError } from '../lib/rpc/errors.js'
import type { ConnectionContext } from '../lib/rpc/host.js'
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

/** One client's calls of one kind. */
interface Own {
  readonly group: Group
  inflight: number
  /** The client has ended, and nobody waits for them. */
  isOver: boolean
}

interface LeaderPorts extends Ports {
  /** Who must be there. */
  readonly hello: Greeting
}

/** The same object for all calls of one client. */
type Client = Pick<ConnectionContext, 'onEnd'>

/** What waits at the leader for as long as it is told to. */
const WATCHING = 'watch.next'

export class LeaderConnections {
  readonly #ports: LeaderPorts
  readonly #groups: Group[] = []
  readonly #clients = new WeakMap<Client, Own>()
  /** Those whose end will be known. */
  readonly #watchers = new Map<Client, Own>()
  #current = ''

  constructor(ports: LeaderPorts) {
    this.#ports = ports
  }

  /** Connections to other places than this are closed once their calls have ended. */
  lead(address: Address): void {
    this.#current = formatAddress(address)
    for (const group of this.#all()) for (const [key, place] of group.places) this.#tidy(group, key, place)
  }

  /**
   * Sends a call once. Rejects with OVERLOADED, nothing sent, when too many are under way, and with OUTCOME_UNKNOWN when the
   * client of a watch has ended.
   */
  async call(
    client: Client,
    address: Address,
    method: string,
    params: readonly Json[],
    options: CallOptions,
  ): Promise<Json> {
    const own = method === WATCHING && client.onEnd ? this.#ofWatcher(client) : this.#ofClient(client)
    if (isOver(own)) throw ended(method)
    const key = formatAddress(address)
    const place = this.#place(own.group, key, address)
    this.#count(own, place, 1)
    try {
      return await place.connection.call(method, params, options)
    } catch (error) {
      if (isOver(own)) throw ended(method, error)
      // It would wait longer and longer before it dials again; a new one dials now.
      if (error instanceof UnreachableError) this.#drop(own.group, key, place)
      throw error
    } finally {
      this.#count(own, place, -1)
      this.#tidy(own.group, key, place)
    }
  }

  close(): void {
    for (const group of this.#all()) for (const [key, place] of group.places) this.#drop(group, key, place)
  }

  #all(): readonly Group[] {
    return [...this.#groups, ...[...this.#watchers.values()].map(({ group }) => group)]
  }

  #ofWatcher(client: Client): Own {
    const known = this.#watchers.get(client)
    if (known !== undefined) return known
    const own: Own = { group: emptyGroup(), inflight: 0, isOver: false }
    this.#watchers.set(client, own)
    client.onEnd?.({ gone: () => this.#watcherLeft(client, own) })
    return own
  }

  #watcherLeft(client: Client, own: Own): void {
    own.isOver = true
    this.#watchers.delete(client)
    for (const [key, place] of own.group.places) this.#drop(own.group, key, place)
  }

  #ofClient(client: Client): Own {
    const known = this.#clients.get(client)
    const isUnderWay = known !== undefined && known.inflight > 0
    const own = isUnderWay ? known : { group: this.#emptiest(), inflight: 0, isOver: false }
    if (own.group.inflight >= GROUP_CALLS_MAX)
      throw new OverloadedError('the balancer has too many calls under way: send it again in a moment')
    this.#clients.set(client, own)
    return own
  }

  #emptiest(): Group {
    let best = this.#groups[0]
    for (const group of this.#groups) if (best === undefined || group.inflight < best.inflight) best = group
    if (best !== undefined && (best.inflight === 0 || this.#groups.length === GROUPS_MAX)) return best
    const group = emptyGroup()
    this.#groups.push(group)
    return group
  }

  #place(group: Group, key: string, address: Address): Place {
    const known = group.places.get(key)
    if (known !== undefined) return known
    const { hello } = this.#ports
    const connection = new Connection({
      ...this.#ports,
      address,
      connectTimeoutMs: CONNECT_MS,
      hello: (call) => hello(call, address),
    })
    const place = { connection, inflight: 0 }
    group.places.set(key, place)
    return place
  }

  #count(own: Own, place: Place, by: 1 | -1): void {
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

// Asked again after a wait, in which it may have changed.
function isOver(own: Own): boolean {
  return own.isOver
}

function ended(method: string, cause?: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(`${method}: its client has ended`, { cause })
}

function emptyGroup(): Group {
  return { places: new Map<string, Place>(), inflight: 0 }
}
