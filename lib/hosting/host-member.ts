/**
 * One Raft member, from its data folder to its open port: what a node and a name server share.
 * What is opened first is closed last, also when a later step of the start fails.
 */
import type { Address, Clock, Disk, Logger, Random, Transport } from '../ports.js'
import type { MemberSettings } from '../member-settings.js'
import { membersOf, uriIn } from '../raft/quorum.js'
import { serverId } from '../raft/types.js'
import { RemovedMemberError } from '../replica/members/hello-refusals.js'
import type { ReplicatedSource } from '../replica/objects/marks.js'
import { MemberPages } from '../replica/pages.js'
import { Replica } from '../replica/replica.js'
import { advertised } from '../rpc/channels/advertised.js'
import { Daemon } from '../rpc/channels/daemon.js'
import { parseUri, type Uri } from '../rpc/uri.js'
import { RaftStorage } from '../storage/raft-storage.js'
import { forgetRemoval, isMarkedRemoved, markRemoved } from '../storage/removal-mark.js'
import { readPlace, writePlace, type Place } from '../storage/place-file.js'
import { addStart, forgetLastStart } from '../storage/starts-file.js'
import { readSkips } from '../storage/skip-file.js'
import { keepPromise } from './kept-promise.js'
import { listen, listenBeside } from '../rpc/channels/listen.js'
import type { JudgedCallers } from '../access/judge.js'
import { memberAccess } from './member-access.js'
import { identify, type Identity, type Wanted } from './member-identity.js'
import { othersCalls } from './others-calls.js'
import { firstUri, ownUri, portOf, type Given } from './own-place.js'
import type { HostPorts } from './ports.js'
import type { ListeningOptions } from './started-options.js'

export interface MemberOptions extends JudgedCallers, ListeningOptions {
  /** The member's id, and the id of its member object: `node1`. */
  readonly id: string
  readonly cluster: string
  /**
   * The members' URIs that a new data folder starts with; one of them names `id`. A data folder that has been
   * started before keeps the configuration that it has. Absent: a group of this member alone.
   */
  readonly bootstrap?: readonly string[] | undefined
  /**
   * A new data folder is a learner's, which waits until the cluster of `bootstrap` adds it; so does the folder of a
   * member that was removed, which is refused otherwise. Default false.
   */
  readonly joins?: boolean
  /** The replicated objects by their names. All are served, beside the member object. */
  readonly classes: ReadonlyMap<string, ReplicatedSource>
  readonly settings: MemberSettings
  /** Where else another member may be that is not where the configuration says: URIs. Default: nowhere. */
  readonly elsewhere?: (id: string) => readonly string[]
  readonly logger: Logger
}

export interface Member {
  readonly replica: Replica
  readonly daemon: Daemon
  /** Where the daemon listens; the first one, where it listens at two. */
  readonly address: Address
  /** As it was told, or found out. Undefined: all of loopback. */
  readonly host: string | undefined
  /** The member object's: `node1@localhost:9101`. */
  readonly uri: Uri
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  /**
   * Hands leadership over, stops accepting, stops the replica, closes the storage, releases the folder. A second call
   * waits for the first.
   */
  stop(options?: StopOptions): Promise<void>
}

/** How a member is stopped. */
export interface StopOptions {
  /**
   * Whether a leader hands leadership over first. Use false when all members stop at once: there is nobody to take over.
   * Default true.
   */
  readonly handOver?: boolean
}

/**
 * Resolves when the member listens; it need not know a leader yet. Rejects, with everything closed again, when the
 * folder is in use, damaged, not writable, another member's or a removed one's, when no member of `bootstrap` is called
 * `id`, when a class can't be replicated, or when the port is taken.
 */
export async function hostMember(ports: HostPorts, options: MemberOptions): Promise<Member> {
  const closers = new Closers()
  try {
    return await open(ports, options, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function open(ports: HostPorts, options: MemberOptions, closers: Closers): Promise<Member> {
  const { id, logger } = options
  const { transport, clock, random } = ports
  const shared = { transport, clock, random }
  const folder = await ports.claimFolder()
  const { disk } = folder
  closers.add(() => folder.release())
  const pages = new MemberPages(ports.watchDelay(), () => ports.processMetrics?.() ?? [])
  const access = await memberAccess(ports, disk, options, logger)
  const daemon = new Daemon({
    ...shared,
    logger,
    gate: access.gate,
    pages: (path) => Promise.resolve(pages.page(path)),
    web: { hosts: options.allowHosts, origins: options.allowOrigins },
  })
  closers.add(() => daemon.close())
  // Nobody can call a port that is not chosen yet. A known port is opened last: whoever calls finds all objects there.
  const told = await toldPlace(disk, options)
  const chosen = options.port === 0 ? await listen(daemon, told.host, 0, logger) : undefined
  const given = { ...told, port: chosen?.port ?? options.port }
  const identity = await identify(disk, random, wanted(options, given))
  if (options.joins === true) await forgetRemoval(disk)
  else if (await isMarkedRemoved(disk)) throw new RemovedMemberError(serverId(id))
  const { readLease, electionTimeout } = options.settings
  const promise = await keepPromise(disk, readLease ? electionTimeout.min : 0, clock, logger)
  closers.add(() => promise.close())
  const { storage, recovered } = await RaftStorage.open(disk, logger, ports.sizes?.log)
  closers.add(() => storage.close())
  storage.coverWhenQuiet(clock)
  const { room } = storage
  room.waitOn(clock)
  const starts = await room.toStart(() => addStart(disk, random))
  let hasSpoken = false
  // A start that can't be forgotten is one more of those that are remembered.
  closers.add(() => (hasSpoken ? Promise.resolve() : forgetLastStart(disk, starts).catch(() => undefined)))
  const { bootstrap } = identity
  const watchdog = ports.startWatchdog(options.settings.methodLimit, logger)
  closers.add(() => watchdog.close())
  const uri = ownUri(serverId(id), bootstrap, recovered, given)
  daemon.answersTo(parseUri(uri).address)
  const replica = await Replica.start({
    ...shared,
    ...replicaOptions(options, identity),
    storage,
    recovered,
    starts,
    promisedSilenceMs: promise.earlierMs,
    watchdog,
    door: access.door,
    othersCalls: othersCalls(daemon.host, clock, access.callers),
    elsewhere: options.elsewhere,
    stateBytesMax: stateBytesMax(options.settings, ports),
    skips: await readSkips(disk),
    snapshotLimits: ports.sizes?.snapshots,
  })
  // To its own log at the least, which it would be an older copy of without this start.
  hasSpoken = true
  ports.hosted?.(replica)
  const mark = markWhenRemoved(replica, disk, logger)
  closers.add(() => mark.written)
  closers.add(() => replica.stop())
  pages.watch(replica)
  // Again, as a port that is open already must be closed before the replica stops.
  closers.add(() => daemon.close())
  daemon.host.identity = () => {
    const { clusterId = null, clusterIdInLog = null, configuration } = replica.raft.view
    const members = membersOf(configuration).flatMap((member) => uriIn(configuration, member) ?? [])
    return { cluster: options.cluster, clusterId, clusterIdInLog, member: id, members }
  }
  daemon.host.register(id, replica.member)
  for (const [name, object] of replica.objects) daemon.host.register(name, object)
  const { host } = given
  const address = chosen ?? (await listen(daemon, host, told.port ?? portOf(uri), logger))
  await listenBeside(daemon, options.listenUnix, logger)
  await room.toStart(() => remember(disk, told, options))
  replica.isAt(uri)
  const stop = async ({ handOver = true }: StopOptions = {}): Promise<void> => {
    if (handOver) await replica.handOver()
    await closers.close()
  }
  return { ...shared, replica, daemon, address, host, uri, stop }
}

/**
 * A state, its objects, takes more memory than its text, and shares it with the log and with snapshots on their way.
 */
const HEAP_SHARE = 1 / 4

function stateBytesMax({ stateBytes }: MemberSettings, { heapBytesMax = Infinity }: HostPorts): number {
  return stateBytes > 0 ? stateBytes : heapBytesMax * HEAP_SHARE
}

/**
 * Once a removal is committed the folder says so, for the next start. A member that ends before, or can't write it,
 * starts again and is refused by the others instead. `written`: nothing is being written any more.
 */
function markWhenRemoved(replica: Replica, disk: Disk, logger: Logger): { readonly written: Promise<void> } {
  const mark = { written: Promise.resolve() }
  void replica.failed.then((error) => {
    if (!(error instanceof RemovedMemberError)) return
    mark.written = markRemoved(disk).catch((reason: unknown) =>
      logger.warn(`the folder does not say that its member was removed: ${String(reason)}`),
    )
  })
  return mark
}

function wanted({ id, cluster, bootstrap = [], joins = false }: MemberOptions, given: Given): Wanted {
  const isNamed = bootstrap.some((uri) => parseUri(uri).objectId === id)
  const own = isNamed || given.port === undefined ? [] : [firstUri(id, given, given.port)]
  // A typing mistake must not become a voter: who is not named belongs to nobody, or joins.
  const uris = joins || bootstrap.length === 0 ? [...bootstrap, ...own] : bootstrap
  return { id, cluster, uris, joins }
}

/** As the start says, else as one before has said. */
async function toldPlace(disk: Disk, { host, port, advertise }: MemberOptions): Promise<Given> {
  const before = await readPlace(disk)
  return {
    host: host ?? before.host,
    port: port ?? before.port,
    advertise: advertise ?? before.advertise,
  }
}

/** For the next start, which may not say it again. The port the cluster knows, unless others are told another one. */
async function remember(disk: Disk, told: Given, { host, port, advertise }: MemberOptions): Promise<void> {
  if (host === undefined && advertise === undefined && port === undefined) return
  const hasOwnPort =
    told.port !== undefined && told.port !== 0 && advertised(told.advertise)?.port !== undefined
  const place: Place = {
    ...(told.host !== undefined && { host: told.host }),
    ...(told.advertise !== undefined && { advertise: told.advertise }),
    ...(hasOwnPort && { port: told.port }),
  }
  const before = await readPlace(disk)
  if (JSON.stringify(before) !== JSON.stringify(place)) await writePlace(disk, place)
}

function replicaOptions(options: MemberOptions, identity: Identity) {
  const { cluster, classes, settings, logger, joins } = options
  const { bootstrap, incarnation } = identity
  return { id: serverId(options.id), cluster, bootstrap, incarnation, joins, classes, settings, logger }
}

/** What must be closed, last opened first. Each is closed even if one before it fails; the first failure is told. */
class Closers {
  readonly #tasks: (() => Promise<void>)[] = []
  #closed: Promise<void> | undefined

  add(task: () => Promise<void>): void {
    this.#tasks.unshift(task)
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#run())
  }

  async #run(): Promise<void> {
    const failures: unknown[] = []
    for (const task of this.#tasks) await task().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
}
