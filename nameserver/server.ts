/** The name server in this process, on this machine's own disk, network and clock. */
import { NAMESERVER_OBJECT } from '../lib/defaults.js'
import type { Logger } from '../lib/ports.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { createLogger } from '../lib/system/logger.js'
import { hostNameServer, type HostedNameServerOptions, type NameServer } from './host-name-server.js'

export interface NameServerOptions extends Omit<HostedNameServerOptions, 'logger'> {
  /** Folder of the records. Default `.rollcall/nameserver` below the working folder. */
  readonly data?: string | undefined
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger | undefined
}

/** Rejects when the port is taken, or the data folder is in use, damaged or not writable. */
export function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  const { data = '.rollcall/nameserver' } = options
  const logger = options.logger ?? createLogger({ name: NAMESERVER_OBJECT, stream: process.stderr })
  return hostNameServer(hostPorts(data), { ...options, logger })
}
