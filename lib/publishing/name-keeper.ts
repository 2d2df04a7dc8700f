/**
 * Keeps the names of this process registered at the name servers for as long as it lives: within seconds after its end
 * they are gone, and a name server that was away, or begins with an empty folder, has them again by the next renewal.
 */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../defaults.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Address, Clock, Logger, Ms, Random, Transport } from '../ports.js'
import type { Connection } from '../rpc/channels/connection.js'
import type { OwnTokenSource } from '../rpc/channels/own-token.js'
import {
  InvalidParamsError,
  NameTakenError,
  NotLeaderError,
  UnreachableError,
  type RollcallError,
} from '../rpc/errors.js'
import { isSamePlace } from '../rpc/loopback.js'
import { shownThrown } from '../rpc/thrown.js'
import { formatAddress, parseHostPort, parseUri } from '../rpc/uri.js'
import { NameServerGroup } from './name-server-group.js'
import { NamesAt, OWN_LEASE_MS, type OwnName, type Standing } from './names-at.js'
import { serverConnection } from './server-connection.js'

export interface NameKeeperOptions {
  /** `host:port`, the port 9090 if left out. Names are registered at each of them. */
  readonly nameservers: readonly string[]
  /** By which this process shows itself there. Default: there is none. */
  readonly ownToken?: OwnTokenSource | undefined
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Finds more name servers. Default: there are those that were given. */
  readonly discovery?: Pick<Discovery, 'nameservers' | 'onChange'> | undefined
  /** Told, as one sentence, why `begin` has to wait. Default: a warning in the log. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /**
   * Told once when somebody else has, or has removed for good, what this process had. Default: a warning in the log.
   */
  readonly onLost?: ((name: string, error: RollcallError) => void) | undefined
}

/** One `begin` that is under way. */
interface Beginning {
  readonly all: readonly string[]
  readonly missing: Set<string>
  /** Those of which it was told that somebody else has them. */
  readonly awaited: Map<string, RollcallError>
  readonly resolve: () => void
  readonly reject: (error: RollcallError) => void
}

interface Server {
  readonly place: string
  readonly address: Address
  /** Nobody has told of it but others of its group. */
  readonly isHeardOf: boolean
  readonly connection: Connection
  readonly names: NamesAt
  /** Since when it has not answered, on the clock. */
  awaySince: number | undefined
  isMissed: boolean
}

/** All processes may start at once, the name server last: nobody needs to hear of that. */
const PATIENCE_MS = 1_000
/** For a question that nobody waits for. Milliseconds. */
const ASK_MS = 1_000

export class NameKeeper {
  readonly #options: NameKeeperOptions
  readonly #group: NameServerGroup
  readonly #given: readonly Server[]
  /** Those that were found, or are heard of. */
  readonly #found = new Map<string, Server>()
  readonly #kept = new Map<string, OwnName>()
  readonly #lost = new Set<string>()
  readonly #beginnings = new Set<Beginning>()
  #isClosed = false

  /** @throws InvalidParamsError when an address is none, or there is none */
  constructor(options: NameKeeperOptions) {
    if (options.nameservers.length === 0 && options.discovery === undefined)
      throw new InvalidParamsError('names can be kept at a name server alone: say where one is')
    this.#options = options
    const given = options.nameservers.map((place) => parseHostPort(place, NAMESERVER_PORT))
    this.#group = new NameServerGroup({ ...options, given })
    this.#given = given.map((address) => this.#server(address))
    options.discovery?.onChange(() => this.#look())
    this.#group.onChange(() => this.#look())
    this.#look()
  }

  /**
   * Resolves when each of the names is registered at one name server at least, and is kept from then on. While no name
   * server answers, it waits, and where somebody else has a name, for longer than the lease of a process that has died.
   * @throws NameTakenError for a name that somebody else keeps, and what else a name server refuses: none of the names
   * is kept then
   */
  begin(names: readonly OwnName[]): Promise<void> {
    const twice = names.find(({ name }) => this.#kept.has(name))
    if (this.#isClosed) return Promise.reject(closed())
    if (twice !== undefined)
      return Promise.reject(new InvalidParamsError(`${twice.name} is kept by this process already`))
    if (names.length === 0) return Promise.resolve()
    const all = names.map(({ name }) => name)
    for (const own of names) this.#kept.set(own.name, own)
    return new Promise((resolve, reject) => {
      this.#beginnings.add({ all, missing: new Set(all), awaited: new Map(), resolve, reject })
      for (const server of this.#servers) server.names.keep(names)
    })
  }

  /**
   * Takes these names back, of this process alone. Never rejects; where no name server answers they end with the lease.
   */
  async end(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#kept.delete(name)
      this.#lost.delete(name)
    }
    await Promise.all(this.#servers.map((server) => server.names.drop(names)))
  }

  /** Takes all names back, for good; a `begin` under way rejects. Never rejects, and takes a second or two at most. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const beginning of this.#beginnings) beginning.reject(closed())
    this.#beginnings.clear()
    await Promise.all(
      this.#servers.map(async ({ names, connection }) => {
        await names.close()
        connection.close('flushed')
      }),
    )
  }

  /** Why a `begin` that is under way has to wait, where somebody else has one of its names. */
  get taken(): RollcallError | undefined {
    for (const { missing, awaited } of this.#beginnings)
      for (const name of missing) {
        const error = awaited.get(name)
        if (error !== undefined) return advised(name, error)
      }
    return undefined
  }

  get #servers(): readonly Server[] {
    return [...this.#given, ...this.#found.values()]
  }

  /** One that was found and answers is kept, whether or not the local network tells of it. */
  #look(): void {
    if (this.#isClosed) return
    const there = new Map(this.#group.all.map((address) => [formatAddress(address), address]))
    for (const { place } of this.#given) there.delete(place)
    for (const [place, server] of this.#found)
      if (!there.has(place) && (server.isHeardOf || server.awaySince !== undefined))
        this.#leave(place, server)
    const heardOf = this.#group.heardOf.map(formatAddress)
    for (const [place, address] of there)
      if (!this.#found.has(place)) this.#meet(place, address, heardOf.includes(place))
  }

  #meet(place: string, address: Address, isHeardOf: boolean): void {
    const server = this.#server(address, isHeardOf)
    this.#found.set(place, server)
    if (this.#kept.size > 0) server.names.keep([...this.#kept.values()])
  }

  /** One that is of its group no more has nothing to take back: the others have the names. */
  #leave(place: string, { names, connection, isHeardOf }: Server): void {
    this.#found.delete(place)
    const left = isHeardOf ? names.leave() : names.close()
    void left.then(() => connection.close('flushed'))
  }

  #server(address: Address, isHeardOf = false): Server {
    const { clock, random } = this.#options
    const connection = serverConnection(this.#group, address, this.#options)
    const names = new NamesAt({
      call: (method, params, timeoutMs) =>
        connection.call(`${NAMESERVER_OBJECT}.${method}`, params, { timeoutMs }),
      clock,
      random,
      told: (own, standing) => this.#told(own, standing),
      answered: (error) => this.#answered(server, error),
    })
    const server: Server = {
      place: formatAddress(address),
      address,
      isHeardOf,
      connection,
      names,
      awaySince: undefined,
      isMissed: false,
    }
    return server
  }

  #told({ name }: OwnName, standing: Standing): void {
    const beginning = [...this.#beginnings].find(({ missing }) => missing.has(name))
    switch (standing.kind) {
      case 'held':
        if (this.#lost.delete(name)) this.#options.logger.info(`this process has the name ${name} again`)
        return beginning && this.#granted(beginning, name)
      case 'awaited':
        return beginning === undefined
          ? this.#tellLoss(name, standing.error)
          : this.#await(beginning, name, standing.error)
      case 'refused':
        return beginning === undefined
          ? this.#tellLoss(name, standing.error)
          : this.#refuse(beginning, advised(name, standing.error))
    }
  }

  #granted(beginning: Beginning, name: string): void {
    beginning.missing.delete(name)
    if (beginning.missing.size > 0) return
    this.#beginnings.delete(beginning)
    beginning.resolve()
  }

  #await({ awaited }: Beginning, name: string, error: RollcallError): void {
    if (awaited.has(name)) return
    awaited.set(name, error)
    this.#wait(`${error.message}: if that process has died, its lease ends within ${OWN_LEASE_MS / 1_000} s`)
  }

  #refuse(beginning: Beginning, error: RollcallError): void {
    this.#beginnings.delete(beginning)
    void this.end(beginning.all).then(() => beginning.reject(error))
  }

  #tellLoss(name: string, error: RollcallError): void {
    if (this.#lost.has(name)) return
    this.#lost.add(name)
    const { onLost, logger } = this.#options
    if (onLost !== undefined) this.#tell(() => onLost(name, error))
    else logger.warn(`this process has lost the name ${name}`, { reason: error.message })
  }

  #wait(why: string): void {
    const { onWaiting, logger } = this.#options
    if (onWaiting !== undefined) this.#tell(() => onWaiting(why))
    else logger.warn(why)
  }

  /** What whoever listens throws must not keep the names from being renewed. */
  #tell(told: () => void): void {
    try {
      told()
    } catch (error) {
      this.#options.logger.warn('whoever is told of the names has thrown', { error: shownThrown(error) })
    }
  }

  #answered(server: Server, error: RollcallError | undefined): void {
    const isLed = error instanceof NotLeaderError && error.hint.leader !== null
    if (isLed || error === undefined) this.#refresh(server)
    // Another one of its group has the say.
    if (isLed) return
    if (error === undefined) this.#isBack(server)
    else this.#isAway(server, error)
  }

  #refresh({ connection, address }: Server): void {
    this.#group.refresh((method, params) => connection.call(method, params, { timeoutMs: ASK_MS }), address)
  }

  #isBack(server: Server): void {
    if (server.isMissed) this.#options.logger.info(`the name server at ${server.place} answers again`)
    server.isMissed = false
    server.awaySince = undefined
  }

  /** Another one of its group has the names, or did until just now: nobody misses it. */
  #isReplaced({ address }: Server, now: Ms): boolean {
    const others = this.#group.othersThan(address).map((member) => parseUri(member).address)
    return this.#servers.some(
      (each) =>
        now - (each.awaySince ?? now) < PATIENCE_MS &&
        others.some((other) => isSamePlace(other, each.address)),
    )
  }

  #isAway(server: Server, error: RollcallError): void {
    const now = this.#options.clock.now()
    server.awaySince ??= now
    if (error instanceof UnreachableError) this.#group.failed(server.address)
    this.#look()
    if (server.isMissed || now - server.awaySince < PATIENCE_MS || this.#isReplaced(server, now)) return
    server.isMissed = true
    const why = `no name server answers at ${server.place}; names are registered there when one does (${error.message})`
    if (this.#beginnings.size > 0) this.#wait(why)
    else this.#options.logger.warn(why)
  }
}

function closed(): UnreachableError {
  return new UnreachableError('this process takes its names back, and registers none')
}

/** What to do about it. */
function advised(name: string, error: RollcallError): RollcallError {
  if (!(error instanceof NameTakenError)) return error
  const advice =
    `: let all that serve it share it, with { shared: true }, choose another name, or, if nobody is there, ` +
    `take the record away with \`rollcall remove ${name}\``
  return new NameTakenError(`${error.message}${advice}`, { cause: error })
}
