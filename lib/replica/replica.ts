/** One member's copy of the replicated objects: a core and its driver, the way to the peers, and the calls that wait. */
import type { MemberStatus } from '../member.js'
import type { Clock, Logger, Ms, Random, Transport } from '../ports.js'
import { ms } from '../ports.js'
import { createRaftServer } from '../raft/index.js'
import { isVoter, votersOf } from '../raft/quorum.js'
import { clusterId, ticks } from '../raft/types.js'
import type {
  Configuration,
  Entry,
  Incarnation,
  LogIndex,
  RaftEvent,
  RaftServer,
  Recovered,
  ServerId,
  SnapshotPosition,
  Term,
} from '../raft/types.js'
import { NotLeaderError, UnreachableError } from '../rpc/errors.js'
import type { ExposedObject } from '../rpc/host.js'
import { uri } from '../rpc/uri.js'
import { ApplyBacklog } from './apply-backlog.js'
import { BackupDoor } from './backup-door.js'
import { ConfigurationChanges } from './configuration-changes.js'
import { Driver } from './driver.js'
import type { LogStore, Outside } from './driver.js'
import { helloOf, isNamed, RemovedMemberError, WipedMemberError } from './hello.js'
import { LogTime } from './log-time.js'
import { StateMachine } from './machine.js'
import type { ReplicatedSource } from './marks.js'
import { memberObject, statusOf } from './member-object.js'
import { MembershipCalls } from './membership-calls.js'
import { ObjectDoor } from './object-door.js'
import { OwnAddress } from './own-address.js'
import { PeerDoor } from './peer-door.js'
import { Peers } from './peers.js'
import type { LinkHooks, PeerLinks } from './peers.js'
import { Pending } from './pending.js'
import { Reads } from './reads.js'
import { logEvent } from './sentences.js'
import type { SnapshotStore } from './snapshot-store.js'
import { chunksOf, Snapshots } from './snapshots.js'
import { SNAPSHOT_LIMITS, type SnapshotLimits } from './snapshotter.js'
import { Vouchers } from './vouchers.js'
import type { Waiting } from './waiting.js'
import { Watches } from './watches.js'

export interface ReplicaOptions {
  readonly id: ServerId
  /** The cluster's name. Members of another one are refused. */
  readonly cluster: string
  /** The configuration in force while the log has none; `uris` says where each member is. */
  readonly bootstrap: Configuration
  readonly incarnation: Incarnation
  /** Where this member is. When the configuration says otherwise, the leader is told. Default: as configured. */
  readonly uri?: string
  readonly storage: LogStore & SnapshotStore
  readonly recovered: Recovered
  /** The replicated objects by name; the same on every member. */
  readonly classes: ReadonlyMap<string, ReplicatedSource>
  /** Milliseconds. Defaults elsewhere: 150, 300, 50. */
  readonly timing: {
    readonly electionTimeoutMin: Ms
    readonly electionTimeoutMax: Ms
    readonly heartbeat: Ms
  }
  /**
   * Answers linearizable reads without a round of messages while a quorum has just been heard. Right only while all
   * members do, and no two of their clocks run at rates that differ by more than a twentieth. Default false.
   */
  readonly readLease?: boolean
  readonly snapshotLimits?: SnapshotLimits
  /** The way to the other members. Default: one connection each, over the transport. */
  readonly links?: (hooks: LinkHooks) => PeerLinks
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The object that tells what happens to the others. */
const WATCH_OBJECT = 'watch'

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
  readonly #driver: Driver
  readonly #pending: Pending
  readonly #reads: Reads
  readonly #watches: Watches
  readonly #peers: PeerLinks
  readonly #door: PeerDoor
  readonly #changes: ConfigurationChanges
  readonly #calls: MembershipCalls
  readonly #vouchers: Vouchers
  readonly #backups: BackupDoor
  readonly #address: OwnAddress | undefined
  readonly #backlog: ApplyBacklog
  readonly #listeners = new Set<(status: MemberStatus) => void>()
  readonly #recoveredIndex: number
  #resolveFailed: (error: Error) => void = () => undefined
  /** The term of the last entry applied while leading: once it is the current one, this leader can serve. */
  #servedTerm: Term | undefined
  /** A newcomer reads in the log's past of configurations that do not name it yet: only who was in can be out. */
  #wasMember: boolean
  #ended = false
  #closed: Promise<void> | undefined

  /**
   * Puts the objects to where the newest snapshot stands, and begins. Rejects with an `UnsuitableClassError` for a class
   * that can't be replicated, and when the snapshot can't be read, before anything has started.
   */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const { clock, logger, classes, timing, storage } = options
    const time = new LogTime(clock)
    const patience = ms(timing.electionTimeoutMin / 2)
    const machine = new StateMachine({ sources: classes, time, clock, logger, patience })
    if (storage.snapshot !== undefined) await machine.restore(chunksOf(storage.snapshot))
    return new Replica(options, machine, time)
  }

  private constructor(options: ReplicaOptions, machine: StateMachine, time: LogTime) {
    this.#options = options
    const { clock, random, logger, recovered, cluster, incarnation, storage, timing } = options
    this.failed = new Promise((resolve) => (this.#resolveFailed = resolve))
    this.machine = machine
    this.raft = createRaftServer(coreOptions(options), recovered)
    this.#recoveredIndex = recovered.entries.at(-1)?.index ?? recovered.snapshot?.index ?? 0
    this.#wasMember = isVoter(recovered.snapshot?.configuration ?? options.bootstrap, options.id)
    const patience = timing.heartbeat
    this.#driver = new Driver({ core: this.raft, storage, clock, patience, outside: this.#outside() })
    const take = this.#driver.take.bind(this.#driver)
    const view = () => this.raft.view
    const applied = () => this.#driver.applied
    const notLeader = () => this.#notLeader()
    this.#pending = new Pending({
      clock,
      notLeader,
      propose: (commands) => take({ type: 'propose', commands }),
    })
    this.#reads = new Reads({
      clock,
      notLeader,
      applied,
      ask: (context) => take({ type: 'read', context, anywhere: true }),
    })
    this.#watches = new Watches({
      clock,
      notLeader,
      get history() {
        return machine.events
      },
      hosts: (name) => options.classes.has(name),
      applied,
      isInContact: () => this.raft.view.leaderId !== undefined,
    })
    this.#changes = new ConfigurationChanges(clock, take)
    this.#calls = new MembershipCalls({ clock, view, take, changes: this.#changes, notLeader })
    const hello = () => helloOf(cluster, incarnation, this.raft.view)
    this.#peers = this.#links({
      take,
      view,
      hello,
      ownFolderLost: () => this.#fail(new WipedMemberError(options.id)),
    })
    const ask: NonNullable<PeerLinks['ask']> = (to, method, params) =>
      this.#peers.ask?.(to, method, params) ??
      Promise.reject(new UnreachableError(`${to} can't be asked for ${method}`))
    this.#vouchers = new Vouchers({ view, ask })
    const entries = this.raft.entries.bind(this.raft)
    this.#backlog = new ApplyBacklog({ committed: () => view().commitIndex, applied, entries })
    this.#door = new PeerDoor({
      take,
      view,
      hello,
      vouchers: this.#vouchers,
      moved: (id, place) => this.#calls.move(id, place),
      applyBacklog: () => this.#backlog.size,
    })
    this.#address =
      options.uri === undefined
        ? undefined
        : new OwnAddress({
            uri: options.uri,
            view,
            clock,
            logger,
            tell: (to, place) =>
              to === options.id ? this.#calls.move(to, place) : ask(to, 'address', [place]),
          })
    this.snapshots = new Snapshots({
      raft: this.raft,
      machine,
      store: storage,
      limits: options.snapshotLimits ?? SNAPSHOT_LIMITS,
      clock,
      logger,
      take,
      applied,
      send: (to, message) => this.#peers.send(to, message),
    })
    this.#backups = new BackupDoor({
      clock,
      barrier: (deadline) => this.#reads.submit('backup', deadline, () => null),
      isLeader: () => this.raft.view.role === 'leader',
      notLeader,
      take: () => this.snapshots.take(),
    })
    this.member = memberObject(this.raft, () => this.status(), [
      ...this.#door.methods,
      ...this.#calls.methods,
      ...this.#backups.methods,
    ])
    const calls = { pending: this.#pending, reads: this.#reads }
    const dataAge = () => this.#dataAge()
    const door = { clock, random, time, machine, ...calls, view, applied, dataAge, notLeader }
    this.objects = new Map([...new ObjectDoor(door).objects, [WATCH_OBJECT, this.#watches.object]])
    take({ type: 'tick' })
  }

  #links(hooks: LinkHooks): PeerLinks {
    const { links, timing, transport, clock, random, logger } = this.#options
    const { electionTimeoutMin, electionTimeoutMax } = timing
    const patience = { silenceMs: electionTimeoutMin, requestTimeoutMs: electionTimeoutMax * 4 }
    return links?.(hooks) ?? new Peers({ ...hooks, ...patience, transport, clock, random, logger })
  }

  status(): MemberStatus {
    return statusOf(this.raft.view, this.#options.cluster, this.#driver.applied)
  }

  /** How much waits here, for metrics. */
  get waiting(): Waiting {
    return {
      commands: this.#pending.load,
      queries: this.#reads.load,
      watches: this.#watches.load,
      peerRequests: this.#door.load,
      applyBacklog: this.#backlog.size,
      peers: this.#peers.loads ?? new Map(),
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

  /** As the leader, lets the voter that is furthest ahead take over; resolves when it has, or can't. */
  async handOver(): Promise<void> {
    const { role, configuration, id } = this.raft.view
    if (this.#ended || role !== 'leader' || votersOf(configuration).every((voter) => voter === id)) return
    await this.#calls.transfer(undefined)
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
        this.snapshots.applied()
        this.#watches.applied(index)
      },
      read: (effect) =>
        effect.type === 'readReady'
          ? this.#reads.confirmed(effect.context, effect.index)
          : this.#reads.refused(effect.context, effect.reason),
      configured: (effect) => this.#changes.answered(effect),
      transferEnded: (effect) => this.#calls.transferEnded(effect),
      sendSnapshot: (effect) => this.snapshots.send(effect),
      storeChunk: (effect) => this.snapshots.receive(effect),
      restore: (snapshot) => this.#restore(snapshot),
      event: ({ event }) => this.#event(event),
      failed: (error) => this.#fail(error),
    }
  }

  #apply(entry: Entry): void {
    const result = this.machine.apply(entry, entry.index > this.#recoveredIndex)
    this.#pending.settle(entry, result)
    this.snapshots.applying(entry)
    this.#backlog.applying(entry)
    const { role, currentTerm } = this.raft.view
    if (role !== 'leader' || entry.term !== currentTerm || this.#servedTerm === currentTerm) return
    this.#servedTerm = currentTerm
    this.#changed()
  }

  /** Watchers look again once the driver knows how far this replica has come with it. */
  async #restore(snapshot: SnapshotPosition): Promise<LogIndex> {
    const index = await this.snapshots.restore(snapshot)
    this.#options.clock.soon(() => {
      if (!this.#ended) this.#watches.restored()
    })
    return index
  }

  #dataAge(): Ms | null {
    const age = this.raft.dataAge(ticks(Math.floor(this.#options.clock.now())))
    return age === undefined ? null : ms(age)
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
    this.#changes.event(event)
    switch (event.type) {
      case 'steppedDown':
        this.#pending.abandon('leadership was lost')
        return this.#changed()
      case 'wipedMember':
        if (event.peer === this.#options.id) this.#fail(new WipedMemberError(event.peer))
        return
      case 'configurationChanged':
        this.#vouchers.clear()
        return this.#changed()
      case 'configurationCommitted':
        return this.#checkMembership()
      case 'stoodForElection':
      case 'elected':
      case 'leaderChanged':
        return this.#changed()
      default:
        return
    }
  }

  #checkMembership(): void {
    const { id } = this.#options
    if (isNamed(id, this.raft.view)) this.#wasMember = true
    else if (this.#wasMember) this.#leave()
  }

  /** Whoever asked for it still gets an answer from here. */
  #leave(): void {
    const { clock, timing, id } = this.#options
    clock.after(timing.heartbeat, () => this.#fail(new RemovedMemberError(id)))
  }

  /** Listeners hear of it once the step is over, so that they see its whole result. */
  #changed(): void {
    this.#options.clock.soon(() => {
      if (this.#ended) return
      this.#address?.check()
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
    this.#changes.abandon(why)
    this.#calls.end()
    this.#backups.end()
    this.#address?.end()
    this.#watches.stop()
    this.#door.close()
    this.#peers.close()
  }
}

function coreOptions({
  id,
  incarnation,
  bootstrap,
  timing,
  random,
  readLease = false,
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
    leaseReads: readLease,
  }
}
