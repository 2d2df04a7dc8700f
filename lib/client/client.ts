/** A client of one cluster: each part of what it can do, by whoever does it. */
import { NAMESERVER_OBJECT } from '../defaults.js'
import type { Discovery } from '../discovery/discovery.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { Clock, Random } from '../ports.js'
import type { Caller } from '../rpc/calling/caller.js'
import { isReference, type Reference } from '../rpc/kept-reference.js'
import { metOutside } from '../rpc/met-outside.js'
import { checkOptions, checkValue, TIMEOUT } from '../rpc/options.js'
import { checkCallOptions, type CallOptions } from '../rpc/proxies/call-options.js'
import type { Remote } from '../rpc/proxies/proxy.js'
import type { Tracing } from '../rpc/tracing.js'
import type { Uri } from '../rpc/uri.js'
import type { Batch, Together } from './batch.js'
import { Calls } from './calls.js'
import { CallsTogether } from './calls-together.js'
import { closed } from './closed.js'
import { Collections } from './collections/collections.js'
import type { SharedList } from './collections/list.js'
import type { SharedMap } from './collections/map.js'
import type { SharedSet } from './collections/set.js'
import { Coordination } from './coordination/coordination.js'
import type { Barrier } from './coordination/barrier.js'
import type { Election } from './coordination/election.js'
import type { IdGenerator, IdOptions } from './coordination/id-generator.js'
import type { Lock } from './coordination/lock.js'
import type { JobRunOptions, Once } from './coordination/once.js'
import type { LeaseOptions } from './coordination/ports.js'
import type { Queue } from './coordination/queue.js'
import type { RateLimiter, RateOptions } from './coordination/rate-limiter.js'
import type { Schedule } from './coordination/schedule.js'
import type { Semaphore } from './coordination/semaphore.js'
import type { Directory } from './directory.js'
import { Feeds } from './feeds.js'
import { found, RESOLVE_RULES, type ResolveOptions } from './found.js'
import { jsonOf } from './json-result.js'
import { LeaderCalls } from './leader-calls.js'
import { asOperator, isForOperators, type OperatorTokenOf } from './operator-token.js'
import type { Probes } from './probes.js'
import { Proxies } from './proxies.js'
import type { AtomicOptions, BatchOptions, LeaderCallOptions, Rollcall } from './rollcall.js'
import type { Defaults, Said } from './said.js'
import { METHOD, targetOf } from './target.js'
import type { MemberView } from './views.js'
import type { Watch, WatchOptions } from './watch.js'
import type { Watchers } from './watchers.js'

const STATUS_TIMEOUT_MS = 1000

export interface ClientParts {
  readonly cluster: string
  readonly discovery: Discovery | undefined
  readonly directory: Directory
  readonly probes: Probes
  readonly clock: Clock
  readonly random: Random
  readonly caller: Caller
  /** For queries that any member may answer. */
  readonly reader: Caller
  /** For calls to the leader, which must not wait for one that is gone. */
  readonly operator: Caller
  /** For calls that wait at a member: on connections of their own, where they hold up no others. */
  readonly watchers: Watchers
  readonly tracing: Tracing | undefined
  readonly defaults: Defaults
  readonly said: Said
  readonly operatorToken?: OperatorTokenOf | undefined
}

export class Client implements Rollcall {
  readonly nameserver: Remote<NameServerApi>
  readonly #parts: ClientParts
  readonly #calls: Calls
  readonly #proxies: Proxies
  readonly #together: CallsTogether
  readonly #leading: LeaderCalls
  readonly #feeds: Feeds
  readonly #coordination: Coordination
  readonly #collections: Collections
  #isClosed = false

  constructor(parts: ClientParts) {
    this.#parts = parts
    this.#calls = new Calls(parts.caller, parts.reader, parts.said, parts.tracing)
    this.#proxies = new Proxies({ ...parts, calls: this.#calls })
    this.#together = new CallsTogether({ ...parts, proxies: this.#proxies })
    this.#leading = new LeaderCalls({ ...parts, status: () => this.status() })
    const { timeoutMs } = parts.defaults
    this.#feeds = new Feeds({ ...parts, timeoutMs, leader: () => this.leader() })
    const { clock, random } = parts
    const ports = { clock, random, call: this.call.bind(this), watch: this.watch.bind(this) }
    this.#coordination = new Coordination(ports)
    this.#collections = new Collections(ports)
    this.nameserver = this.object<NameServerApi>(NAMESERVER_OBJECT)
  }

  object<T>(name: string | Reference<T>): Remote<T> {
    return isReference(name) ? this.#proxies.referred<T>(name.of) : this.#proxies.to<T>(name)
  }

  /**
   * What a reference stands for that another process has sent: its calls need not be waited for, where it is an argument.
   * Calls nobody. @throws InvalidParamsError for what is no name and no URI
   */
  referred(reference: string, isGiven: boolean): object {
    return this.#proxies.referred(reference, isGiven)
  }

  async call(
    object: string,
    method: string,
    params: readonly Json[],
    options: CallOptions = {},
  ): Promise<Json> {
    checkValue('call: the method', method, METHOD)
    checkCallOptions('call', options)
    const target = targetOf(object)
    const ask = (own: CallOptions): Promise<unknown> => this.#calls.call(target, method, params, own)
    const isAsOperator = 'uri' in target && isForOperators(method) && options.meta?.token === undefined
    const result = await (isAsOperator ? this.#asOperator(target.uri, options, ask) : ask(options))
    return jsonOf(result, `${object}.${method}`)
  }

  batch<R>(calls: (batch: Batch) => R, options?: BatchOptions): Promise<Together<R>> {
    return this.#together.batch(calls, options)
  }

  atomic<R>(commands: (batch: Batch) => R, options?: AtomicOptions): Promise<Together<R>> {
    return this.#together.atomic(commands, options)
  }

  async resolve(name: string, options: ResolveOptions = {}): Promise<readonly Uri[]> {
    checkOptions('resolve', options, RESOLVE_RULES)
    targetOf(name)
    const { directory, clock, defaults } = this.#parts
    const isClosed = (): boolean => this.#isClosed
    try {
      return await found({ directory, clock, isClosed }, name, { ...defaults, ...options })
    } catch (error) {
      throw metOutside(error)
    }
  }

  #asOperator(
    member: Uri,
    options: CallOptions,
    ask: (own: CallOptions) => Promise<unknown>,
  ): Promise<unknown> {
    return asOperator(this.#parts.operatorToken, (tokenOf) => {
      const token = tokenOf?.(member)
      return ask(token === undefined ? options : { ...options, meta: { token, ...options.meta } })
    })
  }

  leader(): Promise<Uri | null> {
    return this.#leading.leader()
  }

  callLeader(method: string, params: readonly Json[], options?: LeaderCallOptions): Promise<Json> {
    return this.#leading.call(method, params, options)
  }

  async status(timeoutMs = STATUS_TIMEOUT_MS): Promise<readonly MemberView[]> {
    checkValue('status: timeoutMs', timeoutMs, TIMEOUT)
    if (this.#isClosed) throw closed()
    return this.#parts.directory.views(timeoutMs)
  }

  watch(object: string, options?: WatchOptions): Watch {
    return this.#feeds.watch(object, options)
  }

  watchLeader(): AsyncIterableIterator<Uri | null, undefined> & AsyncDisposable {
    return this.#feeds.watchLeader()
  }

  lock(name: string, options?: LeaseOptions): Lock {
    return this.#coordination.lock(name, options)
  }

  semaphore(name: string, permits: number, options?: LeaseOptions): Semaphore {
    return this.#coordination.semaphore(name, permits, options)
  }

  election(name: string, options?: LeaseOptions): Election {
    return this.#coordination.election(name, options)
  }

  once(name: string, options?: JobRunOptions): Once {
    return this.#coordination.once(name, options)
  }

  queue(name: string): Queue {
    return this.#coordination.queue(name)
  }

  schedule(name: string): Schedule {
    return this.#coordination.schedule(name)
  }

  rateLimiter(name: string, rate: RateOptions): RateLimiter {
    return this.#coordination.rateLimiter(name, rate)
  }

  idGenerator(name: string, options?: IdOptions): IdGenerator {
    return this.#coordination.idGenerator(name, options)
  }

  barrier(name: string, parties: number, options?: LeaseOptions): Barrier {
    return this.#coordination.barrier(name, parties, options)
  }

  map<V = Json>(name: string): SharedMap<V> {
    return this.#collections.map(name)
  }

  set(name: string): SharedSet {
    return this.#collections.set(name)
  }

  list<V = Json>(name: string): SharedList<V> {
    return this.#collections.list(name)
  }

  close(): void {
    this.#isClosed = true
    this.#coordination.close()
    const { caller, reader, operator, watchers, probes, discovery } = this.#parts
    void discovery?.close()
    this.#feeds.close()
    caller.close()
    reader.close()
    operator.close()
    watchers.close()
    probes.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
