/** One member's copy of the replicated objects: a core and its driver, the way to the peers, and the calls that wait. */
import type { Json } from '../json.js'
import type { MemberStatus } from '../member.js'
import type { Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { ms } from '../ports.js'
import { createRaftServer } from '../raft/index.js'
import { clusterId, ticks } from '../raft/types.js'
import type {
  Configuration,
  Entry,
  Incarnation,
  RaftEvent,
  RaftServer,
  Recovered,
  ServerId,
  Term,
} from '../raft/types.js'
import { InvalidParamsError, NotLeaderError, SessionExpiredError, TooLargeError } from '../rpc/errors.js'
import type { CallContext, CallMeta, ExposedMethod, ExposedObject } from '../rpc/host.js'
import { uri } from '../rpc/uri.js'
import { COMMAND_BYTES_MAX, encodeCommand, isTooLarge } from './command-text.js'
import { Driver } from './driver.js'
import type { LogStore, Outside } from './driver.js'
import { helloOf, WipedMemberError } from './hello.js'
import { HostedObjects } from './hosted.js'
import { LogTime } from './log-time.js'
import { UnsuitableClassError } from './marks.js'
import type { ReplicatedSource } from './marks.js'
import { memberObject, statusOf } from './member-object.js'
import { PeerDoor } from './peer-door.js'
import { Peers } from './peers.js'
import type { LinkHooks, PeerLinks } from './peers.js'
import { Pending } from './pending.js'
import { Reads } from './reads.js'
import { logEvent } from './sentences.js'
import { Watches } from './watches.js'

export interface ReplicaOptions {
  readonly id: ServerId
  /** The cluster's name. Members of another one are refused. */
  readonly cluster: string
  /** The configuration in force while the log has none; `uris` says where each member is. */
  readonly bootstrap: Configuration
  readonly incarnation: Incarnation
  readonly storage: LogStore
  readonly recovered: Recovered
  /** The replicated objects by name; the same on every member. */
  readonly classes: ReadonlyMap<string, ReplicatedSource>
  /** Milliseconds. Defaults elsewhere: 150, 300, 50. */
  readonly timing: {
    readonly electionTimeoutMin: Ms
    readonly electionTimeoutMax: Ms
    readonly heartbeat: Ms
  }
  /** The way to the other members. Default: one connection each, over the transport. */
  readonly links?: (hooks: LinkHooks) => PeerLinks
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The object that tells what happens to the others. */
const WATCH_OBJECT = 'watch'

/** What a call without a budget of its own may take. */
const CALL_BUDGET_MS = 10_000

export class Replica {
  /** The member's own object, under its id: status, isLeader, entries, and what is between members. */
  readonly member: ExposedObject
  /** The replicated objects, and `watch`, which tells what happens to them. */
  readonly objects: ReadonlyMap<string, ExposedObject>
  /** Resolves when this replica can't go on: its storage failed, an invariant broke, its folder was wiped. The process must stop. */
  readonly failed: Promise<Error>
  readonly #options: ReplicaOptions
  /** To look at, for metrics and checks; only this replica steps it. */
  readonly raft: RaftServer
  readonly #driver: Driver
  readonly #hosted: HostedObjects
  readonly #time: LogTime
  readonly #pending: Pending
  readonly #reads: Reads
  readonly #watches: Watches
  readonly #peers: PeerLinks
  readonly #door: PeerDoor
  readonly #listeners = new Set<(status: MemberStatus) => void>()
  readonly #recoveredIndex: number
  #resolveFailed: (error: Error) => void = () => undefined
  /** The term of the last entry applied while leading: once it is the current one, this leader can serve. */
  #servedTerm: Term | undefined
  #ended = false
  #closed: Promise<void> | undefined

  /** Throws (rejects) an `UnsuitableClassError` for a class that can't be replicated, before anything has started. */
  static start(options: ReplicaOptions): Promise<Replica> {
    return new Promise((resolve) => resolve(new Replica(options)))
  }

  private constructor(options: ReplicaOptions) {
    this.#options = options
    const { clock, logger, recovered, cluster, incarnation, storage, timing } = options
    this.failed = new Promise((resolve) => (this.#resolveFailed = resolve))
    this.#time = new LogTime(clock)
    if (options.classes.has(WATCH_OBJECT))
      throw new UnsuitableClassError(
        `every member has an object ${WATCH_OBJECT} of its own: choose another name`,
      )
    this.#hosted = new HostedObjects(options.classes, this.#time, logger)
    this.raft = createRaftServer(coreOptions(options), recovered)
    this.#recoveredIndex = recovered.entries.at(-1)?.index ?? 0
    this.#driver = new Driver({
      core: this.raft,
      storage,
      clock,
      patience: timing.heartbeat,
      outside: this.#outside(),
    })
    const take = this.#driver.take.bind(this.#driver)
    const notLeader = () => this.#notLeader()
    this.#pending = new Pending({
      clock,
      notLeader,
      propose: (commands) => take({ type: 'propose', commands }),
    })
    this.#reads = new Reads({
      clock,
      notLeader,
      applied: () => this.#driver.applied,
      ask: (context) => take({ type: 'read', context, anywhere: false }),
    })
    this.#watches = new Watches({
      clock,
      notLeader,
      history: this.#hosted.events,
      hosts: (name) => options.classes.has(name),
      applied: () => this.#driver.applied,
      isInContact: () => this.raft.view.leaderId !== undefined,
    })
    const shared = {
      take,
      view: () => this.raft.view,
      hello: () => helloOf(cluster, incarnation, this.raft.view),
    }
    const { transport, random } = options
    const { electionTimeoutMin, electionTimeoutMax } = timing
    const patience = { silenceMs: electionTimeoutMin, requestTimeoutMs: electionTimeoutMax * 4 }
    this.#door = new PeerDoor(shared)
    const ownFolderLost = () => this.#fail(new WipedMemberError(options.id))
    const links =
      options.links ?? ((hooks) => new Peers({ ...hooks, ...patience, transport, clock, random, logger }))
    this.#peers = links({ ...shared, ownFolderLost })
    this.member = memberObject(this.raft, () => this.status(), this.#door.methods)
    const hosted = [...this.#hosted.marks.keys()].map((name) => [name, this.#expose(name)] as const)
    this.objects = new Map([...hosted, [WATCH_OBJECT, this.#watches.object]])
    take({ type: 'tick' })
  }

  status(): MemberStatus {
    return statusOf(this.raft.view, this.#options.cluster, this.#driver.applied)
  }

  /** Whether this member leads and has committed and applied an entry of its own term: then it can be announced. */
  get isServing(): boolean {
    const { role, currentTerm } = this.raft.view
    return !this.#ended && role === 'leader' && this.#servedTerm === currentTerm
  }

  /** Called after the role, the leader or the term changed, and when this leader begins to serve. The result takes it back. */
  onChange(listener: (status: MemberStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Steps down or falls silent, answers everyone who waits, and closes the storage. Harmless when called again. */
  stop(): Promise<void> {
    if (!this.#ended) {
      this.#driver.stop()
      this.#end('this member is stopping')
    }
    return (this.#closed ??= this.#options.storage.close())
  }

  // The journey of a command: encode once → propose, with all others of this turn → (driver) persist ‖ send →
  // majority → apply → reply. `Outside.apply` below is where it comes back.

  #command(object: string, method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    if (this.raft.view.role !== 'leader') throw this.#notLeader()
    refuseSession(`${object}.${method}`, context.meta)
    const { random } = this.#options
    const text = encodeCommand({
      object,
      method,
      params,
      time: this.#time.stamp(),
      seed: random.below(2 ** 32),
    })
    if (isTooLarge(text))
      throw new TooLargeError(`${object}.${method}: a command has at most ${COMMAND_BYTES_MAX} bytes`)
    return this.#pending.submit(text, `${object}.${method}`, this.#deadline(context))
  }

  #outside(): Outside {
    return {
      proposed: (effect) =>
        effect.type === 'appended'
          ? this.#pending.appended(effect.from, effect.term)
          : this.#pending.refused(effect.reason),
      send: ({ to, message }) => this.#peers.send(to, message),
      reply: (effect) =>
        effect.type === 'reply'
          ? this.#door.answer(effect.exchange, effect.message)
          : this.#door.reject(effect.exchange),
      apply: (entry) => this.#apply(entry),
      applied: (index) => {
        this.#reads.applied(index)
        this.#watches.applied(index)
      },
      read: (effect) =>
        effect.type === 'readReady'
          ? this.#reads.confirmed(effect.context, effect.index)
          : this.#reads.refused(effect.context, effect.reason),
      event: ({ event }) => this.#event(event),
      failed: (error) => this.#fail(error),
    }
  }

  #apply(entry: Entry): void {
    const result =
      entry.kind === 'command' ? this.#hosted.apply(entry, entry.index > this.#recoveredIndex) : undefined
    this.#pending.settle(entry, result)
    const { role, currentTerm } = this.raft.view
    if (role !== 'leader' || entry.term !== currentTerm || this.#servedTerm === currentTerm) return
    this.#servedTerm = currentTerm
    this.#changed()
  }

  #query(
    object: string,
    method: string,
    params: readonly Json[],
    context: CallContext,
  ): Json | Promise<Json> {
    const run = () => this.#hosted.query(object, method, params)
    switch (context.meta.consistency ?? 'linearizable') {
      case 'stale':
        return run()
      case 'follower':
        throw new InvalidParamsError(
          'consistency "follower" is not served yet: use "linearizable" at the leader, or "stale"',
        )
      case 'linearizable':
        if (this.raft.view.role !== 'leader') throw this.#notLeader()
        return this.#reads.submit(`${object}.${method}`, this.#deadline(context), run)
    }
  }

  #expose(object: string): ExposedObject {
    const methods = new Map<string, ExposedMethod>()
    for (const [method, { kind }] of this.#hosted.marks.get(object)?.methods ?? []) {
      const handler: ExposedMethod['handler'] =
        kind === 'command'
          ? (params, context) => this.#command(object, method, params, context)
          : (params, context) => this.#query(object, method, params, context)
      methods.set(method, { kind, handler })
    }
    return { methods }
  }

  #deadline({ deadline }: CallContext): Ms {
    return deadline ?? ms(this.#options.clock.now() + CALL_BUDGET_MS)
  }

  #notLeader(): NotLeaderError {
    const { leaderId, currentTerm, configuration, id } = this.raft.view
    const leader = leaderId === undefined || leaderId === id ? undefined : configuration.uris[leaderId]
    return new NotLeaderError({
      leader: leader === undefined ? null : uri(leader),
      term: currentTerm,
      members: Object.values(configuration.uris).map((each) => uri(each)),
    })
  }

  #event(event: RaftEvent): void {
    logEvent(this.#options.logger, event)
    if (event.type === 'steppedDown') this.#pending.abandon('leadership was lost')
    if (event.type === 'wipedMember' && event.peer === this.#options.id)
      this.#fail(new WipedMemberError(event.peer))
    if (
      event.type === 'stoodForElection' ||
      event.type === 'elected' ||
      event.type === 'steppedDown' ||
      event.type === 'leaderChanged'
    )
      this.#changed()
  }

  /** Listeners hear of it once the step is over, so that they see its whole result. */
  #changed(): void {
    this.#options.clock.soon(() => {
      if (this.#ended) return
      for (const listener of this.#listeners) listener(this.status())
    })
  }

  #fail(error: Error): void {
    if (this.#ended) return
    this.#options.logger.error(`this member stops: ${error.message}`)
    this.#driver.stop()
    this.#end('this member failed')
    this.#resolveFailed(error)
  }

  #end(why: string): void {
    this.#ended = true
    this.#pending.abandon(why)
    this.#reads.abandon()
    this.#watches.stop()
    this.#door.close()
    this.#peers.close()
  }
}

/** To run it as any other command would break the promise that it runs once however often it is sent. */
function refuseSession(name: string, { session, seq }: CallMeta): void {
  if (session === undefined && seq === undefined) return
  throw new SessionExpiredError(
    `${name} was not run: this member knows no session ${session ?? ''}`.trimEnd(),
  )
}

function coreOptions({
  id,
  incarnation,
  bootstrap,
  timing,
  random,
}: ReplicaOptions): Parameters<typeof createRaftServer>[0] {
  return {
    id,
    incarnation,
    bootstrap,
    newClusterId: clusterId(random.identifier()),
    electionTimeoutMin: ticks(timing.electionTimeoutMin),
    electionTimeoutMax: ticks(timing.electionTimeoutMax),
    heartbeatInterval: ticks(timing.heartbeat),
    seed: random.below(2 ** 32),
    inflightMessagesMax: 8,
    messageSizeMax: 1024 * 1024,
    uncommittedSizeMax: 64 * 1024 * 1024,
    leaseReads: false,
  }
}
