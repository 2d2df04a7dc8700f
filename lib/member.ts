/** What every member answers about itself, as the contract has it. */
import type { CommonSettings } from './common-settings.js'
import type { Json } from './json.js'

/** A member as another one knows it. */
export interface MemberSummary {
  readonly id: string
  readonly uri: string
  readonly voter: boolean
}

/** What a member says of itself. */
export interface MemberStatus {
  readonly id: string
  readonly uri: string
  readonly cluster: string
  /** Null until the cluster's first leader has committed its first entry. */
  readonly clusterId: string | null
  readonly role: 'leader' | 'follower' | 'candidate' | 'learner'
  readonly term: number
  readonly leader: { readonly id: string; readonly uri: string } | null
  readonly commitIndex: number
  readonly lastApplied: number
  readonly lastIndex: number
  /** The last index that the newest snapshot covers; 0 without one. */
  readonly snapshotIndex: number
  /**
   * Of a leader: the voters that count for no majority yet, because a majority without them has not written down that
   * they have come. Of one that follows a leader: itself, as long as it may not count. Left out where all count.
   */
  readonly uncounted?: readonly string[]
  /** Whom this member knows to be back with an older copy of their data folder. Left out where it knows of none. */
  readonly olderCopies?: readonly string[]
  /**
   * Why this member has no understanding with another one, by that one's id. Left out where it has with all that it has
   * met.
   */
  readonly refusals?: Readonly<Record<string, string>>
  /** What keeps it from writing more of its log, until that is over by itself. Left out while nothing does. */
  readonly shortage?: Shortage
  /** Those that all members should have alike. Left out by older builds. */
  readonly settings?: CommonSettings
  readonly members: readonly MemberSummary[]
}

/** What passes by itself, or once somebody has made room. */
export interface Shortage {
  /** Of room on the disk, or of file descriptors. */
  readonly of: 'room' | 'descriptors'
  /** In the operating system's words. */
  readonly reason: string
}

/** One committed entry of the Raft log itself. */
export interface LogRecord {
  readonly index: number
  readonly term: number
  readonly kind: 'command' | 'empty' | 'identity' | 'configuration'
  readonly object?: string
  readonly method?: string
  readonly params?: readonly Json[]
}

/** Whoever leads a term. */
export interface MemberLeader {
  readonly id: string
  readonly uri: string
  readonly term: number
}

/** The member object's methods that any program may call. */
export interface MemberApi {
  /** How it stands, as far as it knows itself. */
  status(): MemberStatus
  /** Whether it leads, as far as it knows itself. */
  isLeader(): boolean
  /**
   * Who leads a term above that one, as soon as it is known here; null: nobody did within `waitMs` (at most 30,000).
   */
  nextLeader(aboveTerm: number, waitMs: number): MemberLeader | null
  /** Up to `count` committed entries from index `from` (1 or higher) on. */
  entries(from: number, count: number): readonly LogRecord[]
}
