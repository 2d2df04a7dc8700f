/**
 * The words of the core: what goes in, what comes out, and what both are made of.
 * Names are those of the Raft paper's Figure 2, letter for letter.
 */

export type Term = number & { readonly __brand: 'Term' }
export type LogIndex = number & { readonly __brand: 'LogIndex' }
/** A point in time or a length of it, in milliseconds of the driver's monotonic clock. */
export type Ticks = number & { readonly __brand: 'Ticks' }
/** A Raft member's name, the objectId of its URI: `node1`. */
export type ServerId = string & { readonly __brand: 'ServerId' }
/** Drawn when a data folder is made. A member under a known id with another incarnation has lost its memory. */
export type Incarnation = string & { readonly __brand: 'Incarnation' }
export type ClusterId = string & { readonly __brand: 'ClusterId' }
/** Names one `persist` effect. Tokens grow; persists complete in the order of their tokens. */
export type PersistToken = number & { readonly __brand: 'PersistToken' }
/** Names one incoming request, so that its reply finds the way back. Chosen by the driver. */
export type Exchange = number & { readonly __brand: 'Exchange' }
/** Names one read, or one group of reads, that waits for its read index. Chosen by the driver. */
export type ReadContext = number & { readonly __brand: 'ReadContext' }

function counted<T extends number>(what: string): (value: number) => T {
  return (value) => {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a ${what}: ${value}`)
    return value as T
  }
}

function named<T extends string>(what: string): (value: string) => T {
  return (value) => {
    if (value === '') throw new RangeError(`not a ${what}: the empty string`)
    return value as T
  }
}

/** The guarded doors. The numeric ones take whole numbers from 0 to 2^53 - 1, the others any text but the empty one. */
export const term = counted<Term>('term')
export const logIndex = counted<LogIndex>('log index')
export const persistToken = counted<PersistToken>('persist token')
export const exchange = counted<Exchange>('exchange')
export const readContext = counted<ReadContext>('read context')
export const serverId = named<ServerId>('server id')
export const incarnation = named<Incarnation>('incarnation')
export const clusterId = named<ClusterId>('cluster id')

/** The guarded door to {@link Ticks}. Any finite number from 0 up. */
export function ticks(value: number): Ticks {
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`not a time in ticks: ${value}`)
  return value as Ticks
}

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

/** Pins the cluster's id and members' incarnations. The first leader's first entry is one. */
export interface IdentityEntry extends EntryPosition {
  readonly kind: 'identity'
  readonly clusterId: ClusterId
  readonly incarnations: readonly (readonly [ServerId, Incarnation])[]
}

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
}

export interface RaftOptions {
  readonly id: ServerId
  readonly incarnation: Incarnation
  /** In force while neither the log nor a snapshot has a configuration. */
  readonly bootstrap: Configuration
  /** The id that this server gives to the cluster if it turns out to be its first leader. */
  readonly newClusterId: ClusterId
  /** The randomised election timeout is drawn from [min, max] (§9.3). Default 150-300. */
  readonly electionTimeoutMin: Ticks
  readonly electionTimeoutMax: Ticks
  /** How often a leader speaks when it has nothing to say. Well below electionTimeoutMin. Default 50. */
  readonly heartbeatInterval: Ticks
  /**
   * Seed of the jitter on timeouts, any 32-bit number, drawn anew at each start. The same seed and inputs give the same
   * effects.
   */
  readonly seed: number
  /** Most AppendEntries with entries on their way to one follower. Default 8. */
  readonly inflightMessagesMax: number
  /** Most UTF-16 units of command data in one AppendEntries; one entry always fits. Default 128 Ki. */
  readonly messageSizeMax: number
  /**
   * Most UTF-16 units of command data that a leader has appended and not applied yet, so of the uncommitted tail and the
   * apply queue together; beyond it a proposal is refused, unless it is the only one. Default 64 MiB.
   */
  readonly uncommittedSizeMax: number
  /**
   * Linearizable reads without a round of messages while a quorum's answers are fresh enough to rule out another leader
   * (thesis §6.4.1). Right only while all members have it on and no two members' clocks run at rates that differ by more
   * than a twentieth. Default false.
   */
  readonly leaseReads: boolean
}

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

/** What can happen to a server. Each is taken in whole, in order, with the time at which it was taken in. */
export type Input =
  /** Lets what is due happen. The only input that makes a deadline fire. */
  | { readonly type: 'tick' }
  /** The peer's hello has settled `from` and `incarnation`. A request carries the exchange that its reply goes to. */
  | {
      readonly type: 'request'
      readonly from: ServerId
      readonly incarnation: Incarnation
      readonly message: Request
      readonly exchange: Exchange
    }
  | {
      readonly type: 'response'
      readonly from: ServerId
      readonly incarnation: Incarnation
      readonly message: Response
    }
  /** A request to the peer got no reply and will get none. */
  | { readonly type: 'peerUnreachable'; readonly peer: ServerId }
  /** Appended together, in order, or all refused. */
  | { readonly type: 'propose'; readonly commands: readonly string[] }
  /** `anywhere`: a follower asks its leader for the read index instead of refusing. */
  | { readonly type: 'read'; readonly context: ReadContext; readonly anywhere: boolean }
  /** Make this the configuration (§6). Answered by `configured` or `configureRefused`. */
  | { readonly type: 'configure'; readonly target: Target }
  /** Hand leadership to `to`, or to the voter that is furthest ahead. Answered by one `transferEnded`. */
  | { readonly type: 'transfer'; readonly to: ServerId | undefined }
  /** A snapshot at `index` or beyond is durable, and nobody near needs the entries up to `index` any more. */
  | { readonly type: 'compact'; readonly index: LogIndex }
  /** The piece of that exchange is stored, or was refused; `offset` is the one that is needed next. */
  | {
      readonly type: 'chunkStored'
      readonly exchange: Exchange
      readonly snapshotIndex: LogIndex
      readonly offset: number
    }
  /** The whole snapshot that a leader sent is durable here. */
  | { readonly type: 'snapshotStored'; readonly exchange: Exchange; readonly snapshot: SnapshotPosition }
  /** This persist and all before it are durable. */
  | { readonly type: 'persisted'; readonly token: PersistToken }
  /** Everything up to here has been applied to the state machine. */
  | { readonly type: 'applied'; readonly index: LogIndex }
  /** Persists are under way, and none has completed for `elapsed`: a leader whose disk hangs must lose office. */
  | { readonly type: 'storageStalled'; readonly elapsed: Ticks }
  /** Hand over or fall silent, at once. Nothing but replies to what is known already comes after it. */
  | { readonly type: 'stop' }

export type RefusalReason = 'notLeader' | 'noQuorum' | 'overloaded'

/** The configuration that is wanted, without a word of how to get there. */
export interface Target {
  readonly voters: readonly ServerId[]
  readonly learners: readonly ServerId[]
  readonly uris: { readonly [id: string]: string }
}

/**
 * Why a configuration was not appended: `notReady`: this leader has not committed an entry of its own term yet, or
 * a member's incarnation that it has just heard of;
 * `changeUnderWay`: the one before is not committed; `notCaughtUp`: a voter-to-be lags or is no learner yet;
 * `invalid`: no voters, an id twice, or an id without a URI.
 */
export type ConfigureRefusal = RefusalReason | 'notReady' | 'changeUnderWay' | 'notCaughtUp' | 'invalid'

/**
 * `handedOver`: a higher term has ended this server's office. `notLeader`: it did not lead, or lost office otherwise.
 * Else it still leads, because: `notVoter`: the successor is no other voter of the configuration; `unreachable`: it, or
 * every other voter, has been silent for electionTimeoutMin; `timedOut`: it did not take over within electionTimeoutMax;
 * `busy`: another transfer or a change of the configuration is under way.
 */
export type TransferOutcome = 'handedOver' | 'notLeader' | 'notVoter' | 'unreachable' | 'timedOut' | 'busy'

/** What the driver must do, in this order. Plain data; it may be kept, printed and compared. */
export type Effect =
  /**
   * One atomic record: drop the whole log, which goes on after `reset`; or drop it from `truncateFrom` on; append
   * `entries`, replace the hard state. Answer with `persisted` when it is durable. Persists go to disk in order; several
   * may be made durable by one sync.
   */
  | {
      readonly type: 'persist'
      readonly token: PersistToken
      readonly hardState?: HardState
      readonly reset?: { readonly index: LogIndex; readonly term: Term }
      readonly truncateFrom?: LogIndex
      readonly entries: readonly Entry[]
    }
  /** With `after`: MUST NOT leave before that persist is durable. */
  | { readonly type: 'send'; readonly to: ServerId; readonly message: Request; readonly after?: PersistToken }
  | {
      readonly type: 'reply'
      readonly exchange: Exchange
      readonly message: Response
      readonly after?: PersistToken
    }
  /** The sender's hello or incarnation does not count here; it must be told so. */
  | { readonly type: 'rejectPeer'; readonly exchange: Exchange; readonly pinned: Incarnation }
  /** Committed: apply from `from` to `to`, both included, in order, each once. */
  | { readonly type: 'apply'; readonly from: LogIndex; readonly to: LogIndex }
  /** The commands of one `propose` stand at `from` and the indices after it, in `term`. */
  | { readonly type: 'appended'; readonly from: LogIndex; readonly count: number; readonly term: Term }
  | { readonly type: 'refused'; readonly reason: RefusalReason }
  /** Run the read once `index` has been applied. */
  | { readonly type: 'readReady'; readonly context: ReadContext; readonly index: LogIndex }
  | { readonly type: 'readRefused'; readonly context: ReadContext; readonly reason: RefusalReason }
  /**
   * Send `to` a piece of the newest snapshot in an `installSnapshot` of `term`: of the snapshot at `resume.index` the
   * piece `resume.offset` if that snapshot is still the newest or is being sent already, else the newest one's first.
   */
  | {
      readonly type: 'sendSnapshot'
      readonly to: ServerId
      readonly term: Term
      readonly resume?: { readonly index: LogIndex; readonly offset: number }
    }
  /** Store the piece, and answer with `chunkStored`, or `snapshotStored` after the last one. */
  | { readonly type: 'storeChunk'; readonly exchange: Exchange; readonly message: InstallSnapshot }
  /** Put the state machine to where the stored snapshot stands. Comes before any `apply` of what follows it. */
  | { readonly type: 'restore'; readonly snapshot: SnapshotPosition }
  /** The configuration stands at `index`; the event `configurationCommitted` follows, or the entry is truncated. */
  | { readonly type: 'configured'; readonly index: LogIndex; readonly term: Term }
  | { readonly type: 'configureRefused'; readonly reason: ConfigureRefusal }
  | { readonly type: 'transferEnded'; readonly to: ServerId | undefined; readonly outcome: TransferOutcome }
  | { readonly type: 'event'; readonly event: RaftEvent }

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'

export type StepDownReason =
  'higherTerm' | 'lostQuorum' | 'storageStalled' | 'stopped' | 'electionLost' | 'removed'

/** What matters to whoever watches: one log line each. */
export type RaftEvent =
  | { readonly type: 'stoodForElection'; readonly term: Term }
  | { readonly type: 'elected'; readonly term: Term; readonly votes: readonly ServerId[] }
  | { readonly type: 'steppedDown'; readonly term: Term; readonly reason: StepDownReason }
  /** `leader` undefined: contact with the leader of `term` was lost. */
  | { readonly type: 'leaderChanged'; readonly term: Term; readonly leader: ServerId | undefined }
  | { readonly type: 'lostContact'; readonly peer: ServerId }
  | { readonly type: 'regainedContact'; readonly peer: ServerId }
  | { readonly type: 'configurationChanged'; readonly configuration: Configuration }
  /** The last word of a change: it is committed and nothing is joint any more. */
  | {
      readonly type: 'configurationCommitted'
      readonly index: LogIndex
      readonly configuration: Configuration
    }
  | { readonly type: 'transferring'; readonly to: ServerId }
  | { readonly type: 'sendingSnapshot'; readonly peer: ServerId; readonly index: LogIndex }
  | { readonly type: 'clusterPinned'; readonly clusterId: ClusterId }
  | { readonly type: 'wipedMember'; readonly peer: ServerId; readonly pinned: Incarnation }
  /** A message of a term that no election could have reached was dropped. */
  | { readonly type: 'impossibleTerm'; readonly peer: ServerId; readonly term: Term }

export interface PeerProgress {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly matchIndex: LogIndex
  readonly nextIndex: LogIndex
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
  /** The last index that is durable here, as far as the log still holds it. */
  readonly durableIndex: LogIndex
  readonly snapshotIndex: LogIndex
  readonly configuration: Configuration
  /** What the leader knows of each other member; empty at anyone else. */
  readonly progress: ReadonlyMap<ServerId, PeerProgress>
  /** To whom this leader is handing over; it takes no commands meanwhile. */
  readonly transferringTo: ServerId | undefined
  /** Undefined until the first identity entry has been committed. */
  readonly clusterId: ClusterId | undefined
  /** The one that the log in force names, committed or not. */
  readonly clusterIdInLog: ClusterId | undefined
  readonly pins: Pins
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
  /** Entries from `from` to `to`, both included, cut to what the log holds. */
  entries(from: LogIndex, to: LogIndex): readonly Entry[]
  /**
   * What a snapshot at `index` must say of the cluster. `index` has been handed out to be applied, and is not below the
   * log's begin.
   */
  positionAt(index: LogIndex): SnapshotPosition
}
