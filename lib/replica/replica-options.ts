/** What a replica is made of, and what of it the core is told. */
import type { MemberSettings } from '../member-settings.js'
import type { Clock, Logger, Random, Transport, Watchdog } from '../ports.js'
import { clusterId, ticks } from '../raft/types.js'
import type { Configuration, Incarnation, Lineage, RaftOptions, Recovered, ServerId } from '../raft/types.js'
import type { LogStore } from './driver.js'
import type { OthersCalls } from './guards/passed-on.js'
import type { LinkHooks, PeerLinks } from './members/peer-links.js'
import type { Skips } from './machine/skips.js'
import type { ReplicatedSource } from './objects/marks.js'
import type { SnapshotStore } from './snapshots/snapshot-store.js'
import type { SnapshotLimits } from './snapshots/snapshotter.js'

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
  /** How members show each other that they belong. Default: whoever says so is believed. */
  readonly door?: LinkHooks['door']
  /** Where else a member may be that is not where the configuration says: URIs. Default: nowhere. */
  readonly elsewhere?: LinkHooks['elsewhere']
  /** Default: whoever calls is nobody in particular, and the leader runs nothing for other members. */
  readonly othersCalls?: OthersCalls | undefined
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** What a replica needs for as long as it runs. */
export type LastingOptions = Omit<ReplicaOptions, 'recovered'>

export function coreOptions({
  id,
  incarnation,
  starts,
  bootstrap,
  settings: { electionTimeout, heartbeat, readLease },
  promisedSilenceMs = 0,
  random,
}: LastingOptions): RaftOptions {
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
