/** What servers say to each other: the paper's RPCs, each with its response, and those that this core adds. */
import type { Entry, SnapshotPosition } from './entries.js'
import type { LogIndex, ServerId, Term, Ticks } from './values.js'

export interface PreVote {
  readonly type: 'preVote'
  /** The term that the sender would stand in; it has not entered it. */
  readonly term: Term
  readonly candidateId: ServerId
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
}

export interface RequestVote {
  readonly type: 'requestVote'
  readonly term: Term
  readonly candidateId: ServerId
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  /** The sitting leader asked for this election (thesis §3.10): the check for a live leader does not apply. */
  readonly transfer: boolean
}

export interface AppendEntries {
  readonly type: 'appendEntries'
  readonly term: Term
  readonly leaderId: ServerId
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  readonly entries: readonly Entry[]
  readonly leaderCommit: LogIndex
  /** Grows with each heartbeat round of this leader; the reply repeats it (read index, check-quorum). */
  readonly round: number
}

/** One piece of the leader's snapshot (Figure 13, with whole pieces of text instead of bytes). */
export interface InstallSnapshot {
  readonly type: 'installSnapshot'
  readonly term: Term
  readonly leaderId: ServerId
  readonly snapshot: SnapshotPosition
  /** The piece's number, from 0. */
  readonly offset: number
  readonly data: string
  /** CRC-32 of the data's UTF-8 bytes, made and checked by the drivers. */
  readonly checksum: number
  /** This is the last piece. */
  readonly done: boolean
}

/** A member asks the leader up to where it must have applied before it may run a read (thesis §6.4). */
export interface ReadIndex {
  readonly type: 'readIndex'
  readonly term: Term
  readonly serverId: ServerId
  /** Grows with each request of this server; the reply repeats it. */
  readonly number: number
}

/** The leader asks its successor to stand at once (thesis §3.10). */
export interface TimeoutNow {
  readonly type: 'timeoutNow'
  readonly term: Term
  readonly leaderId: ServerId
}

export interface PreVoteResponse {
  readonly type: 'preVoteResponse'
  readonly term: Term
  readonly voteGranted: boolean
}

export interface RequestVoteResponse {
  readonly type: 'requestVoteResponse'
  readonly term: Term
  readonly voteGranted: boolean
}

export interface AppendEntriesResponse {
  readonly type: 'appendEntriesResponse'
  readonly term: Term
  readonly success: boolean
  readonly round: number
  /** success: the last index that this message proved to match and that is durable. Else: prevLogIndex refused. */
  readonly matchIndex: LogIndex
  /** Only when refused: where to go on (§5.3, fast back-tracking). No entry above `index` can match. */
  readonly conflict?: { readonly index: LogIndex; readonly term: Term }
  /**
   * For so long from when it took the request, by its own clock and across its restarts, the follower gives nobody a
   * vote unless its leader asks for it (thesis §6.4.1). Only there with leases on. Milliseconds.
   */
  readonly silence?: Ticks
}

export interface InstallSnapshotResponse {
  readonly type: 'installSnapshotResponse'
  readonly term: Term
  /** Which snapshot this is about. */
  readonly snapshotIndex: LogIndex
  /** The next piece that the receiver needs. */
  readonly offset: number
  /** The receiver stands at the snapshot or beyond it, durably. */
  readonly installed: boolean
}

export interface ReadIndexResponse {
  readonly type: 'readIndexResponse'
  readonly term: Term
  readonly number: number
  /** Null: the receiver could not confirm that it leads. */
  readonly readIndex: LogIndex | null
}

export interface TimeoutNowResponse {
  readonly type: 'timeoutNowResponse'
  readonly term: Term
}

export type Request = PreVote | RequestVote | AppendEntries | InstallSnapshot | ReadIndex | TimeoutNow
export type Response =
  | PreVoteResponse
  | RequestVoteResponse
  | AppendEntriesResponse
  | InstallSnapshotResponse
  | ReadIndexResponse
  | TimeoutNowResponse
export type Message = Request | Response

/** In this form the compiler knows, of a message whose type is not settled yet, that the two belong together. */
export type RequestOf<T extends Request['type']> = Request & { readonly type: T }
export type ResponseOf<T extends Response['type']> = Response & { readonly type: T }
