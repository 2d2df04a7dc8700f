/** What every member answers about itself. */
import type { CommonSettings } from './common-settings.js'
import type { Json } from './json.js'

/** A member as another one knows it. */
export interface MemberSummary {
  readonly id: string
  readonly uri: string
  readonly voter: boolean
}

/** What a member reports about itself. */
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
   * From a leader: the voters that do not count for any majority yet, because a majority without them has not recorded
   * their arrival. From a follower: itself, while it may not count. Absent if all count.
   */
  readonly uncounted?: readonly string[]
  /** Members known to have come back with an older copy of their data folder. Absent if there are none. */
  readonly olderCopies?: readonly string[]
  /** Why this member and another one refuse each other, by the other's id. Absent if there is no such case. */
  readonly refusals?: Readonly<Record<string, string>>
  /** What keeps it from writing more of its log for the time being. Absent if nothing does. */
  readonly shortage?: Shortage
  /** The settings that should be the same on all members. Absent in older builds. */
  readonly settings?: CommonSettings
  readonly members: readonly MemberSummary[]
}

/** A shortage that passes by itself, or once somebody has made room. */
export interface Shortage {
  /** Room on the disk, or file descriptors. */
  readonly of: 'room' | 'descriptors'
  /** The reason, in the operating system's words. */
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

/** The leader of a term. */
export interface MemberLeader {
  readonly id: string
  readonly uri: string
  readonly term: number
}

/** The member object's methods that any program may call. */
export interface MemberApi {
  /** The member's status, as far as it knows itself. */
  status(): MemberStatus
  /** Whether it leads, as far as it knows itself. */
  isLeader(): boolean
  /**
   * The leader of a term above `aboveTerm`, as soon as this member knows one. Null: it learnt of none within `waitMs`
   * milliseconds (at most 30,000).
   */
  nextLeader(aboveTerm: number, waitMs: number): MemberLeader | null
  /** Up to `count` committed entries, beginning with the one at index `from` (1 or higher). */
  entries(from: number, count: number): readonly LogRecord[]
}
