/** How a caller gets to its objects: one connection for each address and greeting, made when first asked for. */
import { Connection } from '../channels/connection.js'
import type { ConnectionOptions, RawCall } from '../channels/connection-options.js'
import type { Greeting, Places } from './route.js'
import type { Target } from './target.js'
import { formatAddress, parseUri } from '../uri.js'
import type { ObjectId, Uri } from '../uri.js'

/** Where an attempt goes. */
export interface Destination {
  readonly objectId: ObjectId
  readonly connection: Connection
}

export interface WaysOptions extends Omit<ConnectionOptions, 'address' | 'hello'> {
  /** As in {@link Places}. */
  readonly greeting?: Places['greeting']
  /** Another process may be at the other end from here on. */
  readonly begun: (connection: Connection) => void
}

export class Ways {
  readonly #options: WaysOptions
  /** By what is asked at their beginning. */
  readonly #ways = new Map<Greeting | undefined, Way>()

  constructor(options: WaysOptions) {
    this.#options = options
  }

  /** Over a connection that has greeted as calls of the target do. */
  to(uri: Uri, target: Target): Destination {
    const destination = this.#by(this.#greetingOf(target)).to(uri)
    if (!('uri' in target) || target.isReferred !== true) destination.connection.token.isTold = true
    return destination
  }

  /** Closes all connections; those of `told` once what was sent in this turn has gone out. */
  close(told: ReadonlySet<Connection>): void {
    for (const way of this.#ways.values())
      for (const connection of way.connections.values())
        connection.close(told.has(connection) ? 'flushed' : 'now')
    this.#ways.clear()
  }

  #greetingOf(target: Target): Greeting | undefined {
    if ('uri' in target) return undefined
    return this.#options.greeting?.('name' in target ? target.name : undefined)
  }

  #by(greeting: Greeting | undefined): Way {
    const known = this.#ways.get(greeting)
    if (known !== undefined) return known
    const way = new Way(this.#options, greeting)
    this.#ways.set(greeting, way)
    return way
  }
}

/** What is known of an address is kept so long after the connection to it was lost. */
const LOST_MAX_MS = 5 * 60_000
/** Below so many connections it is not looked for those that were lost. */
const LOOK_MIN = 16
/** URIs that need not be read again. */
const DESTINATIONS_MAX = 10_000

/** All that begins with one greeting. */
class Way {
  readonly connections = new Map<string, Connection>()
  /** With so many it is looked for lost ones the next time: twice as many as were left. */
  #lookAt = LOOK_MIN
  readonly #destinations = new Map<Uri, Destination>()

  constructor(
    private readonly options: WaysOptions,
    private readonly greeting: Greeting | undefined,
  ) {}

  to(uri: Uri): Destination {
    const known = this.#destinations.get(uri)
    if (known !== undefined) return known
    const { objectId, address } = parseUri(uri)
    const destination = { objectId, connection: this.#connectionTo(address) }
    if (this.#destinations.size >= DESTINATIONS_MAX) this.#destinations.clear()
    this.#destinations.set(uri, destination)
    return destination
  }

  #connectionTo(address: ConnectionOptions['address']): Connection {
    const key = formatAddress(address)
    const known = this.connections.get(key)
    if (known !== undefined) return known
    if (this.connections.size >= this.#lookAt) this.#forgetLost()
    const hello = async (call: RawCall): Promise<void> => {
      this.options.begun(connection)
      await this.greeting?.(call, address)
    }
    // At a place that the caller itself has named it wants nobody else.
    const isReplaced = this.greeting && this.options.isReplaced
    const isVia = this.greeting?.isVia
    const connection: Connection = new Connection({ ...this.options, address, hello, isReplaced, isVia })
    this.connections.set(key, connection)
    return connection
  }

  /** Objects move, and their old addresses are never called again. */
  #forgetLost(): void {
    for (const [key, connection] of this.connections)
      if (connection.unusedMs > LOST_MAX_MS) {
        connection.close()
        this.connections.delete(key)
      }
    this.#destinations.clear()
    this.#lookAt = Math.max(LOOK_MIN, 2 * this.connections.size)
  }
}
