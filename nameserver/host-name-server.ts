/** The name server: a group of one member that hosts the registry under the name `nameserver`. */
import { NAMESERVER_OBJECT, NAMESERVER_PORT } from '../lib/defaults.js'
import { memberSettings } from '../lib/member-settings.js'
import type { Address, Logger } from '../lib/ports.js'
import { isWhole, membersOf, type Json } from '../lib/json.js'
import type { ExposedMethod, ExposedObject } from '../lib/rpc/host.js'
import { formatAddress, formatUri, type Uri } from '../lib/rpc/uri.js'
import { hostMember, type Member } from '../lib/hosting/host-member.js'
import type { HostPorts } from '../lib/hosting/ports.js'
import { LeaseTimer } from './lease-timer.js'
import { Registry, type Expiry } from './registry.js'

export interface HostedNameServerOptions {
  /** Default: where it was told to listen before, at first the loopback addresses 127.0.0.1 and ::1. */
  readonly host?: string | undefined
  /** Default 9090; 0 lets the system choose. */
  readonly port?: number | undefined
  readonly logger: Logger
}

export interface NameServer {
  /** `nameserver@localhost:9090` */
  readonly uri: Uri
  /** Where it listens, on loopback the first of the two. */
  readonly address: Address
  /** Resolves when it can't go on, for instance because its disk failed. Close it and look. */
  readonly failed: Promise<Error>
  /** Drops all connections; what was acknowledged is on disk. Harmless when called again. */
  close(): Promise<void>
}

/** The group's only member. Its cluster's name is not one that `--cluster` would be given by chance. */
const MEMBER_ID = 'nameserver1'
const CLUSTER = 'rollcall.nameserver'

/** {@link startNameServer} on whatever has these ports. */
export async function hostNameServer(
  ports: HostPorts,
  { host, port = NAMESERVER_PORT, logger }: HostedNameServerOptions,
): Promise<NameServer> {
  const member = await hostMember(ports, {
    id: MEMBER_ID,
    cluster: CLUSTER,
    host,
    port,
    classes: new Map([[NAMESERVER_OBJECT, () => new Registry(ports.clock)]]),
    settings: memberSettings(),
    logger,
  })
  return served(member, logger)
}

function served(member: Member, logger: Logger): NameServer {
  const { daemon, replica, address, host = 'localhost', clock } = member
  const registry = replica.objects.get(NAMESERVER_OBJECT)
  const expire = registry?.methods.get('expire')
  if (registry === undefined || expire === undefined) throw new Error('the registry is not hosted')
  const leases = new LeaseTimer({ clock, logger, expire: () => expired(expire) })
  daemon.host.unregister(NAMESERVER_OBJECT)
  daemon.host.register(NAMESERVER_OBJECT, watched(registry, leases))
  const begin = (): void => {
    if (replica.isServing) void leases.sweep()
  }
  replica.onChange(begin)
  begin()
  const port = address.kind === 'tcp' ? address.port : 0
  const place: Address = { kind: 'tcp', host, port }
  logger.info(`name server ready on ${formatAddress(place)}`)
  return {
    uri: formatUri(NAMESERVER_OBJECT, place),
    address,
    failed: replica.failed,
    close: async () => {
      leases.stop()
      await member.stop()
    },
  }
}

async function expired(expire: ExposedMethod): Promise<Expiry> {
  const connection = { kind: 'lines', remote: 'this process' } as const
  const answer: unknown = await expire.handler([], { connection, meta: {}, deadline: undefined })
  const { ended, nextMs } = membersOf(answer)
  return { ended: isWhole(ended) ? ended : 0, nextMs: isWhole(nextMs) ? nextMs : null }
}

/** The registry as callers see it: `expire` is this process's own, and a lease that begins is noticed. */
function watched(registry: ExposedObject, leases: LeaseTimer): ExposedObject {
  const methods = new Map(registry.methods)
  methods.delete('expire')
  const register = methods.get('register')
  if (register !== undefined) methods.set('register', { ...register, handler: noticing(register, leases) })
  return { methods }
}

function noticing(register: ExposedMethod, leases: LeaseTimer): ExposedMethod['handler'] {
  return async (params, context) => {
    const record = await register.handler(params, context)
    const ttlMs = ttlOf(params[2])
    if (ttlMs !== undefined) leases.granted(ttlMs)
    return record
  }
}

function ttlOf(options: Json | undefined): number | undefined {
  const { ttlMs } = membersOf(options)
  return typeof ttlMs === 'number' ? ttlMs : undefined
}
