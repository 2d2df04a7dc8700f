/** One member's copy of the replicated objects: a core and its driver, the way to the peers, and the calls that wait. */
import type { MemberSettings } from '../member-settings.js'
import type { MemberStatus } from '../member.js'
import type { Clock, Logger, Random, Transport, Watchdog } from '../ports.js'
import { ms } from '../ports.js'
import { createRaftServer } from '../raft/index.js'
import { uriIn } from '../raft/quorum.js'
import { clusterId, ticks } from '../raft/types.js'
import type {
  Configuration,
  Entry,
  Hearers,
  Incarnation,
  Input,
  Lineage,
  LogIndex,
  RaftServer,
  Recovered,
  ServerId,
  SnapshotPosition,
  Term,
} from '../raft/types.js'
import { NotLeaderError } from '../rpc/errors.js'
import type { ExposedObject } from '../rpc/host.js'
import { uri } from '../rpc/uri.js'
import { Applier } from './applier.js'
import { ApplyBacklog } from './apply-backlog.js'
import { CallerSide } from './calls/caller-side.js'
import { ClusterSide } from './members/cluster-side.js'
import { Driver } from './driver.js'
import type { LogStore } from './driver.js'
import { isNamed } from './members/hello.js'
import { RemovedMemberError, WipedMemberError } from './members/hello-refusals.js'
import { LogTime } from './machine/log-time.js'
import { StateMachine } from './machine/machine.js'
import type { ReplicatedSource } from './objects/marks.js'
import { memberObject, statusOf } from './members/member-object.js'
import type { LinkHooks, PeerLinks } from './members/peers.js'
import { logEvent, type ReplicaEvent } from './log-lines.js'
import type { AppliedHearers } from './machine/applied-hearers.js'
import type { Skips } from './machine/skips.js'
import type { SnapshotStore } from './snapshots/snapshot-store.js'
import { chunksOf, Snapshots } from './snapshots/snapshots.js'
import { SNAPSHOT_LIMITS, type SnapshotLimits } from './snapshots/snapshotter.js'
import type { Waiting } from './waiting.js'
import { tellHearers, together } from './wishes.js'
import type { Outside } from './wishes.js'

export interface ReplicaOptions {
  readonly id: ServerId
  /** The cluster's name. Members of another one are refused. */
  readonly cluster: string
  /** The configuration in force while the log has none; `uris` says where each member is. */
  readonly bootstrap: Configuration
  readonly incarnation: Incarnation
  /** Of the data folder. Default: nobody is told. */
  readonly starts?: Lineage | undefined
  /** It waits to be added, perhaps with a folder that it had when it was removed. Default false. */
  readonly joins?: boolean | undefined
  readonly storage: LogStore & SnapshotStore
  readonly recovered: Recovered
  /** The replicated objects by name; the same on every member. */
  readonly classes: ReadonlyMap<string, ReplicatedSource>
  readonly settings: MemberSettings
  /** What the member may have promised before this start (RaftOptions). Milliseconds. Default 0. */
  readonly promisedSilenceMs?: number | undefined
  /** Default: the shipped limits. */
  readonly snapshotLimits?: SnapshotLimits | undefined
  /** The most that the objects may hold, in characters of their snapshots. Default: no limit. */
  readonly stateBytesMax?: number | undefined
  /** As in StateMachineOptions. */
  readonly watchdog?: Watchdog | undefined
  /** As in StateMachineOptions. */
  readonly skips?: Skips | undefined
  /** The way to the other members. Default: one connection each, over the transport. */
  readonly links?: (hooks: LinkHooks) => PeerLinks
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export class Replica {
  /** The member's own object, under its id: status, isLeader, entries, changes of members, and what is between members. */
  readonly member: ExposedObject
  /** The replicated objects, and `watch`, which tells what happens to them. */
  readonly objects: ReadonlyMap<string, ExposedObject>
  /** Resolves when this replica can't go on: its storage failed, an invariant broke, its folder was wiped. The process must stop. */
  readonly failed: Promise<Error>
  /** To look at, for metrics and checks; only this replica steps it. */
  readonly raft: RaftServer
  /** The objects, to look at; only this replica applies to it. */
  readonly machine: StateMachine
  readonly snapshots: Snapshots
  readonly #options: ReplicaOptions
  readonly #applier: Applier
  readonly #driver: Driver
  readonly #callers: CallerSide
  readonly #cluster: ClusterSide
  readonly #backlog: ApplyBacklog
  readonly #appliedHearers: AppliedHearers = new Set()
  readonly #listeners = new Set<(status: MemberStatus) => void>()
  readonly #eventListeners = new Set<(event: ReplicaEvent) => void>()
  readonly #recoveredIndex: number
  #resolveFailed: (error: Error) => void = () => undefined
  /** The term of the last entry applied while leading: once it is the current one, this leader can serve. */
  #servedTerm: Term | undefined
  #ended = false
  #closed: Promise<void> | undefined

  /**
   * Puts the objects to where the newest snapshot stands, and begins. Rejects with an `UnsuitableClassError` for a class
   * that can't be replicated, and when the snapshot can't be read, before anything has started.
   */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const { clock, classes, settings, storage } = options
    const time = new LogTime(clock)
    const patience = ms(settings.electionTimeout.min / 2)
    const machine = new StateMachine({ ...options, sources: classes, time, patience })
    if (storage.snapshot !== undefined) await machine.restore(chunksOf(storage.snapshot))
    return new Replica(options, machine, time)
  }

  private constructor(options: ReplicaOptions, machine: StateMachine, time: LogTime) {
    this.#options = options
    const { id, recovered, storage, classes } = options
    this.failed = new Promise((resolve) => (this.#resolveFailed = resolve))
    this.machine = machine
    const raft = createRaftServer(coreOptions(options), recovered)
    this.raft = raft
    this.#recoveredIndex = recovered.entries.at(-1)?.index ?? recovered.snapshot?.index ?? 0
    const entries = raft.entries.bind(raft)
    this.#applier = this.#newApplier()
    const applied = () => this.#applier.applied
    this.#backlog = new ApplyBacklog({ committed: () => raft.view.commitIndex, applied, entries })
    const shared = {
      ...options,
      raft,
      machine,
      time,
      take: (input: Input) => this.#driver.take(input),
      view: () => raft.view,
      applied,
      appliedHearers: this.#appliedHearers,
      notLeader: () => this.#notLeader(),
    }
    this.#cluster = new ClusterSide({
      ...shared,
      links: options.links,
      classes: machine.classes,
      digestAt: (index) => machine.digestAt(index),
      entries,
      diverged: (error) => this.#fail(error),
      applyBacklog: () => (raft.view.commitIndex > this.#applier.applied ? this.#backlog.size : 0),
      ownFolderLost: () => this.#fail(new WipedMemberError(id)),
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
      stateSize: () => this.snapshots.stateSize,
      stateBytesMax: options.stateBytesMax ?? Infinity,
      hosts,
      versions: this.#cluster.versions,
    })
    this.#driver = this.#newDriver()
    this.objects = this.#callers.objects
    const methods = [...this.#cluster.methods, ...this.#callers.methods]
    this.member = memberObject(raft, () => this.status(), methods)
    this.#driver.take({ type: 'tick' })
    this.#cluster.check()
  }

  status(): MemberStatus {
    return statusOf(this.raft.view, this.#options.cluster, this.#applier.applied)
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
    const { role, currentTerm } = this.raft.view
    return !this.#ended && role === 'leader' && this.#servedTerm === currentTerm
  }

  /** Called after the role, the leader or the term changed, and when this leader begins to serve. The result takes it back. */
  onChange(listener: (status: MemberStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
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
    await this.snapshots.end()
    await this.#options.storage.close()
  }

  #newApplier(): Applier {
    const { raft } = this
    return new Applier({
      clock: this.#options.clock,
      applied: raft.view.lastApplied,
      entries: raft.entries.bind(raft),
      apply: this.#apply.bind(this),
      restore: (snapshot) => this.#restore(snapshot),
      onApplied: this.#applied.bind(this),
      onFailed: (error) => this.#driver.fail(error),
    })
  }

  #newDriver(): Driver {
    const { storage, clock, settings } = this.#options
    return new Driver({
      core: this.raft,
      storage,
      clock,
      patience: settings.heartbeat,
      outside: this.#outside(),
      failed: (error) => this.#fail(error),
    })
  }

  #outside(): Outside {
    const hearers = [...this.#cluster.hearers, this.#callers.hearers, this.#hearers]
    return together(this.#callers.doers, this.#cluster.doers, this.snapshots.doers, {
      ...this.#applier.doers,
      event: ({ event }) => {
        this.#tell(event)
        tellHearers(hearers, event)
      },
    })
  }

  #apply(entry: Entry): void {
    const result = this.machine.apply(entry, entry.index > this.#recoveredIndex)
    this.snapshots.applying(entry)
    if (entry.index <= this.#backlog.counted) this.#backlog.applying(entry)
    const { role, currentTerm } = this.raft.view
    if (role !== 'leader') return
    this.#callers.settle(entry, result)
    if (entry.term !== currentTerm || this.#servedTerm === currentTerm) return
    this.#servedTerm = currentTerm
    this.#changed()
  }

  #applied(index: LogIndex): void {
    for (const hear of this.#appliedHearers) hear(index)
    this.#driver.take({ type: 'applied', index })
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
    return new NotLeaderError({
      leader: leader === undefined ? null : uri(leader),
      term: currentTerm,
      members: Object.values(configuration.uris).map((each) => uri(each)),
    })
  }

  get #hearers(): Hearers {
    const changed = () => this.#changed()
    return {
      stoodForElection: changed,
      elected: changed,
      steppedDown: changed,
      leaderChanged: changed,
      configurationChanged: changed,
      removed: ({ index }) => this.#removed(index),
      wipedMember: ({ peer }) => this.#checkFolder(peer),
    }
  }

  #checkFolder(wiped: ServerId): void {
    if (wiped === this.#options.id) this.#fail(new WipedMemberError(wiped))
  }

  #tell(event: ReplicaEvent): void {
    logEvent(this.#options.logger, event, this.raft.view)
    for (const listener of this.#eventListeners) listener(event)
  }

  /** One that has come back, or is about to, with the folder that it had has read of its removal before. */
  #removed(index: LogIndex): void {
    const { id, joins = false } = this.#options
    const isBack = joins || isNamed(id, this.raft.view)
    if (!isBack || index > this.#recoveredIndex) this.#leave()
  }

  /** Whoever asked for it still gets an answer from here. */
  #leave(): void {
    const { clock, settings, id } = this.#options
    clock.after(settings.heartbeat, () => this.#fail(new RemovedMemberError(id)))
  }

  /** Listeners hear of it once the step is over, so that they see its whole result. */
  #changed(): void {
    this.#options.clock.soon(() => {
      if (this.#ended) return
      this.#cluster.check()
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
    this.#applier.end()
    this.#callers.end(why)
    this.#cluster.end(why)
  }
}

function coreOptions({
  id,
  incarnation,
  starts,
  bootstrap,
  settings: { electionTimeout, heartbeat, readLease },
  promisedSilenceMs = 0,
  random,
}: ReplicaOptions): Parameters<typeof createRaftServer>[0] {
  return {
    id,
    incarnation,
    ...(starts && { starts }),
    bootstrap,
    newClusterId: clusterId(random.identifier()),
    electionTimeoutMin: ticks(electionTimeout.min),
    electionTimeoutMax: ticks(electionTimeout.max),
    heartbeatInterval: ticks(heartbeat),
    seed: random.below(2 ** 32),
    inflightMessagesMax: 8,
    // Several leave at once to a member that catches up: encoding them must not take as long as a heartbeat.
    messageSizeMax: 128 * 1024,
    uncommittedSizeMax: 64 * 1024 * 1024,
    readLease,
    promisedSilence: ticks(promisedSilenceMs),
  }
}
