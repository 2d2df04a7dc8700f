/** What the log is made of, and what a server finds on its disk when it starts. */
import type { ClusterId, Incarnation, LogIndex, ServerId, Start, Term } from './values.js'

/**
 * Who is in the cluster. `outgoing` is there only during a joint change (§6), and then every decision needs a
 * majority of `voters` and one of `outgoing`. `uris` is carried along for the driver; the core never reads it.
 */
export interface Configuration {
  readonly voters: readonly ServerId[]
  readonly outgoing?: readonly ServerId[]
  readonly learners: readonly ServerId[]
  readonly uris: { readonly [id: string]: string }
}

/** Which incarnation of each member counts. A member that is missing here has not been pinned yet. */
export type Pins = ReadonlyMap<ServerId, Incarnation>

interface EntryPosition {
  readonly index: LogIndex
  readonly term: Term
}

/** Bytes for the state machine, encoded once by whoever proposed them. The core never looks inside. */
export interface CommandEntry extends EntryPosition {
  readonly kind: 'command'
  readonly data: string
}

/** What a new leader appends first, so that it can commit and read (§5.4.2, §8). */
export interface EmptyEntry extends EntryPosition {
  readonly kind: 'empty'
}

/** Pins the cluster's id, members' incarnations and their starts. The first leader's first entry is one. */
export interface IdentityEntry extends EntryPosition {
  readonly kind: 'identity'
  readonly clusterId: ClusterId
  readonly incarnations: readonly (readonly [ServerId, Incarnation])[]
  /** Absent: none, or written by an older build. */
  readonly starts?: readonly StartPin[]
}

/** `replaces`: it does not go on from the start that was pinned before, and counts only once this is committed. */
export type StartPin = readonly [ServerId, Start, replaces?: boolean]

/** Takes effect when it is appended, reverts when it is truncated (§6). */
export interface ConfigurationEntry extends EntryPosition {
  readonly kind: 'configuration'
  readonly configuration: Configuration
}

export type Entry = CommandEntry | EmptyEntry | IdentityEntry | ConfigurationEntry

/** Figure 2, "persistent state on all servers", without the log. */
export interface HardState {
  readonly currentTerm: Term
  readonly votedFor: ServerId | undefined
}

/** What a server had on disk when it started. `entries` are dense, the first one at snapshotIndex + 1. */
export interface Recovered {
  readonly hardState: HardState
  readonly entries: readonly Entry[]
  readonly snapshot?: SnapshotPosition
}

/** Where a snapshot stands, and what of the core's own state was in force there. */
export interface SnapshotPosition {
  readonly index: LogIndex
  readonly term: Term
  readonly configuration: Configuration
  readonly clusterId: ClusterId | undefined
  readonly incarnations: readonly (readonly [ServerId, Incarnation])[]
  /** Names the backup that this log began with. Absent: none, or its build does not say. */
  readonly backup?: string
  /** Absent: none is pinned, or its build does not say. */
  readonly starts?: readonly StartPin[]
}
