/** What comes out of a step. */
import type { Configuration, Entry, HardState, SnapshotPosition } from './entries.js'
import type { InstallSnapshot, Request, Response } from './messages.js'
import type {
  ClusterId,
  Exchange,
  Incarnation,
  LogIndex,
  PersistToken,
  ReadContext,
  ServerId,
  Term,
} from './values.js'

/** What the driver must do, in this order. Plain data; it may be kept, printed and compared. */
export type Effect =
  /**
   * One atomic record: drop the whole log, which goes on after `reset`; or drop it from `truncateFrom` on; append
   * `entries`, replace the hard state. Answer with `persisted` when it is durable. Persists go to disk in order;
   * several may be made durable by one sync.
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
   * Send `to` a snapshot in `installSnapshot`s of `term`: of the one at `resume.index` the piece `resume.offset`, and
   * as many behind it as may be under way; without `resume`, or if that snapshot is neither the newest nor being sent,
   * the newest one from its first piece. `isAgain`: what has left is lost, or was refused.
   */
  | {
      readonly type: 'sendSnapshot'
      readonly to: ServerId
      readonly term: Term
      readonly resume?: { readonly index: LogIndex; readonly offset: number }
      readonly isAgain: boolean
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

export type EffectOf<T extends Effect['type']> = Effect & { readonly type: T }

/** Who does each effect of these types. */
export type Doers<T extends Effect['type'] = Effect['type']> = {
  readonly [E in T]: (effect: EffectOf<E>) => void
}

export type RefusalReason = 'notLeader' | 'noQuorum' | 'overloaded'

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
 * every other voter, has been silent for electionTimeoutMin; `olderCopy`: its folder is one, and it does not stand
 * before it has caught up; `timedOut`: it did not take over within electionTimeoutMax; `busy`: another transfer or a
 * change of the configuration is under way.
 */
export type TransferOutcome =
  'handedOver' | 'notLeader' | 'notVoter' | 'unreachable' | 'olderCopy' | 'timedOut' | 'busy'

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
  /** It was removed, and this leader speaks to it no more: it knows, or has had the time to. */
  | { readonly type: 'departed'; readonly peer: ServerId }
  | { readonly type: 'configurationChanged'; readonly configuration: Configuration }
  /** The last word of a change: it is committed and nothing is joint any more. */
  | {
      readonly type: 'configurationCommitted'
      readonly index: LogIndex
      readonly configuration: Configuration
    }
  /** A configuration without this member, as the one that it is, is committed. */
  | { readonly type: 'removed'; readonly index: LogIndex }
  | { readonly type: 'transferring'; readonly to: ServerId }
  | { readonly type: 'sendingSnapshot'; readonly peer: ServerId; readonly index: LogIndex }
  | { readonly type: 'clusterPinned'; readonly clusterId: ClusterId }
  | { readonly type: 'wipedMember'; readonly peer: ServerId; readonly pinned: Incarnation }
  /**
   * It came back with a folder from before what it has acknowledged: it has no vote and does not count until it has
   * caught up.
   */
  | { readonly type: 'olderCopy'; readonly peer: ServerId }
  | { readonly type: 'caughtUp'; readonly peer: ServerId }
  /** A message of a term that no election could have reached was dropped. */
  | { readonly type: 'impossibleTerm'; readonly peer: ServerId; readonly term: Term }

/** Who hears of which events. */
export type Hearers = {
  readonly [T in RaftEvent['type']]?: (event: RaftEvent & { readonly type: T }) => void
}
