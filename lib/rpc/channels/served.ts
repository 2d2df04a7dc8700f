/** What runs the requests of all connections of one process, made once for them. */
import type { Clock, Logger, Ms } from '../../ports.js'
import type { ExposedOf } from '../handing/exports.js'
import { Holdings } from '../answering/holdings.js'
import { Host } from '../host.js'
import type { ConnectionContext } from '../exposed.js'
import { Invoker } from '../answering/invoke.js'
import { JsonRpc } from '../answering/jsonrpc.js'
import { DEFAULT_LIMITS } from '../limits.js'
import type { Limits } from '../limits.js'
import type { Referred } from '../handing/references.js'
import type { SaidWith } from './peer.js'
import { SignsOfLife } from '../answering/signs-of-life.js'
import { Turns } from '../answering/turns.js'

/** The longest message of whoever has not shown who it is, where that is asked. */
export const UNKNOWN_BYTES_MAX = 64 * 1024

/** A connection that has come in. */
export interface Endable {
  /** Ends when the calls that run have their outcomes, at the latest when that has taken too long. */
  end(patience: Ms): Promise<void>
}

/** What all connections of a daemon share. */
export interface Served {
  /** Those that have come in and not ended. Absent: nobody asks. */
  readonly open?: Set<Endable>
  readonly rpc: JsonRpc
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Limits
  readonly holdings: Holdings
  readonly turns: Turns
  readonly signs: SignsOfLife
  /** Whether it has shown who it is, where that is asked. */
  readonly isShown: (connection: ConnectionContext) => boolean
  /** To be awaited where it takes time to find out whether it has shown that with its connection. Never rejects. */
  readonly judging: (connection: ConnectionContext) => Promise<void> | undefined
  /**
   * How an object can be called that is handed to the other end of a connection. Default: as its class has marked it.
   */
  readonly exposedOf?: ExposedOf | undefined
  /** What references stand for that come over a connection. Default: they can't be followed. */
  readonly referred?: Referred | undefined
  /** What is said of a call of what the other end has handed over. Default: what was said of it. */
  readonly saidWith?: SaidWith | undefined
}

export interface ServedOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** How an object can be called that is handed to the other end of a connection. Default: none can. */
  readonly exposedOf?: ExposedOf | undefined
  /** What references stand for that come over a connection. Default: they can't be followed. */
  readonly referred?: Referred | undefined
  readonly saidWith?: SaidWith | undefined
  /** Whether callers are told where in the source an error was thrown. Default true. */
  readonly stacks?: boolean | undefined
}

export function servedOf(
  host: Host,
  limits: Limits,
  { clock, logger, exposedOf, referred, saidWith, stacks }: ServedOptions,
): Served {
  const { frameBytesMax, callBytesMax, batchMax } = limits
  const invoker = new Invoker(host, clock, frameBytesMax, stacks)
  const longest = Math.min(callBytesMax, frameBytesMax)
  const rpc = new JsonRpc({
    clock,
    run: invoker.run.bind(invoker),
    batchMax,
    frameBytesMax,
    bytesMax: (connection, method) => {
      if (connection.isFavoured === true) return frameBytesMax
      const own = bytesMaxOf(invoker, method)
      if (host.gate?.isKnown(connection) === false) return own ?? UNKNOWN_BYTES_MAX
      return Math.min(longest, own ?? longest)
    },
  })
  return {
    rpc,
    clock,
    logger,
    limits,
    holdings: new Holdings(limits.heldBytesTotalMax),
    turns: new Turns(clock),
    signs: new SignsOfLife(clock),
    isShown: (connection) => host.gate?.isKnown(connection) !== false,
    judging: (connection) => host.gate?.judging?.(connection),
    exposedOf,
    referred,
    saidWith,
  }
}

/** Of whoever has no objects: only what a connection itself hands over can be called. */
export function servedAlone({ clock, logger }: ServedOptions): Served {
  return servedOf(new Host(), DEFAULT_LIMITS, { clock, logger })
}

/** Undefined: the method has no limit of its own, or is not known. */
function bytesMaxOf(invoker: Invoker, method: string | undefined): number | undefined {
  return method === undefined ? undefined : invoker.find(method)?.bytesMax
}
