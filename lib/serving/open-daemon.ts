/** A daemon on its ports: where it listens, under which address it is known, and which objects it serves. */
import type { LocalNetwork } from '../discovery/local-network.js'
import {
  ms,
  type Address,
  type Along,
  type ByteStream,
  type Clock,
  type Logger,
  type Ms,
  type Random,
  type Transport,
} from '../ports.js'
import { Daemon as Server } from '../rpc/channels/daemon.js'
import { InvalidParamsError, NameNotFoundError } from '../rpc/errors.js'
import type { SaidWith } from '../rpc/channels/peer.js'
import { isServedAs, isServedNoMore, type Referred } from '../rpc/handing/references.js'
import type { Tracing } from '../rpc/tracing.js'
import { formatAddress, formatUri, type Uri } from '../rpc/uri.js'
import { Authentication } from './authentication.js'
import { Connections } from './connections.js'
import { goAlong, isWithinCallOf } from './context.js'
import { greeted } from './greeted.js'
import type { Daemon, DaemonOptions, RegisterOptions } from './daemon.js'
import { exposedObject, exposedOf } from './exposed-object.js'
import type { ServingPorts } from './handlers.js'
import { classNameOf } from './members.js'
import { placeOf } from './place.js'

/** By what the references are followed that come to a daemon. */
export interface Follower {
  /** Calls nobody. @throws InvalidParamsError for what is no name and no URI */
  readonly referred: Referred
  close(): void
}

export interface ServingSystem {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /** Made when the first reference comes. Default: none can be followed. */
  readonly follower?: (() => Follower) | undefined
  /** What is said of calls of what callers have handed over. Default: what was said of them. */
  readonly saidWith?: SaidWith | undefined
  /** Default: nothing can be found on the local network. */
  readonly localNetwork?: LocalNetwork | undefined
  /** By what the context of a call goes along with it. Default: it is known until the method's first `await`. */
  readonly along?: Along
  /** Default: no spans are gathered. */
  readonly tracing?: Tracing | undefined
}

/** Rejects when the port, or the path, is taken. */
export async function openDaemon(
  system: ServingSystem,
  options: DaemonOptions,
  logger: Logger,
): Promise<Daemon> {
  goAlong(system.along)
  const { allowHosts, allowOrigins, stacks } = options
  const { onCallError: failed } = options
  const connections = new Connections((error) => failed?.(error, undefined))
  const { authenticate } = options
  const authentication = authenticate && new Authentication(authenticate, connections)
  const { clock, tracing } = system
  const ports: ServingPorts = { clock, connections, failed, tracing, authentication }
  const server = new Server({
    ...system,
    logger,
    stacks,
    web: { hosts: allowHosts, origins: allowOrigins },
    exposedOf: (value) => exposedOf(value, ports),
    referred: (reference, isGiven) => (client ??= clientFor(system)).referred(reference, isGiven),
    ...(hasHooks(options) && {
      connected: (connection) => greeted(connections.shown(connection), options, connections),
    }),
  })
  let client: Follower | undefined
  const place = await placeOf(server, options, logger).catch(async (error: unknown) => {
    // Where it listens already, by the other name of this machine.
    await server.close()
    throw error
  })
  server.answersTo(place)
  return new ServingDaemon({
    server,
    address: place,
    random: system.random,
    ports,
    closed: () => client?.close(),
    patience: ms(options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS),
  })
}

function hasHooks({ onConnect, onDisconnect }: DaemonOptions): boolean {
  return onConnect !== undefined || onDisconnect !== undefined
}

function clientFor({ follower }: ServingSystem): Follower {
  if (follower !== undefined) return follower()
  throw new InvalidParamsError(
    'a reference to an object elsewhere, and this process has no client by which to find it',
  )
}

interface DaemonParts {
  readonly server: Server
  readonly address: Address
  readonly random: Random
  readonly ports: ServingPorts
  /** Told when it is closed. */
  readonly closed: () => void
  /** How long calls may run on when it closes. */
  readonly patience: Ms
}

const CLOSE_TIMEOUT_MS = 5_000

class ServingDaemon implements Daemon {
  readonly place: string
  readonly #server: Server
  readonly #address: Address
  readonly #random: Random
  readonly #ports: ServingPorts
  readonly #ids = new Map<object, string>()
  readonly #closed: () => void
  readonly #patience: Ms
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor({ server, address, random, ports, closed, patience }: DaemonParts) {
    this.#patience = patience
    this.#server = server
    this.#closed = closed
    this.#address = address
    this.#random = random
    this.#ports = ports
    this.place = formatAddress(address)
  }

  register(target: object, { id = `obj_${this.#random.identifier()}` }: RegisterOptions = {}): Uri {
    if (this.#isClosed) throw new InvalidParamsError(`${id}: this daemon is closed: nobody would reach it`)
    const known = this.#ids.get(target)
    if (known !== undefined)
      throw new InvalidParamsError(`${id}: that object is served already, as ${known}: unregister it first`)
    this.#server.host.register(id, exposedObject(id, target, this.#ports))
    this.#ids.set(target, id)
    const uri = formatUri(id, this.#address)
    isServedAs(target, uri)
    return uri
  }

  accept(stream: ByteStream): void {
    this.#server.accept(stream)
  }

  unregister(target: object | string): boolean {
    const found = [...this.#ids].find(([object, id]) => object === target || id === target)
    if (found === undefined) return false
    this.#ids.delete(found[0])
    isServedNoMore(found[0], formatUri(found[1], this.#address))
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
    const closing = (this.#closing ??= this.#end())
    if (!isWithinCallOf(this.#ports.connections)) return closing
    // It waits for that call itself.
    closing.catch(() => undefined)
    return Promise.resolve()
  }

  async #end(): Promise<void> {
    this.#leave()
    await this.#server.end(this.#patience)
    this.#isClosed = true
    // Those that calls have registered which were let end.
    this.#leave()
    this.#closed()
  }

  #leave(): void {
    for (const [object, id] of this.#ids) isServedNoMore(object, formatUri(id, this.#address))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
