/** A member of a cluster in this process, on this machine's own disk, network and clock. */
import { demandMembersKnown } from '../lib/access/judge.js'
import { ACCESS, TOKENS } from '../lib/access/sources.js'
import { MDNS } from '../lib/discovery/trust.js'
import { asGiven } from '../lib/hosting/as-given.js'
import { memberSettings, unfitRhythm } from '../lib/member-settings.js'
import type { Logger } from '../lib/ports.js'
import type { WireLog } from '../lib/rpc/channels/wire-log.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import {
  ANYTHING,
  BOOLEAN,
  checkOptions,
  checkValue,
  FUNCTION,
  HOSTS,
  ORIGINS,
  LOGGER,
  NAME,
  OBJECT,
  PORT,
  SOCKET_PATH,
  TEXT,
  TEXT_OR_TEXTS,
  TEXTS,
  type Rule,
  type Rules,
} from '../lib/rpc/options.js'
import { KEEP_ALIVE, type KeepAlive } from '../lib/rpc/keep-alive.js'
import { TLS, type TlsOptions } from '../lib/rpc/tls-options.js'
import { systemClock } from '../lib/system/clock.js'
import { demandProtected, saying } from '../lib/system/exposure.js'
import { hostPorts } from '../lib/system/host-ports.js'
import { exposureOf, securityOf } from '../lib/system/open-security.js'
import { createLogger } from '../lib/system/logger.js'
import { hostNode, type HostedNodeOptions, type Node } from './host-node.js'

/** What a member is called, where it is and what it serves. */
export interface NodeOptions extends Omit<HostedNodeOptions, 'logger'>, KeepAlive {
  /** The folder for its log and snapshots. Default `.rollcall/ID` below the working folder. */
  readonly data?: string | undefined
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

/** A class, or a function that makes one object. */
const CLASS: Rule = {
  holds: (value) => typeof value === 'function',
  wanted: 'a class',
  hint: () => 'each member makes an instance of its own',
}

const RULES: Rules<NodeOptions> = {
  id: NAME,
  objects: OBJECT,
  logKeep: {
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
    wanted: 'a whole number from 1 up',
  },
  members: TEXTS,
  join: TEXTS,
  cluster: NAME,
  nameserver: TEXT_OR_TEXTS,
  mdns: MDNS,
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
  data: TEXT,
  tls: TLS,
  insecure: BOOLEAN,
  logWire: FUNCTION,
  logger: LOGGER,
  // Each has its range in lib/member-settings.ts.
  electionTimeout: ANYTHING,
  heartbeat: ANYTHING,
  priority: ANYTHING,
  readLease: ANYTHING,
  methodLimit: ANYTHING,
  stateBytes: ANYTHING,
}

/**
 * Starts a member, and resolves once it listens; it may not know a leader yet.
 * Rejects when an option is unknown or invalid, the id is not among the members, the port is taken, or the data folder
 * is in use, damaged or another member's.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  checkNodeOptions(options)
  const { id, data = `.rollcall/${id}` } = options
  const exposure = exposureOf(options, (options.token ?? options.access) !== undefined)
  const logger = saying(
    exposure,
    options.logger ?? createLogger({ level: 'info', name: id, stream: process.stderr }),
  )
  const given = asGiven(options)
  if (given.host !== undefined)
    demandProtected({ kind: 'tcp', host: given.host, port: given.port ?? 0 }, exposure)
  const security = await securityOf(options.tls, true, { clock: systemClock, logger })
  return hostNode(
    hostPorts(data, { log: options.logWire, security, exposure, keepAliveMs: options.keepAliveMs }),
    { ...given, logger },
  )
}

/** @throws InvalidParamsError */
function checkNodeOptions(options: NodeOptions): void {
  checkOptions('startNode', options, RULES)
  checkValue('startNode: id', options.id, NAME)
  for (const [name, source] of Object.entries(options.objects ?? {}))
    checkValue(`startNode: objects.${name}`, source, CLASS)
  demandMembersKnown('startNode', options)
  const unfit = unfitRhythm(memberSettings(options))
  if (unfit !== undefined) throw new InvalidParamsError(`startNode: ${unfit}`)
}
