/** A member of a cluster in this process: the shipped objects and the user's own, replicated, served and published. */
import {
  DEFAULT_CLUSTER,
  DEFAULT_MEMBERS,
  ELECTION_TIMEOUT_MS,
  HEARTBEAT_MS,
  NAMESERVER_PORT,
} from '../lib/defaults.js'
import type { MemberStatus } from '../lib/member.js'
import type { Logger } from '../lib/ports.js'
import type { ReplicatedClass, ReplicatedSource } from '../lib/replica/marks.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import { type Member, startMember } from '../lib/system/host-member.js'
import { createLogger } from '../lib/system/logger.js'
import { Counter } from './objects/counter.js'
import { KeyValue } from './objects/kv.js'
import { Log } from './objects/log.js'
import { Publication } from './publication.js'

export interface NodeOptions {
  /** The member's id. One of `members`, or known to the data folder. */
  readonly id: string
  /** Replicated objects beside `log`, `kv` and `counter`, by name. The same on every member. Default none. */
  readonly objects?: Readonly<Record<string, ReplicatedClass>>
  /** How many of the newest entries of `log` can be read. The same on every member. Default all. */
  readonly logKeep?: number
  /** URIs of the cluster's first members; a data folder's own configuration wins once there is one. Default: the four. */
  readonly members?: readonly string[]
  /**
   * Members of a running cluster that is going to add this one: until then it only listens. Counts for a new data folder
   * only. Default none.
   */
  readonly join?: readonly string[]
  /** Default `rollcall`. */
  readonly cluster?: string
  /** `host:port`; several for a replicated name server. Default localhost:9090. */
  readonly nameserver?: string | readonly string[]
  /** Folder of the log. Default `.rollcall/ID` below the working folder. */
  readonly data?: string
  /** Default: the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string
  /** Default: the port under which the cluster knows the member. Another one is told to the cluster. */
  readonly port?: number
  /** Range that election timeouts are drawn from, in ms. Default 150-300. */
  readonly electionTimeout?: { readonly min: number; readonly max: number }
  /** A whole number from 0 up: of the members that could lead, the one with the highest does. Default 0. */
  readonly priority?: number
  /** Ms between a leader's messages when there is nothing to say. Default 50. */
  readonly heartbeat?: number
  /**
   * The leader answers queries without a round of messages while a majority has just answered it (thesis §6.4.1). A
   * query may then miss the newest commands when a member has the option off, when two members' clocks run at rates
   * that differ by more than a twentieth, or when a leader's whole machine is suspended and goes on. Default false.
   */
  readonly readLease?: boolean
  /**
   * A method of an object that runs for longer, in ms, ends the process, which nothing else could. Default 10,000.
   */
  readonly methodLimit?: number
  /** Default: readable lines on stderr, from `info` up. */
  readonly logger?: Logger
}

export interface Node {
  readonly id: string
  readonly uri: string
  status(): MemberStatus
  /** Resolves when the member can't go on (its disk failed, its folder was wiped). Stop it and look. */
  readonly failed: Promise<Error>
  /** Ends publication, consensus and connections, in that order; what was acknowledged is on disk. */
  stop(): Promise<void>
}

const SHIPPED_OBJECTS: Readonly<Record<string, ReplicatedSource>> = {
  log: Log,
  kv: KeyValue,
  counter: Counter,
}

/**
 * Starts a member and resolves once it listens; it need not know a leader yet.
 * Rejects when the id is not among the members, the port is taken, or the data folder is in use, damaged or another's.
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { id, cluster = DEFAULT_CLUSTER, members = DEFAULT_MEMBERS } = options
  const logger =
    options.logger ?? createLogger({ level: 'info', format: 'text', name: id, stream: process.stderr })
  const classes = sourcesOf(options.objects ?? {}, options.logKeep)
  const { min, max } = options.electionTimeout ?? ELECTION_TIMEOUT_MS
  const member = await startMember({
    id,
    cluster,
    bootstrap: options.join ?? members,
    joins: options.join !== undefined,
    dataFolder: options.data ?? `.rollcall/${id}`,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.port !== undefined && { port: options.port }),
    classes,
    ...(options.priority !== undefined && { priority: options.priority }),
    timing: {
      electionTimeoutMin: min,
      electionTimeoutMax: max,
      heartbeat: options.heartbeat ?? HEARTBEAT_MS,
    },
    readLease: options.readLease ?? false,
    ...(options.methodLimit !== undefined && { methodLimit: options.methodLimit }),
    logger,
  })
  logger.info(`ready: ${member.uri}`)
  return published(member, { ...options, cluster, logger }, [...classes.keys()])
}

function published(
  member: Member,
  {
    id,
    cluster,
    logger,
    nameserver = `localhost:${NAMESERVER_PORT}`,
  }: NodeOptions & { cluster: string; logger: Logger },
  objects: readonly string[],
): Node {
  const { replica, uri, transport, clock, random } = member
  const nameservers = typeof nameserver === 'string' ? [nameserver] : nameserver
  const publication = new Publication({
    id,
    uri,
    cluster,
    objects,
    nameservers,
    replica,
    transport,
    clock,
    random,
    logger,
  })
  return {
    id,
    uri,
    status: () => replica.status(),
    failed: replica.failed,
    stop: async () => {
      await replica.handOver()
      publication.stop()
      await member.stop()
    },
  }
}

function sourcesOf(
  own: Readonly<Record<string, ReplicatedClass>>,
  logKeep: number | undefined,
): ReadonlyMap<string, ReplicatedSource> {
  for (const name of Object.keys(own)) {
    if (!(name in SHIPPED_OBJECTS)) continue
    throw new InvalidParamsError(
      `an object named ${name} is shipped with every node: give yours another name`,
    )
  }
  return new Map(Object.entries({ ...SHIPPED_OBJECTS, log: () => new Log(logKeep), ...own }))
}
