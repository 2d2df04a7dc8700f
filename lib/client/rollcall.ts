/** A client as its users see it: what it offers, and its options. */
import type { MdnsOptions } from '../discovery/trust.js'
import type { Json } from '../json.js'
import type { NameServerApi } from '../names.js'
import type { ByteStream } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import type { Reference } from '../rpc/kept-reference.js'
import type { CallOptions } from '../rpc/proxies/call-options.js'
import type { Remote } from '../rpc/proxies/proxy.js'
import type { TlsOptions } from '../rpc/tls-options.js'
import type { Uri } from '../rpc/uri.js'
import type { FailedCall } from '../serving/handlers.js'
import type { Batch, Together } from './batch.js'
import type { SharedList } from './collections/list.js'
import type { SharedMap } from './collections/map.js'
import type { SharedSet } from './collections/set.js'
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
import type { ResolveOptions } from './found.js'
import type { MemberView } from './views.js'
import type { Watch, WatchOptions } from './watch.js'

/** Whom a client asks first, and how long its calls may take. */
export interface ConnectOptions {
  /** Addresses of the name servers, `host:port`. Default `localhost:9090`, or none when `members` is given. */
  readonly nameserver?: string | readonly string[] | undefined
  /**
   * URIs of members to ask while no name server answers. Default: `node1@localhost:9101` to `node4@localhost:9104`, or
   * none when `nameserver` is given.
   */
  readonly members?: readonly string[] | undefined
  /** Name of the cluster. Default `rollcall`. */
  readonly cluster?: string | undefined
  /**
   * Whether to look for name servers and members on the local network, and whose announcements to believe. Those found
   * are asked in addition to those in `nameserver` and `members`, which then have no defaults. Default false.
   */
  readonly mdns?: boolean | MdnsOptions | undefined
  /**
   * Sent with each call, for processes that authenticate their callers (`authenticate`), but never to an address that
   * is known only from a reference. Without TLS it can be read in transit. Default none.
   */
  readonly token?: string | undefined
  /**
   * Authorizes the operators' methods of members (`addMember`, `removeMember`, `transferLeadership`, `backup`), called
   * through `callLeader`, or through `call` with a member's URI. Each member has its own token, in the file
   * `operator.token` of its data folder. A function is given the member's URI and returns its token; if the member
   * refuses that one, it is called once more with `wasRefused` true, to offer another. Default: `token`.
   */
  readonly operatorToken?: string | ((member: Uri, wasRefused: boolean) => string | undefined) | undefined
  /**
   * Opens the stream for each new connection to `place` (`host:port` or `unix:/path`) instead of a socket: a Duplex of
   * node:stream, which the client owns from then on. Called again after a connection is lost. If it throws, the place
   * counts as unreachable for that reason. Node.js only. Default: sockets.
   */
  readonly dial?: ((place: string) => ByteStream) | undefined
  /**
   * Whether connections over TCP use TLS. True: trust the authorities that Node.js knows, and show no certificate. In a
   * browser only true and false are possible, and the default is true on a page that was loaded over https. Default
   * false.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /** How long a call may take, including all its attempts, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** As in {@link CallOptions}, for each call without one of its own. It must not throw. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /**
   * Called with each error thrown by a function or an object that this client has passed to another process, in
   * addition to whoever called it there. Default: only that caller is told.
   */
  readonly onCallError?: ((error: unknown, call: FailedCall | undefined) => unknown) | undefined
  /**
   * Called with each message sent or received, as one line of at most 1,000 characters: `console.log`, say. Tokens are
   * left out, arguments and results are not. It must not throw. Default: messages are not logged.
   */
  readonly logWire?: WireLog | undefined
}

/** How a call to the current leader is made. */
export interface LeaderCallOptions extends Pick<CallOptions, 'timeoutMs' | 'onWaiting'> {
  /**
   * How long one attempt may take, in milliseconds, before the leader is looked for again and the call repeated.
   * Default: whatever is left of `timeoutMs`, as long as the leader shows that it is alive.
   */
  readonly attemptMs?: number | undefined
  /** Called before each attempt with the member that it goes to. */
  readonly onLeader?: ((leader: Uri) => void) | undefined
}

/** How a batch is sent. */
export interface BatchOptions extends Pick<CallOptions, 'timeoutMs' | 'signal' | 'onWaiting'> {
  /** Whether the calls are sent without waiting for answers. Default false. */
  readonly oneway?: boolean | undefined
}

/** How an atomic group of commands is sent. */
export type AtomicOptions = Pick<CallOptions, 'timeoutMs' | 'signal' | 'onWaiting'>

/** A client of one cluster. With `using`, it is closed at the end of the block. */
export interface Rollcall extends Disposable {
  readonly nameserver: Remote<NameServerApi>
  /**
   * A proxy for the object with that name: a replicated object, one registered by any process, a member, one that has
   * these tags (`meta:red,fast`), or a URI, `objectId@host:port`; or for the object behind a reference that a
   * replicated object has kept. If several share the name or the tags, calls are spread over them. Making a proxy sends
   * nothing. Its calls reject with a RollcallError, whose `outcome` says whether the method has run.
   */
  object<T>(name: string | Reference<T>): Remote<T>
  /**
   * One call by name. An attempt that certainly did not run is repeated until `timeoutMs` is over. One that may have
   * run is repeated only where that is harmless: for queries, and for commands of replicated objects, which run once
   * however many attempts they take.
   */
  call(object: string, method: string, params: readonly Json[], options?: CallOptions): Promise<Json>
  /**
   * Several calls in one go, to any objects. `calls` makes them before it returns:
   *
   *     const [sum, name] = await rollcall.batch((calls) => [
   *       calls.of(counter).increment(),
   *       calls.of(kv).get('name'),
   *     ])
   *
   * Calls to the same process travel in one message and run there one after another, in this order. Each has its own
   * outcome, as if it had been made alone; one that fails does not stop the others. If `calls` returns a list of
   * promises, this resolves with their results once all have settled, or rejects with the error of the first in the
   * list that failed. Otherwise it settles as what `calls` returns, such as `Promise.allSettled([…])`.
   */
  batch<const R>(
    calls: (batch: Batch) => R,
    options?: BatchOptions & { readonly oneway?: false | undefined },
  ): Promise<Together<R>>
  /** The same without answers: resolves when the calls have been sent, and nothing tells whether they ran. */
  batch(calls: (batch: Batch) => unknown, options: BatchOptions & { readonly oneway: true }): Promise<void>
  /**
   * Several commands of replicated objects of one cluster, as one entry of the log: either all of them are executed,
   * one after another with nothing in between, or none is.
   *
   *     await rollcall.atomic((calls) => [
   *       calls.of(accounts).withdraw('ann', 10),
   *       calls.of(accounts).deposit('bob', 10),
   *     ])
   *
   * Resolves as {@link batch} does. If one command fails, all reject with a RolledBackError, whose `cause` is that
   * command's own error and whose `index` says which it was; then nothing was executed.
   */
  atomic<const R>(commands: (batch: Batch) => R, options?: AtomicOptions): Promise<Together<R>>
  /**
   * The URI of the object with that name, or the URIs of all that share the name or have the tags, looked up now;
   * proxies use the answer too. Rejects with NAME_NOT_FOUND at once, unless `options` say to wait.
   */
  resolve(name: string, options?: ResolveOptions): Promise<readonly Uri[]>
  /** The member that leads now, or null while there is none. */
  leader(): Promise<Uri | null>
  /**
   * One call to the member object of the current leader, found by asking the members, not a name server, before each
   * attempt. Attempts that may have run are repeated as well, so the method must tolerate running more than once, as
   * those that change the members do. Rejects with NO_QUORUM while nobody leads.
   */
  callLeader(method: string, params: readonly Json[], options?: LeaderCallOptions): Promise<Json>
  /**
   * The status of every member, all asked at once. One that does not answer within `timeoutMs` milliseconds
   * (default 1,000) counts as unreachable.
   */
  status(timeoutMs?: number): Promise<readonly MemberView[]>
  /**
   * Events of a replicated object, or of the name server (`nameserver`, with names as topics). Nothing is sent before
   * the watch is read or begun. See {@link Watch}.
   */
  watch(object: string, options?: WatchOptions): Watch
  /** Yields the member that leads now, or null while there is none, and then each change. */
  watchLeader(): AsyncIterableIterator<Uri | null, undefined> & AsyncDisposable
  /**
   * A lock that one process of the fleet holds at a time, for as long as it renews it:
   *
   *     await rollcall.lock('invoices').run(async ({ token, signal }) => { … })
   *
   * Making the lock sends nothing. The name has 1 to 512 characters.
   */
  lock(name: string, options?: LeaseOptions): Lock
  /** As a lock, with as many holders at a time as there are permits, 1 to 500. */
  semaphore(name: string, permits: number, options?: LeaseOptions): Semaphore
  /** Elects one leader among the candidates. The leader publishes a value, which anyone can read and watch. */
  election(name: string, options?: LeaseOptions): Election
  /**
   * A job that one process of the fleet runs once, and whose result every process that asks gets:
   *
   *     const sent = await rollcall.once('report/2026-11-30').run(async () => sendReport())
   */
  once(name: string, options?: JobRunOptions): Once
  /**
   * A queue of jobs for workers:
   *
   *     await rollcall.queue('mails').put({ to: 'ann@example.org' })
   *     const worker = rollcall.queue('mails').work(async ({ data }) => send(data), { concurrency: 4 })
   */
  queue(name: string): Queue
  /**
   * A task that one process of the fleet runs at certain times:
   *
   *     await rollcall.schedule('report').every('0 3 * * *', async ({ tick, missed }) => sendReport(tick))
   */
  schedule(name: string): Schedule
  /**
   * Limits how often all processes together may do something, for each key:
   *
   *     const { allowed } = await rollcall.rateLimiter('mails', { permits: 100, perMs: 60_000 }).take(user)
   */
  rateLimiter(name: string, rate: RateOptions): RateLimiter
  /** Whole numbers, each handed out once, reserved in blocks. */
  idGenerator(name: string, options?: IdOptions): IdGenerator
  /** Where `parties` processes, 1 to 500, wait for each other and then go on together. */
  barrier(name: string, parties: number, options?: LeaseOptions): Barrier
  /**
   * A map shared by all that use this name. Nothing checks that its values are of type V:
   *
   *     await rollcall.map<number>('stock').update('tea', (left) => (left ?? 0) + 10)
   */
  map<V = Json>(name: string): SharedMap<V>
  /** A set of texts shared by all that use this name. */
  set(name: string): SharedSet
  /** A list shared by all that use this name. */
  list<V = Json>(name: string): SharedList<V>
  /** Closes sessions and connections. Calls under way reject, watches end, and held locks and leases are lost. */
  close(): void
}
