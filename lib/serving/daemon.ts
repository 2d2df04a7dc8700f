/** A daemon as its users see it: it listens, and objects are registered with it and taken back. */
import type { ByteStream, Logger } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import {
  BOOLEAN,
  FUNCTION,
  HOST_TO_LISTEN_ON,
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

/** Where a daemon listens, whom it lets in, and what it reports. */
export interface DaemonOptions extends KeepAlive {
  /** The host or address to listen on. Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string | undefined
  /** The port to listen on. Default 0: the system chooses one. */
  readonly port?: number | undefined
  /**
   * Listen on a Unix socket at this path, beginning with `/`, instead of host and port. Processes of this machine that
   * may write to the socket can connect. A socket left behind by a killed process is taken over.
   */
  readonly path?: string | undefined
  /** `HOST` or `HOST:PORT` at which others reach it. Default: where it listens. */
  readonly advertise?: string | undefined
  /**
   * Use TLS for connections over TCP, both accepted and opened by this process. Accepting needs a certificate and its
   * key. Default: no TLS.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /**
   * Allow listening where other machines can connect without TLS, or without authentication: for networks that keep
   * strangers out by other means. Each line of the log says so. Default false: it is refused.
   */
  readonly insecure?: boolean | undefined
  /** Names besides its own that HTTP's Host header may carry: `service.example`, `proxy.example:8443`. Default none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Origins whose pages may call from a browser: `https://app.example`. Default none. */
  readonly allowOrigins?: readonly string[] | undefined
  /**
   * Called for each new connection over TCP lines or WebSocket, not for HTTP requests. No call of the connection runs
   * before the promise it returns has resolved. If it throws or rejects, the connection is refused: its calls are
   * answered UNAUTHORIZED with the error's message, or with the error itself if that is a RollcallError whose outcome
   * is `not-executed`, and it is closed.
   */
  readonly onConnect?: ((connection: ServedConnection) => unknown) | undefined
  /** Called when such a connection has ended, unless it was refused. */
  readonly onDisconnect?: ((connection: ServedConnection) => void) | undefined
  /**
   * Decides who a caller is by the token it sends, before its arguments are read and before anything of an object runs.
   * Called once for each token that arrives over a connection. Default: anyone may call.
   */
  readonly authenticate?: Authenticate | undefined
  /**
   * Called with each error that a method throws, which its caller gets as well, and with whatever hooks, listeners and
   * disposals throw. Default: nothing hears of those.
   */
  readonly onCallError?: ((error: unknown, call: FailedCall | undefined) => unknown) | undefined
  /** How long running calls may take to finish once the daemon is being closed, in milliseconds. Default 5,000. */
  readonly closeTimeoutMs?: number | undefined
  /**
   * Whether callers get the stack of an error (`error.remote.stack`), which names files and functions of this process.
   * Default true.
   */
  readonly stacks?: boolean | undefined
  /**
   * Called with each message sent or received, as one line of at most 1,000 characters: `console.log`, say. Tokens are
   * left out, arguments and results are not. It must not throw. Default: messages are not logged.
   */
  readonly logWire?: WireLog | undefined
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
}

export const DAEMON_RULES: Rules<DaemonOptions> = {
  host: HOST_TO_LISTEN_ON,
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

/** How an object is registered with a daemon. */
export interface RegisterOptions {
  /** A word without "@" and white space. Default: a unique one is generated. */
  readonly id?: string | undefined
}

/** Serves objects, each under an id: `greeter@localhost:41053`. */
export interface Daemon extends AsyncDisposable {
  /** The address at which others reach it: `localhost:41053`, or `unix:/run/greeter`. */
  readonly place: string
  /**
   * Serves an object, or a class, whose instances are made as its `@behavior` says. Tells no name server.
   * @throws InvalidParamsError when it exposes nothing or is served already, the id is taken or invalid, or the daemon
   * is closed
   */
  register(target: object, options?: RegisterOptions): Uri
  /**
   * Treats an open stream as a connection that has come in: a Duplex of node:stream, such as a socket, or a child's
   * stdin and stdout. The daemon owns it from then on.
   * @throws InvalidParamsError if it is not a Duplex, or carries anything but bytes
   */
  accept(stream: ByteStream): void
  /** Stops serving an object, given itself or its id. Returns whether it was served. */
  unregister(target: object | string): boolean
  /** The URI of a served object. @throws NameNotFoundError when it is not served here */
  uriOf(target: object): Uri
  /** The ids of all objects, including `daemon`, sorted. */
  registered(): readonly string[]
  /**
   * Takes no more calls: new ones are answered as not executed, so that they go elsewhere. Running calls, and streams
   * being read, have `closeTimeoutMs` to finish; then all connections end, and whatever still runs is never answered.
   * Harmless when called again. Within a call that this daemon serves it resolves at once, as it waits for that call.
   */
  close(): Promise<void>
}
