/** The way into a cluster: names become objects whose calls follow the leader. */
import { DEFAULT_CLUSTER, DEFAULT_MEMBERS, NAMESERVER_OBJECT, NAMESERVER_PORT } from '../lib/defaults.js'
import type { Json } from '../lib/json.js'
import type { NameServerApi } from '../lib/names.js'
import { Caller } from '../lib/rpc/caller.js'
import type { AnswerMeta, CallMeta } from '../lib/rpc/host.js'
import { createProxy, type Remote } from '../lib/rpc/proxy.js'
import { parseHostPort, uri, type Uri } from '../lib/rpc/uri.js'
import { systemClock } from '../lib/system/clock.js'
import { systemRandom } from '../lib/system/random.js'
import { createTransport } from '../lib/system/transport.js'
import { Directory } from './directory.js'
import { Probes, type Ports } from './probes.js'
import { leaderOf, type MemberView } from './views.js'

export interface ConnectOptions {
  /** The name servers, `host:port`. Default `localhost:9090`. */
  readonly nameserver?: string | readonly string[] | undefined
  /** URIs of members, to ask while no name server answers. Default: the four of `lib/defaults.ts`. */
  readonly members?: readonly string[] | undefined
  /** Default `rollcall`. */
  readonly cluster?: string | undefined
  /** How long a call may take, with all its attempts, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
}

export interface CallOptions {
  /** Instead of the connection's own, in milliseconds. */
  readonly timeoutMs?: number
  readonly meta?: CallMeta
  /** Told why a call has to wait (no leader, nobody answers) before it is tried again. */
  readonly onWaiting?: (why: string) => void
  /** Told with a `stale` query's answer how old its data is. It must not throw. */
  readonly onAnswerMeta?: (meta: AnswerMeta) => void
}

/** A client of one cluster. */
export interface Rollcall {
  readonly nameserver: Remote<NameServerApi>
  /**
   * The object of that name: replicated, registered by anybody, a member, or `objectId@host:port`. Making it calls
   * nobody. Its calls reject with a RollcallError, whose `outcome` says whether the method has run.
   */
  object<T>(name: string): Remote<T>
  /**
   * One call by name. Attempts that surely have not run are repeated until the time is over. Those that may have run are
   * repeated when that can do no harm: queries, and commands of replicated objects, which run once in all their attempts.
   */
  call(object: string, method: string, params: readonly Json[], options?: CallOptions): Promise<Json>
  /** The member that leads now, or null while there is none. */
  leader(): Promise<Uri | null>
  /** Every member, asked all at once; who has not answered within `timeoutMs` (default 1,000) is unreachable. */
  status(timeoutMs?: number): Promise<readonly MemberView[]>
  /** Closes the sessions and the connections. Calls under way reject. */
  close(): void
}

const CALL_TIMEOUT_MS = 10_000
const STATUS_TIMEOUT_MS = 1000

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. @throws InvalidParamsError for an address or a URI that is none
 */
export function connect(options: ConnectOptions = {}): Promise<Rollcall> {
  return connectWith(systemPorts(), options)
}

/** {@link connect} on other ports than the system's. */
export async function connectWith(ports: Ports, options: ConnectOptions = {}): Promise<Rollcall> {
  const { nameserver = `localhost:${NAMESERVER_PORT}`, members = DEFAULT_MEMBERS } = options
  const probes = new Probes(ports)
  const directory = new Directory({
    cluster: options.cluster ?? DEFAULT_CLUSTER,
    nameservers: [nameserver].flat().map((place) => parseHostPort(place, NAMESERVER_PORT)),
    seeds: members.map(uri),
    probes,
  })
  const caller = new Caller({ ...ports, resolve: directory.resolve, forget: directory.forget })
  return new Client(directory, probes, caller, options.timeoutMs ?? CALL_TIMEOUT_MS)
}

class Client implements Rollcall {
  readonly nameserver: Remote<NameServerApi>
  readonly #directory: Directory
  readonly #probes: Probes
  readonly #caller: Caller
  readonly #timeoutMs: number

  constructor(directory: Directory, probes: Probes, caller: Caller, timeoutMs: number) {
    this.#directory = directory
    this.#probes = probes
    this.#caller = caller
    this.#timeoutMs = timeoutMs
    this.nameserver = this.object<NameServerApi>(NAMESERVER_OBJECT)
  }

  object<T>(name: string): Remote<T> {
    return createProxy<T>((method, params) => this.call(name, method, params))
  }

  call(object: string, method: string, params: readonly Json[], options: CallOptions = {}): Promise<Json> {
    const target = object.includes('@') ? { uri: uri(object) } : { name: object }
    return this.#caller.call(target, method, params, { timeoutMs: this.#timeoutMs, ...options })
  }

  async leader(): Promise<Uri | null> {
    const leader = leaderOf(await this.status())
    return leader && uri(leader.uri)
  }

  status(timeoutMs = STATUS_TIMEOUT_MS): Promise<readonly MemberView[]> {
    return this.#directory.views(timeoutMs)
  }

  close(): void {
    this.#caller.close()
    this.#probes.close()
  }
}

/** A library has no business on its user's terminal: what matters comes back as results and errors. */
const silent: Ports['logger'] = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }

function systemPorts(): Ports {
  const clock = systemClock
  return {
    transport: createTransport(),
    clock,
    random: systemRandom,
    logger: silent,
  }
}
