/** The name server in this process, on this machine's own disk, network and clock. */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../lib/defaults.js'
import { demandMembersKnown } from '../lib/access/judge.js'
import { ACCESS, TOKENS } from '../lib/access/sources.js'
import { MDNS } from '../lib/discovery/trust.js'
import { asGiven } from '../lib/hosting/as-given.js'
import { memberSettings, unfitRhythm } from '../lib/member-settings.js'
import type { Logger } from '../lib/ports.js'
import type { WireLog } from '../lib/rpc/channels/wire-log.js'
import {
  ANYTHING,
  BOOLEAN,
  checkOptions,
  checkValue,
  FUNCTION,
  HOSTS,
  LOGGER,
  NAME,
  ORIGINS,
  PORT,
  SOCKET_PATH,
  TEXT,
  TEXTS,
  type Rules,
} from '../lib/rpc/options.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import { KEEP_ALIVE, type KeepAlive } from '../lib/rpc/keep-alive.js'
import { TLS, type TlsOptions } from '../lib/rpc/tls-options.js'
import { systemClock } from '../lib/system/clock.js'
import { demandProtected, saying } from '../lib/system/exposure.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { exposureOf, securityOf } from '../lib/system/open-security.js'
import { createLogger } from '../lib/system/logger.js'
import type { HostedNameServerOptions, NameServer } from './host-name-server.js'

/** Where a name server listens, and where it keeps its records. */
export interface NameServerOptions extends Omit<HostedNameServerOptions, 'logger'>, KeepAlive {
  /** The folder for its records. Default `.rollcall/nameserver`, or `.rollcall/ID`, below the working folder. */
  readonly data?: string | undefined
  /** Use TLS for connections over TCP. It needs a certificate and its key. Default: no TLS. */
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

const RULES: Rules<NameServerOptions> = {
  id: NAME,
  members: TEXTS,
  join: TEXTS,
  host: TEXT,
  advertise: TEXT,
  port: PORT,
  listenUnix: SOCKET_PATH,
  allowHosts: HOSTS,
  allowOrigins: ORIGINS,
  keepAliveMs: KEEP_ALIVE,
  token: TOKENS,
  access: ACCESS,
  authenticate: FUNCTION,
  mdns: MDNS,
  data: TEXT,
  tls: TLS,
  insecure: BOOLEAN,
  logWire: FUNCTION,
  logger: LOGGER,
  // Each has its range in lib/member-settings.ts.
  electionTimeout: ANYTHING,
  heartbeat: ANYTHING,
}

/**
 * Starts a name server, and resolves once it listens.
 * Rejects when an option is unknown or invalid, the port is taken, or the data folder is in use, damaged or not
 * writable.
 */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  checkNameServerOptions(options)
  const { id = NAMESERVER_OBJECT, data = `.rollcall/${id}`, logWire, tls } = options
  const exposure = exposureOf(options, (options.token ?? options.access) !== undefined)
  const logger = saying(exposure, options.logger ?? createLogger({ name: id, stream: process.stderr }))
  if (options.host !== undefined)
    demandProtected({ kind: 'tcp', host: options.host, port: options.port ?? NAMESERVER_PORT }, exposure)
  const given = { ...asGiven(options), logger }
  const security = await securityOf(tls, true, { clock: systemClock, logger })
  // Who imports the package to call does not pay for what a name server needs.
  const { hostNameServer } = await import('./host-name-server.js')
  return hostNameServer(
    hostPorts(data, { log: logWire, security, exposure, keepAliveMs: options.keepAliveMs }),
    given,
  )
}

/** @throws InvalidParamsError */
function checkNameServerOptions(options: NameServerOptions): void {
  checkOptions('startNameServer', options, RULES)
  demandMembersKnown('startNameServer', options)
  const { id, members, join } = options
  if (id === undefined && (members ?? join) !== undefined)
    throw new InvalidParamsError('startNameServer: of several name servers each needs its id')
  if (id !== undefined) checkValue('startNameServer: id', id, NAME)
  const unfit = unfitRhythm(memberSettings(options))
  if (unfit !== undefined) throw new InvalidParamsError(`startNameServer: ${unfit}`)
}
