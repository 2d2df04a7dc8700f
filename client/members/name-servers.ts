/** The group of the name servers, for an operator's command on it: a cluster like any other, found by its places. */
import { identityOf } from '../../lib/client/identity.js'
import { Probes } from '../../lib/client/probes.js'
import type { ClientFlags } from '../../lib/command-line/client-flags.js'
import { NAMESERVER_CLUSTER, NAMESERVER_PORT } from '../../lib/defaults.js'
import { discoveryOf } from '../../lib/discovery/discovery.js'
import type { Address } from '../../lib/ports.js'
import { InvalidParamsError, UnreachableError } from '../../lib/rpc/errors.js'
import { isOnThisMachine } from '../../lib/rpc/loopback.js'
import { formatAddress, parseHostPort, parseUri, type Uri } from '../../lib/rpc/uri.js'
import { tokenOfFlags } from '../../lib/system/access-files.js'
import { securedPorts } from '../../lib/system/client-ports.js'
import { mdnsOf } from '../../lib/system/mdns-flags.js'
import { say } from '../../lib/system/print.js'
import { tlsOf } from '../../lib/system/tls-flags.js'

const ASK_MS = 2_000

/** The flags of a client of that group. @throws UnreachableError, InvalidParamsError */
export async function ofNameServers(flags: ClientFlags): Promise<ClientFlags> {
  const members = await membersAt(flags)
  return { ...flags, cluster: NAMESERVER_CLUSTER, members, nameserver: undefined, ...NOT_ON_THE_NETWORK }
}

const NOT_ON_THE_NETWORK = { mdns: false, 'mdns-allow': undefined, 'mdns-token-file': undefined }

/** As the first that answers names them. */
async function membersAt(flags: ClientFlags): Promise<readonly Uri[]> {
  const ports = await securedPorts({ tls: tlsOf(flags, 'who calls') })
  const probes = new Probes({ ...ports, ownToken: tokenOfFlags(flags, say) })
  const discovery = await discoveryOf(ports, mdnsOf(flags))
  try {
    await discovery?.found('nameserver')
    const byDefault = discovery === undefined ? [`localhost:${NAMESERVER_PORT}`] : []
    const given = (flags.nameserver ?? byDefault).map((place) => parseHostPort(place, NAMESERVER_PORT))
    const places = [...given, ...(discovery?.nameservers ?? [])]
    return await Promise.any(places.map((place) => toldAt(probes, place))).catch((error: unknown) => {
      throw firstOf(error) ?? new UnreachableError('mDNS has found no name server')
    })
  } finally {
    probes.close()
    await discovery?.close()
  }
}

async function toldAt(probes: Pick<Probes, 'call'>, place: Address): Promise<readonly Uri[]> {
  const at = formatAddress(place)
  const who = await identityOf((method, params) => probes.call(place, method, params, ASK_MS))
  if (who.kind !== 'member' || who.cluster !== NAMESERVER_CLUSTER)
    throw new InvalidParamsError(
      `whoever is at ${at} is no name server: say with --nameserver HOST:PORT where one is`,
    )
  const misleading = who.members.find((member) => isOnThisMachine(parseUri(member).address))
  if (misleading !== undefined && !isOnThisMachine(place))
    throw new InvalidParamsError(
      `the name server at ${at} knows ${misleading}, which is an address of each machine for itself: ` +
        `start that one with --advertise and the name or address under which others reach it`,
    )
  return who.members
}

function firstOf(error: unknown): Error | undefined {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error]
  return first instanceof Error ? first : undefined
}
