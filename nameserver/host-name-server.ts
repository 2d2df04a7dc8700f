/** A name server: a member of a group, of itself alone by default, that hosts the registry as `nameserver`. */
import type { JudgedCallers } from '../lib/access/judge.js'
import {
  DEFAULT_HOST,
  NAMESERVER_CLUSTER,
  NAMESERVER_MEMBER,
  NAMESERVER_OBJECT,
  NAMESERVER_PORT,
} from '../lib/defaults.js'
import { announceAt, discoveryOf, type Discovery } from '../lib/discovery/discovery.js'
import type { MdnsOptions } from '../lib/discovery/trust.js'
import { memberSettings, type GivenSettings } from '../lib/member-settings.js'
import { ms, type Address, type Clock, type Logger } from '../lib/ports.js'
import { isWhole, membersOf, type Json } from '../lib/json.js'
import { NAMESERVER_METHODS } from '../lib/roles.js'
import { LongQueries } from '../lib/replica/calls/long-queries.js'
import type { Replica } from '../lib/replica/replica.js'
import { Answer } from '../lib/rpc/exposed.js'
import type { ExposedMethod, ExposedObject } from '../lib/rpc/exposed.js'
import { formatAddress, formatUri, parseUri, type Uri } from '../lib/rpc/uri.js'
import { hostMember, type Member, type MemberOptions } from '../lib/hosting/host-member.js'
import { mismatch } from '../lib/hosting/own-place.js'
import { callersOf, listeningOf, type ListeningOptions } from '../lib/hosting/started-options.js'
import type { HostPorts } from '../lib/hosting/ports.js'
import { DamagedStorageError } from '../lib/storage/errors.js'
import { RemovedMemberError, WipedMemberError } from '../lib/replica/members/hello-refusals.js'
import { HeardLeases } from './heard-leases.js'
import { LeaseHold } from './lease-hold.js'
import { LeaseTimer } from './lease-timer.js'
import { LIMITS } from './limits.js'
import { recordsText } from './listing.js'
import { Refusals } from './refusals.js'
import { Registry, type Expiry } from './registry.js'
import { renewals } from './renewals.js'
import { Searches } from './searches.js'

export interface HostedNameServerOptions
  extends Pick<GivenSettings, 'electionTimeout' | 'heartbeat'>, JudgedCallers, ListeningOptions {
  /** Its id, if there are several name servers. Default: it is the only one, or was when it first started. */
  readonly id?: string | undefined
  /**
   * With `id`: URIs of the first name servers of its group, itself included. Once a data folder has a configuration of
   * its own, that one counts. Default: as the data folder says.
   */
  readonly members?: readonly string[] | undefined
  /**
   * With `id`: URIs of name servers of a running group that is going to add this one. Used with a new data folder only.
   */
  readonly join?: readonly string[] | undefined
  /** Whether to announce itself on the local network, with a token by which others believe it. Default false. */
  readonly mdns?: boolean | MdnsOptions | undefined
  readonly logger: Logger
}

/** A name server that runs in this process. With `await using`, it is closed at the end of the block. */
export interface NameServer extends AsyncDisposable {
  /** The URI of its object: `nameserver@localhost:9090`. */
  readonly uri: Uri
  /** Where it listens; on loopback, the first of the two addresses. */
  readonly address: Address
  /** Resolves when it can't go on: its disk failed, say. Close it and look. */
  readonly failed: Promise<Error>
  /** Closes all connections; whatever was acknowledged is on disk. Harmless when called again. */
  close(): Promise<void>
}

/** How long one that is alone is waited for to lead. */
const LEADING_MS = ms(1_000)

const CHANGES_OF_A_NAME = ['register', 'remove', 'unregister', 'setMetadata'] as const

/** {@link startNameServer} on whatever has these ports. */
export async function hostNameServer(
  ports: HostPorts,
  options: HostedNameServerOptions,
): Promise<NameServer> {
  const { mdns, logger } = options
  const discovery = await discoveryOf({ ...ports, logger }, mdns, false)
  const member = await hostWithAdvice(ports, memberOptions(options, ports)).catch(async (error: unknown) => {
    await discovery?.close()
    throw error
  })
  const server = served(member, options, discovery)
  await leading(member)
  tellPlace(member, options)
  return server
}

/** One that is alone leads in a moment, and answers nothing before that; what its disk keeps from it comes later. */
async function leading({ replica, clock }: Member): Promise<void> {
  if (replica.raft.view.configuration.voters.length !== 1) return
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (replica.isServing) over()
    }
    const over = (): void => {
      timer.cancel()
      unsubscribe()
      resolve()
    }
    const timer = clock.after(LEADING_MS, over)
    const unsubscribe = replica.onChange(look)
    void replica.failed.then(over)
    look()
  })
}

function memberOptions(options: HostedNameServerOptions, { clock }: HostPorts): MemberOptions {
  const { id, members, join, port, electionTimeout, heartbeat, logger } = options
  return {
    ...listeningOf(options),
    ...callersOf(options),
    ...(id === undefined
      ? { id: NAMESERVER_MEMBER, port: port ?? NAMESERVER_PORT }
      : { id, port, bootstrap: join ?? members, joins: join !== undefined }),
    cluster: NAMESERVER_CLUSTER,
    classes: new Map([[NAMESERVER_OBJECT, () => new Registry(clock)]]),
    settings: memberSettings({ electionTimeout, heartbeat }),
    logger,
  }
}

/** What others could give back to a member nobody gives to one that is alone; the owners of the names do. */
const DELETE_FOLDER =
  'A name server that is alone keeps nothing that does not come back: delete its folder and start it again; the names are ' +
  `registered anew by those that they belong to. One of several: rollcall remove-node ${NAMESERVER_MEMBER} --nameservers, ` +
  'delete the folder, rollcall add ID --nameservers --port PORT'

/** One with an id was never alone. */
async function hostWithAdvice(ports: HostPorts, options: MemberOptions): Promise<Member> {
  try {
    return await hostMember(ports, options)
  } catch (error) {
    if (!(error instanceof DamagedStorageError) || options.id !== NAMESERVER_MEMBER)
      throw ofNameServers(error)
    const { file, offset, expected } = error
    throw new DamagedStorageError(file, offset, expected, DELETE_FOLDER)
  }
}

/** What a member says of its way back is said of nodes. */
function ofNameServers<E>(error: E): E {
  if (error instanceof RemovedMemberError || error instanceof WipedMemberError)
    error.message += ` (for a name server with --nameservers)`
  return error
}

function served(
  member: Member,
  options: HostedNameServerOptions,
  discovery: Discovery | undefined,
): NameServer {
  const { daemon, replica, address, host, clock } = member
  const { logger } = options
  const registry = replica.objects.get(NAMESERVER_OBJECT)
  const expire = registry?.methods.get('expire')
  if (registry === undefined || expire === undefined) throw new Error('the registry is not hosted')
  const hold = new LeaseHold(clock)
  const leases = new LeaseTimer({ clock, logger, hold, expire: () => expired(expire) })
  const heard = new HeardLeases({
    clock,
    logger,
    hold,
    leases: () => registryOf(replica).leases,
    end: (ids) => expired(expire, [ids]),
  })
  daemon.host.unregister(NAMESERVER_OBJECT)
  const search = searching(replica, registry, clock)
  const refusals = new Refusals({ clock, registry: () => registryOf(replica) })
  daemon.host.register(
    NAMESERVER_OBJECT,
    watched(registry, replica, { hold, leases, heard, refusals, search }),
  )
  const begin = (): void => {
    if (replica.isServing) {
      heard.begin()
      void leases.sweep()
    } else heard.pause()
  }
  replica.onChange(begin)
  begin()
  const uri = formatUri(NAMESERVER_OBJECT, parseUri(member.uri).address)
  announceAt(discovery, 'nameserver', { cluster: NAMESERVER_CLUSTER, id: NAMESERVER_OBJECT }, { uri, host })
  const close = async (): Promise<void> => {
    leases.stop()
    heard.pause()
    hold.stop()
    await Promise.all([discovery?.close(), member.stop()])
  }
  return { uri, address, failed: replica.failed.then(ofNameServers), close, [Symbol.asyncDispose]: close }
}

/** Of one that is alone nobody else need know where it is. */
function tellPlace(
  { address, host = DEFAULT_HOST, uri }: Member,
  { id, logger }: HostedNameServerOptions,
): void {
  const place: Address = address.kind === 'tcp' ? { ...address, host } : address
  const known = id === undefined ? '' : `, known as ${uri}`
  logger.info(`name server ready on ${formatAddress(place)}${known}`)
  const warning = id === undefined ? undefined : mismatch(uri, host)
  if (warning !== undefined) logger.warn(`${id} ${warning}`)
}

async function expired(expire: ExposedMethod, params: readonly Json[] = []): Promise<Expiry> {
  const connection = { kind: 'lines', remote: 'this process' } as const
  const answer: unknown = await expire.handler(params, { connection, meta: {}, deadline: undefined })
  const { ended, nextMs } = membersOf(answer)
  return { ended: isWhole(ended) ? ended : 0, nextMs: isWhole(nextMs) ? nextMs : null }
}

interface Watch {
  readonly hold: LeaseHold
  readonly leases: LeaseTimer
  readonly heard: HeardLeases
  readonly refusals: Refusals
  readonly search: ExposedMethod['handler']
}

/**
 * The registry as callers see it: `expire` is this process's own, a lease that begins is noticed, and for what is
 * refused the log does not grow.
 */
function watched(registry: ExposedObject, replica: Replica, watch: Watch): ExposedObject {
  const methods = new Map(registry.methods)
  methods.delete('expire')
  const list = methods.get('list')
  if (list !== undefined) methods.set('list', { ...list, handler: watch.search })
  for (const name of CHANGES_OF_A_NAME) {
    const method = methods.get(name)
    if (method !== undefined) methods.set(name, { ...method, handler: followed(method, watch) })
  }
  const register = methods.get('register')
  if (register !== undefined)
    methods.set('register', { ...register, handler: noticing(register, methods.get('ping'), replica, watch) })
  const renew = methods.get('renew')
  if (renew !== undefined) methods.set('renew', { ...renew, handler: hearing(renew, replica, watch) })
  for (const [name, needs] of Object.entries(NAMESERVER_METHODS)) {
    const method = methods.get(name)
    if (method !== undefined) methods.set(name, { ...method, needs })
  }
  return { ...registry, methods }
}

function followed({ handler }: ExposedMethod, { refusals }: Watch): ExposedMethod['handler'] {
  return (params, context) => refusals.during(params[0], () => handler(params, context))
}

/** `list` in slices, written as well as found: by `ping` the registry is as new as the caller has asked for. */
function searching(replica: Replica, { methods }: ExposedObject, clock: Clock): ExposedMethod['handler'] {
  const searches = new Searches(clock)
  const written = new LongQueries(clock)
  const ping = methods.get('ping')
  return async ([options], context) => {
    const asOf: unknown = await ping?.handler([], context)
    const registry = registryOf(replica)
    const found = await searches.run(context.connection, (time) => registry.search(options, time))
    const text = await written.run(`${NAMESERVER_OBJECT}.list`, recordsText(found), context)
    return asOf instanceof Answer ? new Answer(text, asOf.meta) : text
  }
}

function registryOf({ machine }: Replica): Registry {
  const registry = machine.instanceOf(NAMESERVER_OBJECT)
  if (registry instanceof Registry) return registry
  throw new Error('the registry is not hosted')
}

function noticing(
  register: ExposedMethod,
  ping: ExposedMethod | undefined,
  replica: Replica,
  { hold, leases, heard, refusals }: Watch,
): ExposedMethod['handler'] {
  return async (params, context) => {
    const caughtUp = async (): Promise<unknown> => ping?.handler([], { ...context, meta: {} })
    // What one that only follows has is not the newest.
    const refused = replica.isServing ? refusals.check({ params, caughtUp }) : undefined
    if (refused !== undefined) await refused
    const { lease } = membersOf(params[2])
    const ttlMs = ttlOf(params[2])
    if (ttlMs === undefined) return register.handler(params, context)
    try {
      const record = await register.handler(params, context)
      if (typeof lease === 'string') heard.renewed(lease)
      else leases.granted(ttlMs)
      return record
    } catch (error) {
      if (!replica.takesNewData) hold.hold(ttlMs)
      throw error
    }
  }
}

function hearing({ handler }: ExposedMethod, replica: Replica, { heard }: Watch): ExposedMethod['handler'] {
  return renewals({
    renew: handler,
    leads: () => replica.raft.view.role === 'leader',
    passOn: (params, context) => replica.passOn(`${NAMESERVER_OBJECT}.renew`, params, context),
    heard: (lease) => heard.renewed(lease),
  })
}

/** Undefined: it is for good, or no lease at all. */
function ttlOf(options: Json | undefined): number | undefined {
  const { ttlMs } = membersOf(options)
  return isWhole(ttlMs) && ttlMs <= LIMITS.ttlMs ? ttlMs : undefined
}
