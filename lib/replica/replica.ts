/**
 * One member's copy of the replicated objects: a core and its driver, the way to the peers, and the calls that wait.
 */
import { commonSettings } from '../common-settings.js'
import type { Json } from '../json.js'
import type { MemberStatus } from '../member.js'
import type { Ms } from '../ports.js'
import { ms } from '../ports.js'
import { createRaftServer } from '../raft/index.js'
import { uriIn } from '../raft/quorum.js'
import type { LogIndex, RaftServer, Recovered, SnapshotPosition } from '../raft/types.js'
import { NotLeaderError } from '../rpc/errors.js'
import type { CallContext, ExposedObject } from '../rpc/exposed.js'
import { uri } from '../rpc/uri.js'
import { EntryRuns } from '../storage/entry-runs.js'
import { Applier } from './applier.js'
import { CallerSide } from './calls/caller-side.js'
import { Driver } from './driver.js'
import { logEvent, type ReplicaEvent } from './log-lines.js'
import { noQuorum } from './guards/no-quorum.js'
import { NO_OTHERS_CALLS } from './guards/passed-on.js'
import { LogTime } from './machine/log-time.js'
import { StateMachine } from './machine/machine.js'
import { ApplyBacklog } from './members/apply-backlog.js'
import { ClusterSide } from './members/cluster-side.js'
import { memberObject, statusOf } from './members/member-object.js'
import { OwnEnd } from './members/own-end.js'
import { Office } from './office.js'
import { coreOptions, type LastingOptions, type ReplicaOptions } from './replica-options.js'
import { chunksOf, Snapshots } from './snapshots/snapshots.js'
import { SNAPSHOT_LIMITS } from './snapshots/snapshotter.js'
import type { Waiting } from './waiting-metrics.js'
import { tellHearers, together } from './wishes.js'
import type { Outside } from './wishes.js'
import { withoutStack } from '../without-stack.js'

export type { ReplicaOptions } from './replica-options.js'

const BOUNDLESS = { shortage: undefined }

export class Replica {
  /**
   * The member's own object, under its id: status, isLeader, entries, changes of members, and what is between members.
   */
  readonly member: ExposedObject
  /** The replicated objects, and `watch`, which tells what happens to them. */
  readonly objects: ReadonlyMap<string, ExposedObject>
  /**
   * Resolves when this replica can't go on: its storage failed, an invariant broke, its folder was wiped. The process
   * must stop.
   */
  readonly failed: Promise<Error>
  /** To look at, for metrics and checks; only this replica steps it. */
  readonly raft: RaftServer
  /** The objects, to look at; only this replica applies to it. */
  readonly machine: StateMachine
  readonly snapshots: Snapshots
  readonly #options: LastingOptions
  readonly #applier: Applier
  readonly #driver: Driver
  readonly #callers: CallerSide
  readonly #cluster: ClusterSide
  readonly #backlog: ApplyBacklog
  readonly #office: Office
  readonly #ownEnd: OwnEnd
  readonly #eventListeners = new Set<(event: ReplicaEvent) => void>()
  readonly #recoveredIndex: number
  #resolveFailed: (error: Error) => void = () => undefined
  #ended = false
  #closed: Promise<void> | undefined

  /**
   * Puts the objects to where the newest snapshot stands, and begins. Rejects with an `UnsuitableClassError` for a
   * class that can't be replicated, and when the snapshot can't be read, before anything has started.
   */
  static async start({ recovered, ...options }: ReplicaOptions): Promise<Replica> {
    const { clock, classes, settings, storage } = options
    const time = new LogTime(clock)
    const patience = ms(settings.electionTimeout.min / 2)
    const machine = new StateMachine({ ...options, sources: classes, time, patience })
    if (storage.snapshot !== undefined) await machine.restore(chunksOf(storage.snapshot))
    return new Replica(options, recovered, machine, time)
  }

  /** What was `recovered` is the core's from here on: the log drops it, and nobody else may hold on to it. */
  private constructor(options: LastingOptions, recovered: Recovered, machine: StateMachine, time: LogTime) {
    this.#options = options
    const { storage, classes } = options
    this.failed = new Promise((resolve) => (this.#resolveFailed = resolve))
    this.machine = machine
    const raft = createRaftServer(coreOptions(options), recovered)
    this.raft = raft
    this.#recoveredIndex = recovered.entries.at(-1)?.index ?? recovered.snapshot?.index ?? 0
    this.#driver = this.#newDriver()
    this.#applier = this.#newApplier()
    const shared = {
      ...options,
      raft,
      machine,
      time,
      take: this.#driver.take.bind(this.#driver),
      view: () => raft.view,
      applied: this.#applier,
      notLeader: () => this.#notLeader(),
      noQuorum: () => noQuorum(raft),
      room: storage.room ?? BOUNDLESS,
      runs: storage.runs ?? new EntryRuns(),
      othersCalls: options.othersCalls ?? NO_OTHERS_CALLS,
    }
    this.#office = new Office({ ...shared, status: () => this.status() })
    this.#backlog = new ApplyBacklog(shared)
    const ownEnd = new OwnEnd({
      ...shared,
      recoveredIndex: this.#recoveredIndex,
      dataAge: () => this.dataAge,
      fail: (error) => this.#fail(error),
    })
    this.#ownEnd = ownEnd
    this.#cluster = new ClusterSide({
      ...shared,
      links: options.links,
      classes: machine.classes,
      digestAt: (index, of) => machine.digestAt(index, of),
      entries: raft.entries.bind(raft),
      diverged: (error) => this.#fail(error),
      backlog: this.#backlog,
      ownFolderLost: () => ownEnd.folderLost(),
      toldOfRemoval: () => ownEnd.toldOfRemoval(),
      runTwice: (where) => ownEnd.runTwice(where),
    })
    this.snapshots = new Snapshots({
      ...shared,
      store: storage,
      limits: options.snapshotLimits ?? SNAPSHOT_LIMITS,
      send: this.#cluster.send,
      tell: (event) => this.#tell(event),
    })
    const hosts = (object: string) => classes.has(object)
    this.#callers = new CallerSide({
      ...shared,
      takeSnapshot: () => this.snapshots.take(),
      state: this.snapshots.state,
      stateBytesMax: options.stateBytesMax ?? Infinity,
      hosts,
      versions: this.#cluster.versions,
      greet: this.#cluster.greet,
      leads: () => this.#office.isServing,
    })
    this.objects = this.#callers.objects
    const methods = [...this.#cluster.methods, ...this.#callers.methods]
    this.member = memberObject(raft, () => this.status(), methods)
    this.#office.onChange(() => this.#cluster.check())
    this.#office.onChange(this.#callers.officeChanged)
    this.#driver.start(this.#outside())
    this.#cluster.check()
  }

  status(): MemberStatus {
    const { cluster, settings, storage } = this.#options
    return statusOf(this.raft.view, {
      cluster,
      settings: commonSettings(settings),
      lastApplied: this.#applier.index,
      uncounted: this.raft.uncounted(),
      refusals: this.#cluster.refusals,
      shortage: storage.room?.shortage,
    })
  }

  /** How much waits here, for metrics. */
  get waiting(): Waiting {
    return {
      ...this.#callers.waiting,
      ...this.#cluster.waiting,
      applyBacklog: this.#backlog.size,
    }
  }

  /** Whether this member leads and has committed and applied an entry of its own term: then it can be announced. */
  get isServing(): boolean {
    return this.#office.isServing
  }

  /** Whether a command that adds something would be taken here now: this leader serves, and its disk has room. */
  get takesNewData(): boolean {
    return this.isServing && this.#options.storage.room?.shortage === undefined
  }

  /** How long ago this member last knew that it had applied all that was committed; null: not since it started. */
  get dataAge(): Ms | null {
    return this.#callers.dataAge()
  }

  /**
   * Called after the role, the leader or the term changed, and when this leader begins to serve. The result takes it
   * back.
   */
  onChange(listener: (status: MemberStatus) => void): () => void {
    return this.#office.onChange(listener)
  }

  /** Called with all that happens, amid the step: to count and to note, not to act upon. The result takes it back. */
  onEvent(listener: (event: ReplicaEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => this.#eventListeners.delete(listener)
  }

  /**
   * To be called once the member listens at `uri`, and not before, as another process may have the port: the leader is
   * told if the configuration says otherwise.
   */
  isAt(uri: string): void {
    if (!this.#ended) this.#cluster.isAt(uri)
  }

  /** Asks the leader for that call in its caller's name. @throws NotLeaderError, OverloadedError */
  passOn(method: string, params: readonly Json[], context: CallContext): Promise<Json> {
    return this.#callers.passOn(method, params, context)
  }

  /** As the leader, lets the voter that is furthest ahead take over; resolves when it has, or can't. */
  async handOver(): Promise<void> {
    if (!this.#ended) await this.#cluster.handOver()
  }

  /** Steps down or falls silent, answers everyone who waits, and closes the storage. Harmless when called again. */
  stop(): Promise<void> {
    if (!this.#ended) {
      this.#driver.stop()
      this.#end('this member is stopping')
    }
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#options.storage.room?.end()
    await this.snapshots.end()
    await this.#options.storage.close()
  }

  #newApplier(): Applier {
    const { raft } = this
    return new Applier({
      clock: this.#options.clock,
      applied: raft.view.lastApplied,
      entries: raft.entries.bind(raft),
      machine: this.machine,
      recoveredIndex: this.#recoveredIndex,
      raft,
      restore: (snapshot) => this.#restore(snapshot),
      take: this.#driver.take.bind(this.#driver),
      failed: (error) => this.#driver.fail(error),
    })
  }

  #newDriver(): Driver {
    const { storage, clock, settings } = this.#options
    return new Driver({
      core: this.raft,
      storage,
      clock,
      patience: settings.heartbeat,
      failed: (error) => this.#fail(error),
    })
  }

  #outside(): Outside {
    const hearers = [
      ...this.#cluster.hearers,
      this.#callers.hearers,
      this.#office.hearers,
      this.#ownEnd.hearers,
    ]
    return together(this.#callers.doers, this.#cluster.doers, this.snapshots.doers, {
      ...this.#applier.doers,
      event: ({ event }) => {
        this.#tell(event)
        tellHearers(hearers, event)
      },
    })
  }

  /** Watchers look again once the driver knows how far this replica has come with it. */
  async #restore(snapshot: SnapshotPosition): Promise<LogIndex> {
    const index = await this.snapshots.restore(snapshot)
    this.#options.clock.soon(() => {
      if (!this.#ended) this.#callers.restored()
    })
    return index
  }

  #notLeader(): NotLeaderError {
    const { leaderId, currentTerm, configuration, id } = this.raft.view
    const leader = leaderId === undefined || leaderId === id ? undefined : uriIn(configuration, leaderId)
    return withoutStack(
      () =>
        new NotLeaderError({
          leader: leader === undefined ? null : uri(leader),
          term: currentTerm,
          members: Object.values(configuration.uris).map((each) => uri(each)),
        }),
    )
  }

  #tell(event: ReplicaEvent): void {
    logEvent(this.#options.logger, event, this.raft.view)
    for (const listener of this.#eventListeners) listener(event)
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
    this.#office.end()
    this.#applier.end()
    this.#callers.end(why)
    this.#cluster.end(why)
  }
}
