/** Objects of one process, served: registered and taken back while it listens. */
import type { LocalNetwork } from '../discovery/local-network.js'
import type { Address, Clock, Logger, Random, Transport } from '../ports.js'
import { DEFAULT_HOST } from '../defaults.js'
import { advertised } from '../rpc/advertised.js'
import { Daemon as Server } from '../rpc/daemon.js'
import { InvalidParamsError, NameNotFoundError } from '../rpc/errors.js'
import { listen } from '../rpc/listen.js'
import { isEverywhere } from '../rpc/loopback.js'
import { FUNCTION, HOSTS, LOGGER, PORT, TEXT, type Rules } from '../rpc/options.js'
import { formatAddress, formatUri, type Uri } from '../rpc/uri.js'
import { Connections, type ServedConnection } from './context.js'
import { exposedObject, exposedOf, type FailedCall, type ServingPorts } from './exposed-object.js'
import { classNameOf } from './members.js'

export interface DaemonOptions {
  /** Where to listen. Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string | undefined
  /** Default 0: the system chooses. */
  readonly port?: number | undefined
  /** `HOST` or `HOST:PORT` by which others reach it, where that is not where it listens. */
  readonly advertise?: string | undefined
  /** What programs of HTTP may call it beside its own names: `service.example`, `proxy.example:8443`. Default none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Pages of these origins may call it from a browser: `https://app.example`. Default none. */
  readonly allowOrigins?: readonly string[] | undefined
  /** Told of each lasting connection that comes: lines and WebSocket, none of HTTP. What it throws goes to `onCallError`. */
  readonly onConnect?: ((connection: ServedConnection) => void) | undefined
  readonly onDisconnect?: ((connection: ServedConnection) => void) | undefined
  /** Told of each error that a method has thrown, beside its caller; and of what hooks, listeners and disposals throw. */
  readonly onCallError?: ((error: unknown, call: FailedCall | undefined) => void) | undefined
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
}

export const DAEMON_RULES: Rules<DaemonOptions> = {
  host: TEXT,
  port: PORT,
  advertise: TEXT,
  allowHosts: HOSTS,
  allowOrigins: HOSTS,
  onConnect: FUNCTION,
  onDisconnect: FUNCTION,
  onCallError: FUNCTION,
  logger: LOGGER,
}

export interface RegisterOptions {
  /** A word without "@" and white space. Default: one that nobody else has. */
  readonly id?: string | undefined
}

/** What serves objects, each under an id: `greeter@localhost:41053`. */
export interface Daemon extends AsyncDisposable {
  /** Where others reach it: `localhost:41053`. */
  readonly place: string
  /**
   * Serves an object, or a class, whose instances are made as its `@behavior` says. Resolves nothing at a name server.
   * @throws InvalidParamsError when it exposes nothing, is served already, or the id is taken or none
   */
  register(target: object, options?: RegisterOptions): Uri
  /** No call reaches it from now on. Whether it was served. */
  unregister(target: object | string): boolean
  /** @throws NameNotFoundError when it is not served here */
  uriOf(target: object): Uri
  /** Ids of all objects, that of the daemon's own too, sorted. */
  registered(): readonly string[]
  /** Ends all connections; calls that run go on and answer nobody. Harmless when called again. */
  close(): Promise<void>
}

export interface ServingSystem {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Default: nothing can be found on the local network. */
  readonly localNetwork?: LocalNetwork | undefined
}

/** Rejects when the port is taken. */
export async function openDaemon(
  system: ServingSystem,
  options: DaemonOptions,
  logger: Logger,
): Promise<Daemon> {
  const { host, port = 0, allowHosts, allowOrigins } = options
  const published = advertised(options.advertise)
  const { onCallError: failed } = options
  const connections = new Connections((error) => failed?.(error, undefined))
  const ports: ServingPorts = { clock: system.clock, connections, failed }
  const server = new Server({
    ...system,
    logger,
    web: { hosts: allowHosts, origins: allowOrigins },
    exposedOf: (value) => exposedOf(value, ports),
    ...(hasHooks(options) && {
      connected: (connection) => greet(connections.of(connection), options, connections),
    }),
  })
  const address = await listen(server, host, port, logger).catch(async (error: unknown) => {
    // Where it listens already, by the other name of this machine.
    await server.close()
    throw error
  })
  const reachable = host === undefined || isEverywhere(host) ? DEFAULT_HOST : host
  const place: Address = {
    kind: 'tcp',
    host: published?.host ?? reachable,
    port: published?.port ?? address.port,
  }
  if (host !== undefined && isEverywhere(host) && published === undefined)
    logger.warn(
      `listens on all interfaces (${host}), and is known as ${formatAddress(place)}, where no other machine reaches it: say with advertise under which name they do`,
    )
  server.answersTo(place)
  return new ServingDaemon(server, place, system.random, ports)
}

function hasHooks({ onConnect, onDisconnect }: DaemonOptions): boolean {
  return onConnect !== undefined || onDisconnect !== undefined
}

function greet(
  connection: ServedConnection,
  { onConnect, onDisconnect }: DaemonOptions,
  connections: Connections,
): void {
  if (onDisconnect !== undefined) connection.onEnd(() => onDisconnect(connection))
  connections.safely(() => onConnect?.(connection))
}

class ServingDaemon implements Daemon {
  readonly place: string
  readonly #server: Server
  readonly #address: Address
  readonly #random: Random
  readonly #ports: ServingPorts
  readonly #ids = new Map<object, string>()

  constructor(server: Server, address: Address, random: Random, ports: ServingPorts) {
    this.#server = server
    this.#address = address
    this.#random = random
    this.#ports = ports
    this.place = formatAddress(address)
  }

  register(target: object, { id = `obj_${this.#random.identifier()}` }: RegisterOptions = {}): Uri {
    const known = this.#ids.get(target)
    if (known !== undefined)
      throw new InvalidParamsError(`${id}: that object is served already, as ${known}: unregister it first`)
    this.#server.host.register(id, exposedObject(id, target, this.#ports))
    this.#ids.set(target, id)
    return formatUri(id, this.#address)
  }

  unregister(target: object | string): boolean {
    const found = [...this.#ids].find(([object, id]) => object === target || id === target)
    if (found === undefined) return false
    this.#ids.delete(found[0])
    this.#server.host.unregister(found[1])
    return true
  }

  uriOf(target: object): Uri {
    const id = this.#ids.get(target)
    if (id === undefined)
      throw new NameNotFoundError(`${classNameOf(target)} is not served here: register it first`)
    return formatUri(id, this.#address)
  }

  registered(): readonly string[] {
    return this.#server.host.objects()
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
