/** What whoever starts a node and whoever starts a name server say alike: where it listens, how it is protected, its log. */
import { ACCESS, TOKENS } from '../access/sources.js'
import type { JudgedCallers } from '../access/judge.js'
import type { Logger } from '../ports.js'
import type { WireLog } from '../rpc/channels/wire-log.js'
import { KEEP_ALIVE, type KeepAlive } from '../rpc/keep-alive.js'
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
  type Rules,
} from '../rpc/options.js'
import { TLS, type TlsOptions } from '../rpc/tls-options.js'

/** Where a process listens, where others reach it, and what it answers to over HTTP. */
export interface ListeningOptions {
  /**
   * The host or address to listen on. Default: the one given last time, else the one under which its cluster knows it,
   * else the loopback addresses 127.0.0.1 and ::1.
   */
  readonly host?: string | undefined
  /** `HOST` or `HOST:PORT` at which others reach it. Default: the one given last time, else where it listens. */
  readonly advertise?: string | undefined
  /**
   * The port to listen on; 0 lets the system choose. The cluster is told of a new one. Default: the one under which the
   * cluster knows it; for a name server without `id`, 9090.
   */
  readonly port?: number | undefined
  /** Path of a Unix socket to listen on as well, beginning with `/`, for processes of this machine. Default none. */
  readonly listenUnix?: string | undefined
  /** Names besides its own that HTTP's Host header may carry: `node1.example`, `proxy.example:8443`. Default none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Origins whose pages may call from a browser: `https://app.example`. Default none. */
  readonly allowOrigins?: readonly string[] | undefined
}

/** What belongs to the process, and not to the member that it hosts. */
export interface ProcessOptions extends KeepAlive {
  /**
   * Use TLS for connections over TCP, both accepted and opened by this process, other members included. It needs a
   * certificate and its key. Default: no TLS.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /**
   * Allow listening where other machines can connect without TLS, or without authentication: for networks that keep
   * strangers out by other means. Each line of the log says so. Default false: it is refused.
   */
  readonly insecure?: boolean | undefined
  /** As in `serve`: called with each message sent or received. Default: messages are not logged. */
  readonly logWire?: WireLog | undefined
  /** Where log lines go. Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger | undefined
}

export const STARTED_RULES: Rules<ListeningOptions & ProcessOptions & JudgedCallers> = {
  host: HOST_TO_LISTEN_ON,
  advertise: TEXT,
  port: PORT,
  listenUnix: SOCKET_PATH,
  allowHosts: HOSTS,
  allowOrigins: ORIGINS,
  keepAliveMs: KEEP_ALIVE,
  token: TOKENS,
  access: ACCESS,
  authenticate: FUNCTION,
  tls: TLS,
  insecure: BOOLEAN,
  logWire: FUNCTION,
  logger: LOGGER,
}

/** Those of options that say more. */
export function listeningOf(options: ListeningOptions): ListeningOptions {
  const { host, advertise, port, listenUnix, allowHosts, allowOrigins } = options
  return { host, advertise, port, listenUnix, allowHosts, allowOrigins }
}

/** Those of options that say more. */
export function callersOf({ token, access, authenticate }: JudgedCallers): JudgedCallers {
  return { token, access, authenticate }
}
