/** What a connection is made of, and what may be said of a call over it. */
import type { Json } from '../../json.js'
import type { Address, Clock, Logger, Ms, PeerCertificate, Random, Transport } from '../../ports.js'
import type { AnswerMeta, CallMeta } from '../exposed.js'
import type { ExposedOf } from '../handing/exports.js'
import type { Parcel } from '../handing/parcel.js'
import type { Referred } from '../handing/references.js'
import type { Params } from '../messages/request.js'
import type { Signal } from '../signal.js'
import type { BatchToSend } from './gathering.js'
import type { OwnTokenSource } from './own-token.js'
import type { Peer, SaidWith } from './peer.js'
import type { Served } from './served.js'

export interface CallOptions {
  readonly meta?: CallMeta | undefined
  /** From the call to its answer, waiting for the connection included. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined
  /** On the clock, in place of `timeoutMs`. */
  readonly deadline?: Ms | undefined
  /** Gives the call up: it rejects, and the other end is told that nobody waits for it. */
  readonly signal?: Signal | undefined
  /** Told just before the call resolves what the answer says beside its result, if it does. It must not throw. */
  readonly onAnswerMeta?: ((meta: AnswerMeta) => void) | undefined
  /** Told how far it has come, where `meta` asks for that. */
  readonly onProgress?: ((value: unknown) => void) | undefined
  /** Told where it was sent. */
  readonly onSent?: ((id: number, peer: Peer) => void) | undefined
  /** As in {@link OutgoingCall}. */
  readonly batch?: BatchToSend | undefined
  readonly isOneway?: boolean
}

/** Params with something in them that is handed over, written when it is known over which link they go. */
export type LateParams = (parcel: Parcel) => Params

/** A call on a connection that is being opened, before anything else may be sent on it. */
export type RawCall = (method: string, params: readonly Json[], options?: CallOptions) => Promise<Json>

/** Whoever was dialled. */
export interface WhoIsThere {
  /** What he has shown himself by, as of a dialled channel. */
  readonly certificate: PeerCertificate | undefined
}

export interface ConnectionOptions {
  readonly address: Address
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Runs on each new connection before any other call; when it rejects, the connection counts as failed. */
  readonly hello?: (call: RawCall, there: WhoIsThere) => Promise<void>
  /** What runs the requests of the other end, asked when the first has come. Default: nothing is there to be called. */
  readonly served?: () => Served
  /** How an object can be called that is handed to the other end. Default: as its class has marked it. */
  readonly exposedOf?: ExposedOf
  /** What references stand for that come over it. Default: they can't be followed. */
  readonly referred?: Referred
  readonly saidWith?: SaidWith
  /** Told to those alone whom this process has chosen to call: of others it is left out. Default: there is none. */
  readonly ownToken?: OwnTokenSource | undefined
  /** This process has chosen to call what is there. Default: it is said later, or another one has named it. */
  readonly isChosen?: boolean
  /** Each call asks to be passed on to the leader where another one leads. Default: none does. */
  readonly isVia?: true | undefined
  /**
   * When nothing is heard for this long, the other end is pinged, and given up after as long again. Default 2,000 ms.
   */
  readonly heartbeatMs?: number
  /**
   * Whether somebody else is in the place of what was at the address: asked while the other end is silent and calls wait
   * for it; they are given up when it is so. Never rejects. Default: it is not asked.
   */
  readonly isReplaced?: ((address: Address) => Promise<boolean>) | undefined
  /** It ends when nobody has used it for long, and is opened again for the next call. Default true. */
  readonly rests?: boolean
  /** For connecting and hello together. Default 5,000 ms. */
  readonly connectTimeoutMs?: number
  /** The longest pause between two attempts to connect. Default 500 ms. */
  readonly backoffMaxMs?: number
}
