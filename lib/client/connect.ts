/** The way into a cluster: names become objects whose calls follow the leader. */
import { DEFAULT_CLUSTER, NAMESERVER_OBJECT } from '../defaults.js'
import { discoveryOf, type Discovery } from '../discovery/discovery.js'
import { MDNS } from '../discovery/trust.js'
import { isList, parseJson, type Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Clock } from '../ports.js'
import { Caller, type CallerCallOptions, type Target } from '../rpc/calling/caller.js'
import { CALL_RULES, checkCallOptions, type CallOptions } from '../rpc/proxies/call-options.js'
import { InternalError, NoQuorumError, UnreachableError } from '../rpc/errors.js'
import { followable, SENT_BEFORE } from '../rpc/handing/following.js'
import { metOutside } from '../rpc/met-outside.js'
import {
  BOOLEAN,
  checkOptions,
  checkValue,
  FUNCTION,
  NAME,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
  TIMEOUT,
  type Rule,
  type Rules,
} from '../rpc/options.js'
import { standsFor } from '../rpc/handing/references.js'
import { META_RULES } from '../rpc/messages/request.js'
import type { SurroundingCall, Tracing } from '../rpc/tracing.js'
import { createProxy, type Remote } from '../rpc/proxies/proxy.js'
import { parseUri, uri, type Uri } from '../rpc/uri.js'
import { isCarried, isJson, whyNotCarried } from '../values/carried.js'
import { AtomicEntry } from './atomic-entry.js'
import { BatchToBe, Collector, resultsOf } from './batch.js'
import type { Batch, CollectorParts, ObjectOf, Together } from './batch.js'
import { Directory } from './directory.js'
import { placesToAsk } from './places-to-ask.js'
import { isUri } from './reference.js'
import type { AtomicOptions, BatchOptions, ConnectOptions, LeaderCallOptions, Rollcall } from './rollcall.js'
import { found, RESOLVE_RULES, type ResolveOptions } from './found.js'
import type { Feed } from './feed.js'
import { LeaderFeed } from './leader-feed.js'
import { Probes, type Ports } from './probes.js'
import { leaderOf, nobodyLeads, otherCluster, type MemberView } from './views.js'
import { EventWatch, WATCH_RULES, type Poll, type Watch, type WatchOptions } from './watch.js'
import { WatchPlaces } from './watch-places.js'
import { Watchers } from './watchers.js'

const CALL_TIMEOUT_MS = 10_000
const STATUS_TIMEOUT_MS = 1000

const CONNECT_RULES: Rules<ConnectOptions> = {
  nameserver: TEXT_OR_TEXTS,
  members: TEXTS,
  cluster: NAME,
  mdns: MDNS,
  token: META_RULES.token,
  timeoutMs: TIMEOUT,
  onWaiting: FUNCTION,
}

const LEADER_CALL_RULES: Rules<LeaderCallOptions> = {
  timeoutMs: TIMEOUT,
  attemptMs: TIMEOUT,
  onWaiting: FUNCTION,
  onLeader: FUNCTION,
}

const ATOMIC_RULES: Rules<AtomicOptions> = {
  timeoutMs: TIMEOUT,
  signal: CALL_RULES.signal,
  onWaiting: FUNCTION,
}

const BATCH_RULES: Rules<BatchOptions> = { ...ATOMIC_RULES, oneway: BOOLEAN }

/** As {@link connectWith}, at once, where nothing is to be found on the local network. */
export function connectNow(ports: Ports, options: Omit<ConnectOptions, 'mdns'>): Rollcall {
  return clientOf(ports, options, options.cluster ?? DEFAULT_CLUSTER, undefined)
}

/** A dot parts an object from its method: behind one it would be another object's. */
const METHOD: Rule = {
  holds: (value) => typeof value === 'string' && /^[^.]+$/.test(value),
  wanted: 'a text without a dot',
}

/** Another leader is looked for when one has been silent for twice as long: there may be one after a third of a second. */
const LEADER_HEARTBEAT_MS = 1_000

/**
 * Prepares a client; connections are opened when they are needed, and again when they were lost, so it does not matter
 * whether the cluster is up yet. @throws InvalidParamsError for an address or a URI that is none, and for an option that
 * is none or not what it must be
 */
export async function connectWith(ports: Ports, options: ConnectOptions = {}): Promise<Rollcall> {
  checkOptions('connect', options, CONNECT_RULES, `: write connect({ nameserver: 'localhost:9090' })`)
  const cluster = options.cluster ?? DEFAULT_CLUSTER
  const discovery = await discoveryOf(ports, options.mdns)
  try {
    return clientOf(ports, options, cluster, discovery)
  } catch (error) {
    await discovery?.close()
    throw error
  }
}

function clientOf(
  ports: Ports,
  options: ConnectOptions,
  cluster: string,
  discovery: Discovery | undefined,
): Rollcall {
  const probes = new Probes(ports)
  const directory = new Directory({ ...ports, cluster, probes, ...placesToAsk(options, discovery) })
  const { resolve, known, forget, greeting } = directory
  const referred = (reference: string): object => client.object(reference)
  const saidWith = (own: CallOptions): CallOptions => client.saidOfHandedOver(own)
  const shared = { ...ports, referred, saidWith, forget, greeting, unanswered: () => probes.unanswered }
  const places = new WatchPlaces(directory, ports.random)
  const client = new Client({
    cluster,
    discovery,
    directory,
    probes,
    clock: ports.clock,
    caller: new Caller({ ...shared, resolve, known }),
    operator: new Caller({ ...shared, resolve, heartbeatMs: LEADER_HEARTBEAT_MS }),
    watchers: new Watchers(() => new Caller({ ...shared, resolve: places.resolve, forget: places.forget })),
    surrounding: ports.surrounding,
    tracing: ports.tracing,
    defaults: {
      timeoutMs: options.timeoutMs ?? CALL_TIMEOUT_MS,
      ...(options.token !== undefined && { meta: { token: options.token } }),
      ...(options.onWaiting !== undefined && { onWaiting: options.onWaiting }),
    },
  })
  return client
}

interface ClientParts {
  readonly cluster: string
  readonly discovery: Discovery | undefined
  readonly directory: Directory
  readonly probes: Probes
  readonly clock: Clock
  readonly caller: Caller
  /** For calls to the leader, which must not wait for one that is gone. */
  readonly operator: Caller
  /** For calls that wait at a member: on connections of their own, where they hold up no others. */
  readonly watchers: Watchers
  readonly surrounding: Ports['surrounding']
  readonly tracing: Tracing | undefined
  readonly defaults: Pick<CallerCallOptions, 'onWaiting' | 'meta'> & { readonly timeoutMs: number }
}

class Client implements Rollcall {
  readonly nameserver: Remote<NameServerApi>
  readonly #parts: ClientParts
  readonly #feeds = new Set<Feed<unknown>>()
  /** What the proxies of this client stand for. */
  readonly #objects = new WeakMap<object, ObjectOf>()
  #isClosed = false

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.nameserver = this.object<NameServerApi>(NAMESERVER_OBJECT)
  }

  object<T>(name: string): Remote<T> {
    const target = targetOf(name)
    const { caller, defaults } = this.#parts
    const proxy = createProxy<T>((method, params, options) => this.#call(target, method, params, options), {
      name,
      methods: () => caller.methodsOf(target),
      learn: async ({ timeoutMs = defaults.timeoutMs, signal } = {}) =>
        (await caller.describe(target, { ...defaults, timeoutMs, signal })).methods,
    })
    this.#objects.set(proxy, { name, target })
    standsFor(proxy, name)
    return proxy
  }

  async batch<R>(calls: (batch: Batch) => R, options: BatchOptions = {}): Promise<Together<R>> {
    checkValue('batch: the function', calls, FUNCTION)
    checkOptions('batch', options, BATCH_RULES)
    const { oneway = false, ...shared } = options
    const batch = new BatchToBe(this.#parts.caller, (own) => this.#said({ ...shared, ...own }))
    const collector = this.#collector('batch', batch.add, true)
    const made = collector.collect(calls)
    batch.send(oneway)
    if (oneway) {
      await resultsOf(collector.outcomes)
      return undefined as Together<R>
    }
    return (await (isList(made) ? resultsOf(made) : made)) as Together<R>
  }

  async atomic<R>(commands: (batch: Batch) => R, options: AtomicOptions = {}): Promise<Together<R>> {
    checkValue('atomic: the function', commands, FUNCTION)
    checkOptions('atomic', options, ATOMIC_RULES)
    const entry = new AtomicEntry(this.#parts.caller, this.#parts.clock)
    const collector = this.#collector('atomic entry', entry.add)
    const made = collector.collect(commands)
    const results = Promise.resolve(isList(made) ? resultsOf(made) : made)
    // Where the entry fails, they do.
    results.catch(() => undefined)
    await Promise.all([entry.send(this.#said(options)), ...collector.outcomes])
    return (await results) as Together<R>
  }

  #collector(door: string, add: CollectorParts['add'], isFollowable = false): Collector {
    const { caller } = this.#parts
    return new Collector({
      door,
      objectOf: (proxy) => this.#objects.get(proxy),
      target: targetOf,
      methodsOf: (target) => caller.methodsOf(target),
      add,
      isFollowable,
    })
  }

  /** What is said of this call alone is told to the object's process, too. */
  #call(target: Target, method: string, params: readonly Json[], options?: CallOptions): Promise<unknown> {
    const { tracing } = this.#parts
    const around = this.#around()
    if (tracing !== undefined) return this.#traced(tracing, target, method, params, options, around)
    return this.#callWithin(target, method, params, options, around)
  }

  #callWithin(
    target: Target,
    method: string,
    params: readonly Json[],
    options: CallOptions | undefined,
    around: SurroundingCall | undefined,
  ): Promise<unknown> {
    const { caller, defaults } = this.#parts
    const isPlain = options === undefined && around === undefined
    const said = isPlain ? defaults : this.#said(options ?? {}, around)
    return caller.followed(target, method, params, said)
  }

  /** What is given is read before this returns. */
  #traced(
    tracing: Tracing,
    target: Target,
    method: string,
    params: readonly Json[],
    options: CallOptions | undefined,
    around: SurroundingCall | undefined,
  ): Promise<unknown> {
    const parent = options?.meta?.traceparent ?? around?.traceparent
    const traced = tracing.calling({ object: objectIn(target), method, parent }, (traceparent) => {
      const said =
        traceparent === undefined ? options : { ...options, meta: { ...options?.meta, traceparent } }
      return this.#callWithin(target, method, params, said, around)
    })
    // Its own promise is another one than the call's.
    return followable(traced, SENT_BEFORE)
  }

  /** The call that others are made for, if it has said anything that goes on with them. */
  #around(): SurroundingCall | undefined {
    const around = this.#parts.surrounding?.()
    if (around === undefined) return undefined
    const { traceparent, correlationId } = around
    const isSilent =
      traceparent === undefined && correlationId === undefined && around.remainingMs() === undefined
    return isSilent ? undefined : around
  }

  /** Of a call of what a connection has handed over. Where nobody has said anything, nothing need be. */
  saidOfHandedOver(own: CallOptions): CallOptions {
    const { meta, timeoutMs } = this.#parts.defaults
    const around = this.#around()
    const isPlain = around === undefined && meta === undefined && timeoutMs === CALL_TIMEOUT_MS
    return isPlain ? own : this.#said(own, around)
  }

  /** A call that is made for another one ends with it, and tells what that was told. */
  #said(options: CallOptions = {}, around = this.#around()): CallerCallOptions {
    const { defaults } = this.#parts
    const { consistency, meta, ...rest } = options
    const said = {
      ...defaults.meta,
      ...(around?.traceparent !== undefined && { traceparent: around.traceparent }),
      ...(around?.correlationId !== undefined && { correlationId: around.correlationId }),
      ...meta,
      ...(consistency !== undefined && { consistency }),
    }
    const given = {
      timeoutMs: Math.min(rest.timeoutMs ?? defaults.timeoutMs, around?.remainingMs() ?? Infinity),
      onWaiting: rest.onWaiting ?? defaults.onWaiting,
    }
    return { ...rest, ...given, meta: said }
  }

  async call(
    object: string,
    method: string,
    params: readonly Json[],
    options: CallOptions = {},
  ): Promise<Json> {
    checkValue('call: the method', method, METHOD)
    checkCallOptions('call', options)
    return jsonOf(await this.#call(targetOf(object), method, params, options), `${object}.${method}`)
  }

  async resolve(name: string, options: ResolveOptions = {}): Promise<readonly Uri[]> {
    checkOptions('resolve', options, RESOLVE_RULES)
    targetOf(name)
    const { directory, clock, defaults } = this.#parts
    const isClosed = (): boolean => this.#isClosed
    return await found({ directory, clock, isClosed }, name, { ...defaults, ...options })
  }

  async leader(): Promise<Uri | null> {
    const leader = leaderOf(await this.status())
    return leader && uri(leader.uri)
  }

  async callLeader(method: string, params: readonly Json[], options: LeaderCallOptions = {}): Promise<Json> {
    checkValue('callLeader: the method', method, METHOD)
    checkOptions('callLeader', options, LEADER_CALL_RULES)
    const { operator, defaults } = this.#parts
    const find = async (): Promise<Uri> => {
      const leader = await this.#leaderFor(method)
      options.onLeader?.(leader)
      return leader
    }
    // The leader is told how long it is waited for: what goes on for longer goes on for nobody.
    const timeoutMs = options.timeoutMs ?? defaults.timeoutMs
    const given = { ...defaults, ...options, timeoutMs, meta: {}, isHarmless: true }
    return jsonOf(await operator.call({ find }, method, params, given), method)
  }

  async #leaderFor(method: string): Promise<Uri> {
    const leading = await this.#parts.directory.whoeverLeads()
    if (leading !== undefined) return leading
    const views = await this.status()
    const leader = leaderOf(views)
    if (leader !== null) return uri(leader.uri)
    // Whoever asks for the leader's status does so on the way to something else.
    const what = method === 'status' ? '' : `${method} must wait: `
    const missing = otherCluster(views) ?? (await this.#parts.directory.missing(views))
    throw missing ?? new NoQuorumError(`${what}${nobodyLeads(views)}`)
  }

  async status(timeoutMs = STATUS_TIMEOUT_MS): Promise<readonly MemberView[]> {
    checkValue('status: timeoutMs', timeoutMs, TIMEOUT)
    if (this.#isClosed) throw closed()
    return this.#parts.directory.views(timeoutMs)
  }

  watch(object: string, options: WatchOptions = {}): Watch {
    checkValue('watch: the object', object, TEXT)
    checkOptions('watch', options, WATCH_RULES)
    const { watchers, clock, defaults } = this.#parts
    const { caller, end } = watchers.begin()
    const poll: Poll = async (from, filter, call) =>
      jsonOf(await caller.call({ name: object }, 'next', [object, from, filter], call), 'next')
    const ended = (): void => {
      end()
      this.#feeds.delete(watch)
    }
    const watch: EventWatch = new EventWatch(
      { poll, clock, timeoutMs: defaults.timeoutMs, ended },
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
    const { caller, operator, watchers, probes, discovery } = this.#parts
    void discovery?.close()
    for (const feed of this.#feeds) void feed.return()
    caller.close()
    operator.close()
    watchers.close()
    probes.close()
  }
}

function closed(): UnreachableError {
  const error = new UnreachableError('this client is closed; nobody was asked')
  metOutside(error)
  return error
}

/** As it is told in spans. */
function objectIn(target: Target): string {
  if ('uri' in target) return parseUri(target.uri).objectId
  return 'name' in target ? target.name : 'leader'
}

/** @throws InvalidParamsError for a URI that is none */
function targetOf(object: string): Target {
  checkValue('the name of an object', object, TEXT)
  return isUri(object) ? { uri: uri(object) } : { name: object }
}

/** @throws InternalError for a value that JSON has no word for: an object's proxy brings those */
function jsonOf(result: unknown, method: string): Json {
  if (isJson(result)) return result
  if (isCarried(result, 'left out')) return parseJson(JSON.stringify(result))
  const why = whyNotCarried(result, 'its result', 'left out')
  throw new InternalError(`${method} has run, and ${why}; call it by object() to have it as it is`)
}
