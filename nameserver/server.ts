/** The name server in this process, on this machine's own disk, network and clock. */
import { NAMESERVER_OBJECT } from '../lib/defaults.js'
import { MDNS } from '../lib/discovery/trust.js'
import type { Logger } from '../lib/ports.js'
import type { WireLog } from '../lib/rpc/channels/wire-log.js'
import { checkOptions, FUNCTION, HOSTS, LOGGER, ORIGINS, PORT, TEXT, type Rules } from '../lib/rpc/options.js'
import { TLS, type TlsOptions } from '../lib/rpc/tls-options.js'
import { systemClock } from '../lib/system/clock.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { securityOf } from '../lib/system/open-security.js'
import { createLogger } from '../lib/system/logger.js'
import type { HostedNameServerOptions, NameServer } from './host-name-server.js'

/** Where a name server listens, keeps its records and writes its log. */
export interface NameServerOptions extends Omit<HostedNameServerOptions, 'logger'> {
  /** Folder of the records. Default `.rollcall/nameserver` below the working folder. */
  readonly data?: string | undefined
  /**
   * Speaks TLS with whoever connects, for which it needs a certificate and its key. Default: none.
   */
  readonly tls?: boolean | TlsOptions | undefined
  /** As of `serve`: told each message that comes or goes. Default: nobody is told. */
  readonly logWire?: WireLog | undefined
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger | undefined
}

const RULES: Rules<NameServerOptions> = {
  host: TEXT,
  port: PORT,
  allowHosts: HOSTS,
  allowOrigins: ORIGINS,
  mdns: MDNS,
  data: TEXT,
  tls: TLS,
  logWire: FUNCTION,
  logger: LOGGER,
}

/**
 * Rejects when an option is none or not what it must be, when the port is taken, or the data folder is in use, damaged
 * or not writable.
 */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  checkOptions('startNameServer', options, RULES)
  const { data = '.rollcall/nameserver', allowHosts, allowOrigins, logWire, tls, ...rest } = options
  const logger = options.logger ?? createLogger({ name: NAMESERVER_OBJECT, stream: process.stderr })
  const web = { allowHosts: allowHosts && [...allowHosts], allowOrigins: allowOrigins && [...allowOrigins] }
  const given = { ...rest, ...web, logger }
  const security = await securityOf(tls, true, { clock: systemClock, logger })
  // Who imports the package to call does not pay for what a name server needs.
  const { hostNameServer } = await import('./host-name-server.js')
  return hostNameServer(hostPorts(data, { log: logWire, security }), given)
}
