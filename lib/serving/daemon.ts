/** Objects of one process, served: registered and taken back while it listens. */
import type { ByteStream, Logger } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import {
  BOOLEAN,
  FUNCTION,
  HOSTS,
  LOGGER,
  ORIGINS,
  PORT,
  SOCKET_PATH,
  TEXT,
  TIMEOUT,
  type Rules,
} from '../rpc/options.js'
import { KEEP_ALIVE, type KeepAlive } from '../rpc/keep-alive.js'
import { TLS, type TlsOptions } from '../rpc/tls-options.js'
import type { Uri } from '../rpc/uri.js'
import type { Authenticate } from './authentication.js'
import type { ServedConnection } from './connections.js'
import type { FailedCall } from './handlers.js'

/** Where a daemon listens, whom it lets in, and who hears of what happens. */
export interface DaemonOptions extends KeepAlive {
  /** Where to listen. Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string | undefined
  /** Default 0: the system chooses. */
  readonly port?: number | undefined
  /**
   * A path of the file system, beginning with `/`, in place of host and port: a Unix socket, which processes of this
   * machine reach that may write there. One that a killed process has left behind is taken over.
   */
  readonly path?: string | undefined
  /** `HOST` or `HOST:PORT` by which others reach it, where that is not where it listens. */
  readonly advertise?: string | undefined
  /**
   * Speaks TLS with whoever connects by TCP, for which it needs a certificate and its key, and with all that it calls
   * itself. Default: none.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /**
   * Lets it listen where other machines reach it without TLS, or without asking who calls: for networks that keep
   * strangers away. Each line of its log says so. Default false: that is refused.
   */
  readonly insecure?: boolean | undefined
  /** What programs of HTTP may call it beside its own names: `service.example`, `proxy.example:8443`. Default none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Pages of these origins may call it from a browser: `https://app.example`. Default none. */
  readonly allowOrigins?: readonly string[] | undefined
  /**
   * Told of each lasting connection that comes: lines and WebSocket, none of HTTP. None of its calls runs before what is
   * returned has resolved. Where it throws or rejects, the connection is refused: whoever calls over it hears the
   * sentence, UNAUTHORIZED, or the error itself where that is a RollcallError which says not executed, and it is closed.
   */
  readonly onConnect?: ((connection: ServedConnection) => unknown) | undefined
  /** Told of its end, unless it was refused. */
  readonly onDisconnect?: ((connection: ServedConnection) => void) | undefined
  /**
   * Judges who calls, by the token that he brings, before anything of an object runs, and before its arguments are
   * looked at. Asked once for each token that comes over a connection. Default: everybody may call.
   */
  readonly authenticate?: Authenticate | undefined
  /**
   * Told of each error that a method has thrown, beside its caller; and of what hooks, listeners and disposals throw.
   */
  readonly onCallError?: ((error: unknown, call: FailedCall | undefined) => unknown) | undefined
  /** How long calls that run may take to end when it is closed, in milliseconds. Default 5,000. */
  readonly closeTimeoutMs?: number | undefined
  /**
   * Whether callers are told where in the source an error was thrown (`error.remote.stack`), which names files and
   * functions of this process. Default true.
   */
  readonly stacks?: boolean | undefined
  /**
   * Told each message that comes or goes, as one line of at most 1,000 characters, tokens left out: `console.log`.
   * Arguments and results stand in it. It must not throw. Default: nobody is told.
   */
  readonly logWire?: WireLog | undefined
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
}

export const DAEMON_RULES: Rules<DaemonOptions> = {
  host: TEXT,
  port: PORT,
  path: SOCKET_PATH,
  advertise: TEXT,
  tls: TLS,
  insecure: BOOLEAN,
  allowHosts: HOSTS,
  allowOrigins: ORIGINS,
  keepAliveMs: KEEP_ALIVE,
  onConnect: FUNCTION,
  onDisconnect: FUNCTION,
  authenticate: FUNCTION,
  onCallError: FUNCTION,
  closeTimeoutMs: TIMEOUT,
  stacks: BOOLEAN,
  logWire: FUNCTION,
  logger: LOGGER,
}

/** How an object is registered at a daemon. */
export interface RegisterOptions {
  /** A word without "@" and white space. Default: one that nobody else has. */
  readonly id?: string | undefined
}

/** What serves objects, each under an id: `greeter@localhost:41053`. */
export interface Daemon extends AsyncDisposable {
  /** Where others reach it: `localhost:41053`, or `unix:/run/greeter`. */
  readonly place: string
  /**
   * Serves an object, or a class, whose instances are made as its `@behavior` says. Resolves nothing at a name server.
   * @throws InvalidParamsError when it exposes nothing, is served already, the id is taken or none, or the daemon is closed
   */
  register(target: object, options?: RegisterOptions): Uri
  /**
   * Serves whoever is at the other end of a stream that is open already, as whoever connects: a Duplex of node:stream,
   * such as a socket, or a child's stdin and stdout. It is the daemon's from then on.
   * @throws InvalidParamsError for what is no Duplex, or brings no bytes
   */
  accept(stream: ByteStream): void
  /** No call reaches it from now on. Whether it was served. */
  unregister(target: object | string): boolean
  /** @throws NameNotFoundError when it is not served here */
  uriOf(target: object): Uri
  /** Ids of all objects, that of the daemon's own too, sorted. */
  registered(): readonly string[]
  /**
   * Takes no more calls: they are told that they were not executed, so that they go elsewhere. Calls that run, and streams
   * that are read, may end, for as long as `closeTimeoutMs` says; then all connections end, and what still runs answers
   * nobody. Harmless when called again. Where a call of its own closes it, this resolves at once: it waits for that call.
   */
  close(): Promise<void>
}
