/** The name server in this process, on this machine's own disk, network and clock. */
import { NAMESERVER_OBJECT } from '../lib/defaults.js'
import { MDNS } from '../lib/discovery/trust.js'
import type { Logger } from '../lib/ports.js'
import { checkOptions, HOSTS, LOGGER, PORT, TEXT, type Rules } from '../lib/rpc/options.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { createLogger } from '../lib/system/logger.js'
import type { HostedNameServerOptions, NameServer } from './host-name-server.js'

export interface NameServerOptions extends Omit<HostedNameServerOptions, 'logger'> {
  /** Folder of the records. Default `.rollcall/nameserver` below the working folder. */
  readonly data?: string | undefined
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger | undefined
}

const RULES: Rules<NameServerOptions> = {
  host: TEXT,
  port: PORT,
  allowHosts: HOSTS,
  mdns: MDNS,
  data: TEXT,
  logger: LOGGER,
}

/**
 * Rejects when an option is none or not what it must be, when the port is taken, or the data folder is in use, damaged
 * or not writable.
 */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  checkOptions('startNameServer', options, RULES)
  const { data = '.rollcall/nameserver', allowHosts, ...rest } = options
  const logger = options.logger ?? createLogger({ name: NAMESERVER_OBJECT, stream: process.stderr })
  const given = { ...rest, allowHosts: allowHosts && [...allowHosts], logger }
  // Who imports the package to call does not pay for what a name server needs.
  const { hostNameServer } = await import('./host-name-server.js')
  return hostNameServer(hostPorts(data), given)
}
