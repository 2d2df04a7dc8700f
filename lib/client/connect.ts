/** The way into a cluster: names become objects whose calls follow the leader. */
import { DEFAULT_CLUSTER, DEFAULT_MEMBERS, NAMESERVER_OBJECT, NAMESERVER_PORT } from '../defaults.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Clock } from '../ports.js'
import { Caller, type Target } from '../rpc/caller.js'
import { NoQuorumError, UnreachableError } from '../rpc/errors.js'
import type { AnswerMeta, CallMeta } from '../rpc/host.js'
import { META_RULES } from '../rpc/meta.js'
import {
  checkOptions,
  checkValue,
  FUNCTION,
  OBJECT,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
  TIMEOUT,
  type Rules,
} from '../rpc/options.js'
import { createProxy, type Remote } from '../rpc/proxy.js'
import { parseHostPort, uri, type Uri } from '../rpc/uri.js'
import { Directory } from './directory.js'
import type { Feed } from './feed.js'
import { LeaderFeed } from './leader-feed.js'
import { Probes, type Ports } from './probes.js'
import { leaderOf, type MemberView } from './views.js'
import { EventWatch, WATCH_RULES, type Poll, type Watch, type WatchOptions } from './watch.js'
import { WatchPlaces } from './watch-places.js'

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
  /**
   * One call to the member that leads, whoever that is: the members are asked before each attempt, no name server is. The
   * method must be one that may run more than once, as those that change the members are: attempts that may have run are
   * repeated, too. NO_QUORUM while nobody leads.
   */
  callLeader(
    method: string,
    params: readonly Json[],
    options?: Pick<CallOptions, 'timeoutMs' | 'onWaiting'>,
  ): Promise<Json>
  /** Every member, asked all at once; who has not answered within `timeoutMs` (default 1,000) is unreachable. */
  status(timeoutMs?: number): Promise<readonly MemberView[]>
  /**
   * Events of a replicated object, or of the name server (`nameserver`, with names as topics). It calls nobody before it is
   * read or begun. See {@link Watch}.
   */
  watch(object: string, options?: WatchOptions): Watch
  /** The member that leads now, or null while there is none, and then each change. */
  watchLeader(): AsyncIterableIterator<Uri | null, undefined>
  /** Closes the sessions and the connections. Calls under way reject, watches end. */
  close(): void
}

const CALL_TIMEOUT_MS = 10_000
const STATUS_TIMEOUT_MS = 1000

const CONNECT_RULES: Rules<ConnectOptions> = {
  nameserver: TEXT_OR_TEXTS,
  members: TEXTS,
  cluster: TEXT,
  timeoutMs: TIMEOUT,
}

const CALL_RULES: Rules<CallOptions> = {
  timeoutMs: TIMEOUT,
  meta: OBJECT,
  onWaiting: FUNCTION,
  onAnswerMeta: FUNCTION,
}

const LEADER_CALL_RULES = { timeoutMs: TIMEOUT, onWaiting: FUNCTION }

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. @throws InvalidParamsError for an address or a URI that is none, and for an option that
 * is none or not what it must be
 */
export async function connectWith(ports: Ports, options: ConnectOptions = {}): Promise<Rollcall> {
  checkOptions('connect', options, CONNECT_RULES, `: write connect({ nameserver: 'localhost:9090' })`)
  const { nameserver = `localhost:${NAMESERVER_PORT}`, members = DEFAULT_MEMBERS } = options
  const cluster = options.cluster ?? DEFAULT_CLUSTER
  const probes = new Probes(ports)
  const directory = new Directory({
    cluster,
    nameservers: [nameserver].flat().map((place) => parseHostPort(place, NAMESERVER_PORT)),
    seeds: members.map(uri),
    probes,
  })
  const { resolve, forget } = directory
  const places = new WatchPlaces(directory, ports.random)
  return new Client({
    cluster,
    directory,
    probes,
    clock: ports.clock,
    caller: new Caller({ ...ports, resolve, forget }),
    watcher: new Caller({ ...ports, resolve: places.resolve, forget: places.forget }),
    timeoutMs: options.timeoutMs ?? CALL_TIMEOUT_MS,
  })
}

interface ClientParts {
  readonly cluster: string
  readonly directory: Directory
  readonly probes: Probes
  readonly clock: Clock
  readonly caller: Caller
  /** For calls that wait at a member: on connections of their own, where they hold up no others. */
  readonly watcher: Caller
  readonly timeoutMs: number
}

class Client implements Rollcall {
  readonly nameserver: Remote<NameServerApi>
  readonly #parts: ClientParts
  readonly #feeds = new Set<Feed<unknown>>()
  #isClosed = false

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.nameserver = this.object<NameServerApi>(NAMESERVER_OBJECT)
  }

  object<T>(name: string): Remote<T> {
    const target = targetOf(name)
    const { caller, timeoutMs } = this.#parts
    return createProxy<T>((method, params) => caller.call(target, method, params, { timeoutMs }), {
      name,
      methods: () => caller.methodsOf(target),
    })
  }

  async call(
    object: string,
    method: string,
    params: readonly Json[],
    options: CallOptions = {},
  ): Promise<Json> {
    checkOptions('call', options, CALL_RULES)
    if (options.meta !== undefined) checkOptions('call: meta', options.meta, META_RULES)
    const { caller, timeoutMs } = this.#parts
    return await caller.call(targetOf(object), method, params, { timeoutMs, ...options })
  }

  async leader(): Promise<Uri | null> {
    const leader = leaderOf(await this.status())
    return leader && uri(leader.uri)
  }

  async callLeader(
    method: string,
    params: readonly Json[],
    options: Pick<CallOptions, 'timeoutMs' | 'onWaiting'> = {},
  ): Promise<Json> {
    checkOptions('callLeader', options, LEADER_CALL_RULES)
    const { caller, timeoutMs } = this.#parts
    const find = (): Promise<Uri> => this.#leaderFor(method)
    return await caller.call({ find }, method, params, { timeoutMs, ...options, isHarmless: true })
  }

  async #leaderFor(method: string): Promise<Uri> {
    const leader = await this.leader()
    if (leader !== null) return leader
    throw new NoQuorumError(`${method} must wait: the members have no leader now`)
  }

  async status(timeoutMs = STATUS_TIMEOUT_MS): Promise<readonly MemberView[]> {
    checkValue('status: timeoutMs', timeoutMs, TIMEOUT)
    if (this.#isClosed) throw new UnreachableError('this client is closed; nobody was asked')
    return this.#parts.directory.views(timeoutMs)
  }

  watch(object: string, options: WatchOptions = {}): Watch {
    checkOptions('watch', options, WATCH_RULES)
    const { watcher, clock, timeoutMs } = this.#parts
    const poll: Poll = (from, filter, call) =>
      watcher.call({ name: object }, 'next', [object, from, filter], call)
    const watch: EventWatch = new EventWatch(
      { poll, clock, timeoutMs, ended: () => this.#feeds.delete(watch) },
      { ...options },
    )
    this.#feeds.add(watch)
    return watch
  }

  watchLeader(): AsyncIterableIterator<Uri | null, undefined> {
    const { cluster, directory, probes, clock } = this.#parts
    const feed: LeaderFeed = new LeaderFeed({
      directory,
      probes,
      clock,
      name: `${cluster}.leader`,
      leader: () => this.leader(),
      ended: () => this.#feeds.delete(feed),
    })
    this.#feeds.add(feed)
    return feed
  }

  close(): void {
    this.#isClosed = true
    const { caller, watcher, probes } = this.#parts
    for (const feed of this.#feeds) void feed.return()
    caller.close()
    watcher.close()
    probes.close()
  }
}

/** @throws InvalidParamsError for a URI that is none */
function targetOf(object: string): Target {
  checkValue('the name of an object', object, TEXT)
  return object.includes('@') ? { uri: uri(object) } : { name: object }
}
