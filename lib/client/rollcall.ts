/** A client as its users see it: what it can do, and what it can be told. */
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
  /** The name servers, `host:port`. Default `localhost:9090`; none when members are given. */
  readonly nameserver?: string | readonly string[] | undefined
  /**
   * URIs of members, to ask while no name server answers. Default: the four of `lib/defaults.ts`; none when a name
   * server is given.
   */
  readonly members?: readonly string[] | undefined
  /** Default `rollcall`. */
  readonly cluster?: string | undefined
  /**
   * Whether name servers and members are looked for on the local network, and whose announcements are believed. They
   * are asked beside those that are given; there are no others by default then. Default false.
   */
  readonly mdns?: boolean | MdnsOptions | undefined
  /**
   * Goes with each call, for processes that ask who calls (`authenticate`), but not to an address that only references
   * name. It is readable on the way. Default none.
   */
  readonly token?: string | undefined
  /**
   * What operators show a member that they want something of: it goes with calls of the methods that are for operators
   * (`addMember`, `removeMember`, `transferLeadership`, `backup`), by `callLeader`, or by `call` of a member's URI. It
   * stands in `operator.token` in the member's data folder; each member has its own, so a function is asked for that of
   * the member of a URI; where that refuses it, once more with `wasRefused`, for another one to try. Default: `token`.
   */
  readonly operatorToken?: string | ((member: Uri, wasRefused: boolean) => string | undefined) | undefined
  /**
   * Opens the stream of a new connection to a place, `host:port` or `unix:/path`, in place of a socket: a Duplex of
   * node:stream, which is the client's from then on. What it throws is why the place was not reached. It is asked again
   * when a connection is lost. Node.js alone. Default: sockets.
   */
  readonly dial?: ((place: string) => ByteStream) | undefined
  /**
   * Speaks TLS with all that it calls by TCP. True: by the authorities that Node.js knows, without a certificate of its
   * own. In a page, true is all there is, and the default where the page came by https. Default false.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /** How long a call may take, with all its attempts, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** As in {@link CallOptions}, for each call that does not bring its own. It must not throw. */
  readonly onWaiting?: ((why: string) => void) | undefined
  /**
   * Told of each error that a function or an object of this client has thrown which it has handed over, beside who
   * called it. Default: nobody else hears of it.
   */
  readonly onCallError?: ((error: unknown, call: FailedCall | undefined) => unknown) | undefined
  /**
   * Told each message that comes or goes, as one line of at most 1,000 characters, tokens left out: `console.log`.
   * Arguments and results stand in it. It must not throw. Default: nobody is told.
   */
  readonly logWire?: WireLog | undefined
}

/** How a call of whoever leads is made. */
export interface LeaderCallOptions extends Pick<CallOptions, 'timeoutMs' | 'onWaiting'> {
  /**
   * How long one attempt may take, in milliseconds; then the leader is looked for anew, and asked to go on. Default:
   * all that is left of `timeoutMs`, as long as the leader gives a sign of life.
   */
  readonly attemptMs?: number | undefined
  /** Told whom each attempt goes to. */
  readonly onLeader?: ((leader: Uri) => void) | undefined
}

/** How a batch is sent. */
export interface BatchOptions extends Pick<CallOptions, 'timeoutMs' | 'signal' | 'onWaiting'> {
  /** Nobody waits for an answer. Default false. */
  readonly oneway?: boolean | undefined
}

/** Of the one entry that all commands are. */
export type AtomicOptions = Pick<CallOptions, 'timeoutMs' | 'signal' | 'onWaiting'>

/** A client of one cluster. `using` closes it at the end of its block. */
export interface Rollcall extends Disposable {
  readonly nameserver: Remote<NameServerApi>
  /**
   * The object of that name: replicated, registered by anybody, a member, any that has these tags (`meta:red,fast`), or
   * `objectId@host:port`; or the one to which a replicated object has kept a reference. Of several that share a name, or
   * have the tags, each call goes to another one. Making it calls nobody. Its calls reject with a RollcallError, whose
   * `outcome` says whether the method has run.
   */
  object<T>(name: string | Reference<T>): Remote<T>
  /**
   * One call by name. Attempts that surely have not run are repeated until the time is over. Those that may have run
   * are repeated when that can do no harm: queries, and commands of replicated objects, which run once in all their
   * attempts.
   */
  call(object: string, method: string, params: readonly Json[], options?: CallOptions): Promise<Json>
  /**
   * Several calls at once, of any objects, which `calls` makes before it returns:
   *
   *     const [sum, name] = await rollcall.batch((calls) => [
   *       calls.of(counter).increment(),
   *       calls.of(kv).get('name'),
   *     ])
   *
   * Those that go to one place go in one message, and run there one after another, in this order. Each has an outcome
   * of its own, as if it had been made alone, and one that fails keeps none of the others from running. Resolves, when
   * `calls` returns a list of promises, once all of them have their outcomes, with their results in the order of the
   * list, or rejects with the error of the first in it that has failed; else as what it returns, such as
   * `Promise.allSettled([…])`.
   */
  batch<const R>(
    calls: (batch: Batch) => R,
    options?: BatchOptions & { readonly oneway?: false | undefined },
  ): Promise<Together<R>>
  /** The same without answers: nobody hears whether they have run. Resolves when they are sent. */
  batch(calls: (batch: Batch) => unknown, options: BatchOptions & { readonly oneway: true }): Promise<void>
  /**
   * Several commands of replicated objects of one cluster as one: all of them are executed, one after another with
   * nothing between them, or none.
   *
   *     await rollcall.atomic((calls) => [
   *       calls.of(accounts).withdraw('ann', 10),
   *       calls.of(accounts).deposit('bob', 10),
   *     ])
   *
   * Resolves as {@link batch} does. Where one of them fails, all reject with a RolledBackError, whose `cause` is the
   * command's own error and whose `index` says which it was: nothing was executed.
   */
  atomic<const R>(commands: (batch: Batch) => R, options?: AtomicOptions): Promise<Together<R>>
  /**
   * Where the object of that name is, or, of several that share it or have the tags, all of them: as it is now, and
   * known to `object`. NAME_NOT_FOUND at once, unless it is to be waited for.
   */
  resolve(name: string, options?: ResolveOptions): Promise<readonly Uri[]>
  /** The member that leads now, or null while there is none. */
  leader(): Promise<Uri | null>
  /**
   * One call to the member that leads, whoever that is: the members are asked before each attempt, no name server is.
   * The method must be one that may run more than once, as those that change the members are: attempts that may have
   * run are repeated, too. NO_QUORUM while nobody leads.
   */
  callLeader(method: string, params: readonly Json[], options?: LeaderCallOptions): Promise<Json>
  /** Every member, asked all at once; who has not answered within `timeoutMs` (default 1,000) is unreachable. */
  status(timeoutMs?: number): Promise<readonly MemberView[]>
  /**
   * Events of a replicated object, or of the name server (`nameserver`, with names as topics). It calls nobody before
   * it is read or begun. See {@link Watch}.
   */
  watch(object: string, options?: WatchOptions): Watch
  /** The member that leads now, or null while there is none, and then each change. */
  watchLeader(): AsyncIterableIterator<Uri | null, undefined> & AsyncDisposable
  /**
   * A lock that one process of the fleet holds at a time, while it keeps it up:
   *
   *     await rollcall.lock('invoices').run(async ({ token, signal }) => { … })
   *
   * Making it calls nobody; the name has 1 to 512 characters.
   */
  lock(name: string, options?: LeaseOptions): Lock
  /** The same for as many at a time as there are permits, 1 to 500. */
  semaphore(name: string, permits: number, options?: LeaseOptions): Semaphore
  /** One leader of those who stand, with a value that all can read, and whose changes can be watched. */
  election(name: string, options?: LeaseOptions): Election
  /**
   * A job that one process of the fleet runs, and whose result all have who ask for it:
   *
   *     const sent = await rollcall.once('report/2026-11-30').run(async () => sendReport())
   */
  once(name: string, options?: JobRunOptions): Once
  /**
   * Jobs that wait for workers:
   *
   *     await rollcall.queue('mails').put({ to: 'ann@example.org' })
   *     const worker = rollcall.queue('mails').work(async ({ data }) => send(data), { concurrency: 4 })
   */
  queue(name: string): Queue
  /**
   * What is to be done at certain times by one process of the fleet:
   *
   *     await rollcall.schedule('report').every('0 3 * * *', async ({ tick, missed }) => sendReport(tick))
   */
  schedule(name: string): Schedule
  /**
   * A bound on how often all processes together do something, for each key:
   *
   *     const { allowed } = await rollcall.rateLimiter('mails', { permits: 100, perMs: 60_000 }).take(user)
   */
  rateLimiter(name: string, rate: RateOptions): RateLimiter
  /** Whole numbers, each given out once, which are reserved by blocks. */
  idGenerator(name: string, options?: IdOptions): IdGenerator
  /** So many parties, 1 to 500, that wait for each other and pass together. */
  barrier(name: string, parties: number, options?: LeaseOptions): Barrier
  /**
   * A map that all who name it share, with values of one type, which nobody checks:
   *
   *     await rollcall.map<number>('stock').update('tea', (left) => (left ?? 0) + 10)
   */
  map<V = Json>(name: string): SharedMap<V>
  /** A set of texts that all who name it share. */
  set(name: string): SharedSet
  /** A list that all who name it share. */
  list<V = Json>(name: string): SharedList<V>
  /** Closes the sessions and the connections. Calls under way reject, watches end, and what is held is lost. */
  close(): void
}
