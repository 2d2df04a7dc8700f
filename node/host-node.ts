/**
 * A member of a cluster in this process: it replicates, serves and publishes the shipped objects and the user's own.
 */
import type { JudgedCallers } from '../lib/access/judge.js'
import { ownTokenOf } from '../lib/access/sources.js'
import { DEFAULT_CLUSTER, DEFAULT_MEMBERS, NAMESERVER_PORT } from '../lib/defaults.js'
import { announceAt, discoveryOf, type Discovery } from '../lib/discovery/discovery.js'
import type { MdnsOptions } from '../lib/discovery/trust.js'
import { memberSettings, type GivenSettings } from '../lib/member-settings.js'
import type { MemberStatus } from '../lib/member.js'
import type { Logger } from '../lib/ports.js'
import type { ReplicatedClass, ReplicatedSource } from '../lib/replica/objects/marks.js'
import { InvalidParamsError } from '../lib/rpc/errors.js'
import { parseHostPort } from '../lib/rpc/uri.js'
import { hostMember, type Member, type StopOptions } from '../lib/hosting/host-member.js'
import { mismatch } from '../lib/hosting/own-place.js'
import { callersOf, listeningOf, type ListeningOptions } from '../lib/hosting/started-options.js'
import type { HostPorts } from '../lib/hosting/ports.js'
import { isShipped, SHIPPED_OBJECTS, type ShippedName } from '../lib/shipped/index.js'
import { Log } from '../lib/shipped/log.js'
import { Elsewhere } from './elsewhere.js'
import { Publication, type PublicationOptions } from './publication.js'

export interface HostedNodeOptions extends GivenSettings, JudgedCallers, ListeningOptions {
  /** The member's id: one of `members`, or the one that the data folder knows. */
  readonly id: string
  /**
   * Replicated objects in addition to the shipped ones, under names other than `log`, `kv` and `counter`. One with the
   * name of any other shipped object replaces it, with a warning in the log. Must be the same on every member. Default
   * none.
   */
  readonly objects?: Readonly<Record<string, ReplicatedClass>> | undefined
  /** How many of the newest entries of `log` to keep, from 1 up. Must be the same on every member. Default all. */
  readonly logKeep?: number | undefined
  /**
   * URIs of the cluster's first members. Once a data folder has a configuration of its own, that one counts, and these
   * are only further places to look for a member that is not where it says. Default: `node1@localhost:9101` to
   * `node4@localhost:9104`.
   */
  readonly members?: readonly string[] | undefined
  /**
   * URIs of members of a running cluster that is going to add this one, which until then only listens. Used with a new
   * data folder only. Default none.
   */
  readonly join?: readonly string[] | undefined
  /** The name of the cluster. Default `rollcall`. */
  readonly cluster?: string | undefined
  /**
   * Address of the name server, `host:port`; several if it is replicated. Default `localhost:9090`, or none with
   * `mdns`.
   */
  readonly nameserver?: string | readonly string[] | undefined
  /**
   * Whether to announce itself on the local network and look for name servers and members there, and whose
   * announcements to believe. Default false.
   */
  readonly mdns?: boolean | MdnsOptions | undefined
  readonly logger: Logger
}

/** A member that runs in this process. With `await using`, it is stopped at the end of the block. */
export interface Node extends AsyncDisposable {
  readonly id: string
  readonly uri: string
  /** Its role, term, log positions and members, as far as it knows itself. */
  status(): MemberStatus
  /** Resolves when the member can't go on: its disk failed, say, or its folder was wiped. Stop it and look. */
  readonly failed: Promise<Error>
  /**
   * Hands leadership over, unpublishes its names, stops, and closes its connections; whatever was acknowledged is on
   * disk. Harmless when called again.
   */
  stop(options?: StopOptions): Promise<void>
}

/** {@link startNode} on whatever has these ports. */
export async function hostNode(ports: HostPorts, options: HostedNodeOptions): Promise<Node> {
  const { id, cluster = DEFAULT_CLUSTER, members = DEFAULT_MEMBERS, logger } = options
  const nameservers = nameServersOf(options)
  const classes = sourcesOf(options)
  const discovery = await discoveryOf({ ...ports, logger }, options.mdns)
  const elsewhere = new Elsewhere({ cluster, members: options.members ?? [], discovery, clock: ports.clock })
  const member = await hostMember(ports, {
    elsewhere: elsewhere.placesOf,
    id,
    cluster,
    bootstrap: options.join ?? members,
    joins: options.join !== undefined,
    ...listeningOf(options),
    ...callersOf(options),
    classes,
    settings: memberSettings(options),
    logger,
  }).catch(async (error: unknown) => {
    await discovery?.close()
    throw error
  })
  announceAt(discovery, 'member', { cluster, id }, member)
  logger.info(`ready: ${member.uri}`)
  const warning = mismatch(member.uri, member.host)
  if (warning !== undefined) logger.warn(`${id} ${warning}`)
  const ownToken = ownTokenOf(options)
  const own = { id, cluster, nameservers, discovery, ownToken, logger }
  return published(member, own, [...classes.keys()], elsewhere)
}

/** Looked at before anything is opened. @throws InvalidParamsError */
function nameServersOf({ nameserver, mdns = false }: HostedNodeOptions): readonly string[] {
  const byDefault = mdns === false ? [`localhost:${NAMESERVER_PORT}`] : []
  const places = nameserver === undefined ? byDefault : [nameserver].flat()
  for (const place of places) parseHostPort(place, NAMESERVER_PORT)
  return places
}

interface Published {
  readonly id: string
  readonly cluster: string
  readonly nameservers: readonly string[]
  readonly discovery: Discovery | undefined
  readonly ownToken: PublicationOptions['ownToken']
  readonly logger: Logger
}

function published(
  member: Member,
  { id, cluster, nameservers, discovery, ownToken, logger }: Published,
  objects: readonly string[],
  elsewhere: Elsewhere,
): Node {
  const { replica, uri, transport, clock, random } = member
  const own = { id, uri, cluster, objects, nameservers, discovery, ownToken, replica }
  const publication = new Publication({ ...own, transport, clock, random, logger })
  elsewhere.lookup = publication.lookup
  const stop = async (options: StopOptions = {}): Promise<void> => {
    if (options.handOver !== false) await replica.handOver()
    publication.stop()
    await Promise.all([discovery?.close(), member.stop(options)])
  }
  return {
    id,
    uri,
    status: () => replica.status(),
    failed: replica.failed,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Shipped with every build that there ever was: no cluster has objects of its own by these names. */
const EVER_SHIPPED: readonly string[] = ['log', 'kv', 'counter'] satisfies ShippedName[]

/** The user's own may be older than what is shipped by its name now: it stays what it is in the cluster's log. */
function sourcesOf({
  objects: own = {},
  logKeep,
  logger,
}: HostedNodeOptions): ReadonlyMap<string, ReplicatedSource> {
  for (const name of Object.keys(own)) {
    if (EVER_SHIPPED.includes(name))
      throw new InvalidParamsError(
        `an object named ${name} is shipped with every node: give yours another name`,
      )
    if (isShipped(name))
      logger.warn(`the object ${name} is your own: the shipped one of that name is not in this cluster`)
  }
  const shipped = Object.entries(SHIPPED_OBJECTS).map(([name, object]) => [name, object.class] as const)
  return new Map<string, ReplicatedSource>([...shipped, ...Object.entries(own)]).set(
    'log',
    () => new Log(logKeep),
  )
}
