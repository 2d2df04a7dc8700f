/** `rollcall doctor`: the examination with connections of its own. */
import { DEFAULT_MEMBERS, NAMESERVER_PORT } from '../../lib/defaults.js'
import { discoveryOf, type Discovery } from '../../lib/discovery/discovery.js'
import { formatAddress, uri } from '../../lib/rpc/uri.js'
import { tokenOfFlags } from '../../lib/system/access-files.js'
import { securedPorts } from '../../lib/system/client-ports.js'
import { mdnsOf } from '../../lib/system/mdns-flags.js'
import { say } from '../../lib/system/print.js'
import { tlsOf } from '../../lib/system/tls-flags.js'
import type { ClientFlags } from '../../lib/command-line/client-flags.js'
import { Probes } from '../../lib/client/probes.js'
import { examine } from './examine.js'
import type { Finding } from './finding.js'

export { renderFindings } from './finding.js'

/** `data`: the folder that has one of each member in it. */
export async function diagnose(flags: ClientFlags & { readonly data: string }): Promise<readonly Finding[]> {
  const { cluster, data } = flags
  const ports = await securedPorts({ tls: tlsOf(flags, 'who calls') })
  const probes = new Probes({ ...ports, ownToken: tokenOfFlags(flags, say) })
  const discovery = await discoveryOf(ports, mdnsOf(flags))
  try {
    await Promise.all([discovery?.found('nameserver'), discovery?.found('member')])
    const { nameservers, members } = placesOf(flags, discovery)
    return await examine({ probes, cluster, nameservers, members: members.map(uri), data })
  } finally {
    probes.close()
    await discovery?.close()
  }
}

/** Of a cluster elsewhere the members on this machine are none. */
function placesOf(
  { nameserver, members, cluster }: ClientFlags,
  discovery: Discovery | undefined,
): { readonly nameservers: readonly string[]; readonly members: readonly string[] } {
  const places = [...(nameserver ?? []), ...(discovery?.nameservers.map(formatAddress) ?? [])]
  const known = [...(members ?? []), ...(discovery?.membersOf(cluster) ?? [])]
  if (nameserver !== undefined || discovery !== undefined) return { nameservers: places, members: known }
  return { nameservers: [`localhost:${NAMESERVER_PORT}`], members: members ?? DEFAULT_MEMBERS }
}
