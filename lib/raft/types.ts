/**
 * The words of the core: what goes in, what comes out, and what both are made of.
 * Names are those of the Raft paper's Figure 2, letter for letter.
 */
import type { Effect } from './effects.js'
import type { Configuration, Entry, Pins, SnapshotPosition } from './entries.js'
import type { Input } from './inputs.js'
import type { Lineage, StartPins } from './starts.js'
import type { ClusterId, Incarnation, LogIndex, ServerId, Term, Ticks } from './values.js'

export * from './values.js'
export * from './entries.js'
export type { KnownStart, Lineage } from './starts.js'
export * from './options.js'
export * from './messages.js'
export * from './inputs.js'
export * from './effects.js'

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'

export interface PeerProgress {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly matchIndex: LogIndex
  readonly nextIndex: LogIndex
  /** When it was last heard; -Infinity: not since this server leads. */
  readonly heardAt: number
  readonly lostContact: boolean
}

/** What anyone may ask about a server between two steps. */
export interface RaftView {
  readonly id: ServerId
  readonly role: Role
  readonly currentTerm: Term
  readonly votedFor: ServerId | undefined
  readonly leaderId: ServerId | undefined
  readonly commitIndex: LogIndex
  readonly lastApplied: LogIndex
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  /** The last index that is durable here, as far as the log still holds it. */
  readonly durableIndex: LogIndex
  readonly snapshotIndex: LogIndex
  readonly configuration: Configuration
  /**
   * Its entry, and the term of that: 0 and 0 for the one at bootstrap; of one that came with a snapshot, the
   * snapshot's.
   */
  readonly configurationIndex: LogIndex
  readonly configurationTerm: Term
  /** What this server was told when it was made, in force only while neither log nor snapshot has a configuration. */
  readonly bootstrap: Configuration
  /** Those that may come to be in force: the last one known to be committed and all after it, oldest first. */
  readonly configurations: readonly Configuration[]
  /** Who has left the configuration in force, as far back as the log goes, as it was pinned then. */
  readonly departed: ReadonlyMap<ServerId, Incarnation | undefined>
  /** What the leader knows of each other member; empty at anyone else. */
  readonly progress: ReadonlyMap<ServerId, PeerProgress>
  /** To whom this leader is handing over; it takes no commands meanwhile. */
  readonly transferringTo: ServerId | undefined
  /** Undefined until the first identity entry has been committed. */
  readonly clusterId: ClusterId | undefined
  /** The one that the log in force names, committed or not. */
  readonly clusterIdInLog: ClusterId | undefined
  /** Names the backup that the log began with. */
  readonly backup: string | undefined
  readonly pins: Pins
  /** Which starts of each member's folder the log in force has heard of last. */
  readonly starts: StartPins
  /** Whom this server knows to be back with an older copy of their folder, perhaps itself, and the starts of that. */
  readonly olderCopies: ReadonlyMap<ServerId, Lineage | undefined>
  /** When the next tick is due; undefined: never, as things stand. */
  readonly deadline: Ticks | undefined
}

/**
 * One Raft member. Each step is synchronous, has no other inputs, and returns what to do as plain data.
 * `now` never goes back from one step to the next.
 */
export interface RaftServer {
  step(input: Input, now: Ticks): readonly Effect[]
  readonly view: RaftView
  /**
   * How long ago this server last knew that it had applied all that its leader had committed: at a follower, since the
   * leader said so; at the leader, since a quorum last answered. Undefined: not since this server started.
   */
  dataAge(now: Ticks): Ticks | undefined
  /**
   * At a leader, the voters that it counts for no majority yet; at who follows one, itself, as long as another leader
   * might not count it (pins.ts). Empty at anyone else.
   */
  uncounted(): readonly ServerId[]
  /** Entries from `from` to `to`, both included, cut to what the log holds. */
  entries(from: LogIndex, to: LogIndex): readonly Entry[]
  /** UTF-16 units of the command at `index`; 0 for another kind, and where the log has no entry. Makes no text for it. */
  sizeAt(index: LogIndex): number
  /**
   * What a snapshot at `index` must say of the cluster. `index` has been handed out to be applied, and is not below the
   * log's begin.
   */
  positionAt(index: LogIndex): SnapshotPosition
}
