/**
 * The connections to the leader. A member reads 1,024 calls of one connection at a time and no further, so the clients'
 * calls are spread over several; one client's calls stay on one while any of them is under way, which keeps their
 * order. Watches go over others: few clients have one each, which ends when its client leaves, so that nobody waits
 * there for one that has left; of more clients some share one, and what one leaves behind there waits until its time is
 * over.
 */
import type { Json } from '../lib/json.js'
import type { Address } from '../lib/ports.js'
import { Connection } from '../lib/rpc/channels/connection.js'
import type { CallOptions } from '../lib/rpc/channels/connection-options.js'
import { OutcomeUnknownError, OverloadedError, UnreachableError } from '../lib/rpc/errors.js'
import type { ConnectionContext } from '../lib/rpc/exposed.js'
import type { Greeting } from '../lib/rpc/calling/route.js'
import { formatAddress } from '../lib/rpc/uri.js'
import type { Ports } from '../lib/client/probes.js'

const GROUPS_MAX = 16
/** Of watches. */
const WATCHING_GROUPS_MAX = 64
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
  group: Group
  inflight: number
  /** The client has ended, and nobody waits for them. */
  isOver: boolean
  /** Tell those of them that wait. */
  readonly ends: Set<() => void>
}

interface LeaderPorts extends Ports {
  /** Who must be there. */
  readonly hello: Greeting
}

/** The same object for all calls of one client. */
type Client = Pick<ConnectionContext, 'onEnd'>

/** What waits at the leader for as long as it is told to. */
const WATCHING = 'watch.next'

/** Groups of clients whose calls are of one kind. */
class Groups {
  readonly all: Group[] = []
  readonly #countMax: number
  readonly #clients = new WeakMap<Client, Own>()

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  /** `isNew`: told of one that has not been asked for before. */
  of(client: Client, isNew: (own: Own) => void = () => undefined): Own {
    const known = this.#clients.get(client)
    if (known !== undefined) {
      if (known.inflight === 0) known.group = this.#emptiest()
      return known
    }
    const own = { group: this.#emptiest(), inflight: 0, isOver: false, ends: new Set<() => void>() }
    this.#clients.set(client, own)
    isNew(own)
    return own
  }

  #emptiest(): Group {
    let best = this.all[0]
    for (const group of this.all) if (best === undefined || group.inflight < best.inflight) best = group
    if (best !== undefined && (best.inflight === 0 || this.all.length === this.#countMax)) return best
    const group = { places: new Map<string, Place>(), inflight: 0 }
    this.all.push(group)
    return group
  }
}

export class LeaderConnections {
  readonly #ports: LeaderPorts
  readonly #calling = new Groups(GROUPS_MAX)
  readonly #watching = new Groups(WATCHING_GROUPS_MAX)
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
   * Sends a call once. Rejects with OVERLOADED, nothing sent, when too many are under way, and with OUTCOME_UNKNOWN
   * when the client of a watch has ended.
   */
  async call(
    client: Client,
    address: Address,
    method: string,
    params: readonly Json[],
    options: CallOptions,
  ): Promise<Json> {
    const isWatch = method === WATCHING && client.onEnd !== undefined
    const own = isWatch ? this.#ofWatcher(client) : this.#calling.of(client)
    if (own.isOver) throw ended(method)
    if (own.group.inflight >= GROUP_CALLS_MAX)
      throw new OverloadedError('the balancer has too many calls under way: send it again in a moment')
    const result = this.#send(own, address, method, params, options)
    return isWatch ? whileThere(own, result) : result
  }

  close(): void {
    for (const group of this.#all()) this.#close(group)
  }

  #all(): readonly Group[] {
    return [...this.#calling.all, ...this.#watching.all]
  }

  async #send(
    own: Own,
    address: Address,
    method: string,
    params: readonly Json[],
    options: CallOptions,
  ): Promise<Json> {
    const key = formatAddress(address)
    const { group } = own
    const place = this.#place(group, key, address)
    this.#count(own, group, place, 1)
    try {
      return await place.connection.call(method, params, options)
    } catch (error) {
      // It would wait longer and longer before it dials again; a new one dials now.
      if (error instanceof UnreachableError) this.#drop(group, key, place)
      throw error
    } finally {
      this.#count(own, group, place, -1)
      this.#tidy(group, key, place)
    }
  }

  #ofWatcher(client: Client): Own {
    return this.#watching.of(client, (own) => client.onEnd?.({ gone: () => this.#left(own) }))
  }

  /** What it waits for alone ends there too. */
  #left(own: Own): void {
    own.isOver = true
    for (const end of own.ends) end()
    if (own.inflight > 0 && own.inflight === own.group.inflight) this.#close(own.group)
  }

  #close(group: Group): void {
    for (const [key, place] of group.places) this.#drop(group, key, place)
  }

  #place(group: Group, key: string, address: Address): Place {
    const known = group.places.get(key)
    if (known !== undefined) return known
    const { hello } = this.#ports
    const connection = new Connection({
      ...this.#ports,
      address,
      isChosen: true,
      connectTimeoutMs: CONNECT_MS,
      hello: (call) => hello(call, address),
    })
    const place = { connection, inflight: 0 }
    group.places.set(key, place)
    return place
  }

  #count(own: Own, group: Group, place: Place, by: 1 | -1): void {
    own.inflight += by
    group.inflight += by
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

function whileThere({ ends }: Own, result: Promise<Json>): Promise<Json> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(ended(WATCHING))
    ends.add(end)
    result.then(resolve, reject).finally(() => ends.delete(end))
  })
}

function ended(method: string): OutcomeUnknownError {
  return new OutcomeUnknownError(`${method}: its client has ended`)
}
