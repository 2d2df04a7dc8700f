/** What goes into a step. */
import type { SnapshotPosition } from './entries.js'
import type { Request, Response } from './messages.js'
import type { KnownStart, Lineage } from './starts.js'
import type { Exchange, Incarnation, LogIndex, PersistToken, ReadContext, ServerId, Ticks } from './values.js'

/** What can happen to a server. Each is taken in whole, in order, with the time at which it was taken in. */
export type Input =
  /** Lets what is due happen. The only input that makes a deadline fire. */
  | { readonly type: 'tick' }
  /** This process was held up: whoever was silent meanwhile may have spoken, or was not asked. */
  | { readonly type: 'heldUp' }
  /**
   * The peer's hello has settled `from`, `incarnation` and `starts`. A request carries the exchange that its reply goes
   * to.
   */
  | {
      readonly type: 'request'
      readonly from: ServerId
      readonly incarnation: Incarnation
      readonly starts?: Lineage | undefined
      readonly message: Request
      readonly exchange: Exchange
    }
  | {
      readonly type: 'response'
      readonly from: ServerId
      readonly incarnation: Incarnation
      readonly starts?: Lineage | undefined
      readonly message: Response
    }
  /** Another member, in its hello, says which start of this one its log knows. */
  | { readonly type: 'startKnown'; readonly known: KnownStart }
  /** A request to the peer got no reply and will get none. */
  | { readonly type: 'peerUnreachable'; readonly peer: ServerId }
  /** The peer's process has ended: its connection has, and nobody listens where it was. */
  | { readonly type: 'peerGone'; readonly peer: ServerId }
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

/** The configuration that is wanted, without a word of how to get there. */
export interface Target {
  readonly voters: readonly ServerId[]
  readonly learners: readonly ServerId[]
  readonly uris: { readonly [id: string]: string }
}
