/** The name server in this process: a group of one, whose records survive a restart. */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../lib/defaults.js'
import type { Logger } from '../lib/ports.js'
import { parseUri, type Uri, formatUri } from '../lib/rpc/uri.js'
import { startMember } from '../lib/system/host-member.js'
import { createLogger } from '../lib/system/logger.js'
import { Registry } from './registry.js'

export interface NameServerOptions {
  /** Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string
  /** Default 9090; 0 lets the system choose. */
  readonly port?: number
  /** Folder of the records. Default `.rollcall/nameserver` below the working folder. */
  readonly data?: string
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger
}

export interface NameServer {
  /** `nameserver@localhost:9090`. */
  readonly uri: Uri
  /** Resolves when it can't go on (its disk failed). */
  readonly failed: Promise<Error>
  stop(): Promise<void>
}

/** The Raft member under the registry; an id that no node has. */
const MEMBER_ID = 'nameserver1'

/** Resolves once it listens. Rejects when the port is taken, or the data folder is in use, damaged or another's. */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  const logger =
    options.logger ??
    createLogger({ level: 'info', format: 'text', name: 'nameserver', stream: process.stderr })
  const member = await startMember({
    id: MEMBER_ID,
    cluster: NAMESERVER_OBJECT,
    dataFolder: options.data ?? '.rollcall/nameserver',
    ...(options.host !== undefined && { host: options.host }),
    port: options.port ?? NAMESERVER_PORT,
    classes: new Map([[NAMESERVER_OBJECT, Registry]]),
    timing: { electionTimeoutMin: 50, electionTimeoutMax: 100, heartbeat: 20 },
    logger,
  })
  const uri = formatUri(NAMESERVER_OBJECT, parseUri(member.uri).address)
  logger.info(`name server ready: ${uri}`)
  return { uri, failed: member.replica.failed, stop: () => member.stop() }
}
