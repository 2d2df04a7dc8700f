/** Another member at one place: the connections to it, and what is known of it there. */
import type { Clock, Logger, Ms, Random, Transport } from '../../ports.js'
import type { AppendEntries } from '../../raft/types.js'
import { Connection } from '../../rpc/channels/connection.js'
import type { RawCall, WhoIsThere } from '../../rpc/channels/connection-options.js'
import { parseUri } from '../../rpc/uri.js'
import { PeerWindow } from '../guards/budget.js'
import type { Hello } from './hello.js'
import { Lanes } from './lanes.js'
import type { Lane, LaneKind } from './lanes.js'

export interface PeerOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How long a request may stay unanswered. Milliseconds. */
  readonly requestTimeoutMs: number
  /**
   * How long a peer may be silent before its connection is tried, and how long nobody may be there before it is looked
   * for elsewhere. Milliseconds.
   */
  readonly silenceMs: number
}

export interface Peer {
  readonly lanes: Lanes
  readonly uri: string
  /** The last one, of whichever connection. */
  hello: Hello | undefined
  readonly window: PeerWindow
  /** The last one at each place: each is told once. */
  readonly refusals: Map<string, string>
  /** Since when nobody is there, or not this member. Undefined: it is there, for all that is known. */
  awaySince: Ms | undefined
  /** What this member said of itself when the connection began does not do any more. */
  isToBeGreetedAnew: boolean
  /** The term and the heartbeat round of the last AppendEntries that left. */
  term: number
  round: number
  /** It says how far the log is committed, and waits for something that says so too. */
  commitNews: { readonly message: AppendEntries; readonly due: number } | undefined
}

type Greet = (peer: Peer, lane: Lane, call: RawCall, there: WhoIsThere) => Promise<void>

/** `before`: the same peer at another place. `greet` is what each of its connections begins with. */
export function peerAt(uri: string, before: Peer | undefined, options: PeerOptions, greet: Greet): Peer {
  const peer: Peer = {
    uri,
    hello: before?.hello,
    window: new PeerWindow(),
    refusals: before?.refusals ?? new Map<string, string>(),
    awaySince: undefined,
    isToBeGreetedAnew: false,
    term: 0,
    round: 0,
    commitNews: before?.commitNews,
    lanes: new Lanes((kind) => openLane(kind, uri, options, (...greeting) => greet(peer, ...greeting))),
  }
  return peer
}

function openLane(
  kind: LaneKind,
  uri: string,
  options: PeerOptions,
  greet: (lane: Lane, call: RawCall, there: WhoIsThere) => Promise<void>,
): Lane {
  const { transport, clock, random, logger, silenceMs, requestTimeoutMs } = options
  const lane: Lane = {
    hello: undefined,
    isStill: undefined,
    speaksFrames: false,
    underWay: 0,
    connection: new Connection({
      address: parseUri(uri).address,
      transport,
      clock,
      random,
      logger,
      // What is long takes its time. Whoever is not there any more the quick lane will notice.
      ...(kind === 'quick' && { heartbeatMs: silenceMs }),
      connectTimeoutMs: requestTimeoutMs,
      // Votes are asked for once in a long while, and then at once.
      rests: false,
      // A member that has come back counts for a quorum only once it is heard: look again within an election timeout.
      backoffMaxMs: silenceMs / 2,
      hello: (call, there) => greet(lane, call, there),
    }),
  }
  return lane
}
