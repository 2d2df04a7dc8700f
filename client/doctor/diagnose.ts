/** `rollcall doctor`: the examination with connections of its own. */
import { DEFAULT_MEMBERS, NAMESERVER_PORT } from '../../lib/defaults.js'
import { uri } from '../../lib/rpc/uri.js'
import { clientPorts } from '../../lib/system/connect.js'
import type { ClientFlags } from '../../lib/command-line/client-flags.js'
import { Probes } from '../../lib/client/probes.js'
import { examine } from './examine.js'
import type { Finding } from './finding.js'

export { renderFindings } from './finding.js'

/** `data`: the folder that has one of each member in it. */
export async function diagnose(flags: ClientFlags & { readonly data: string }): Promise<readonly Finding[]> {
  const { nameserver = [`localhost:${NAMESERVER_PORT}`], cluster, data } = flags
  // Of a cluster elsewhere the members on this machine are none.
  const members = flags.members ?? (flags.nameserver === undefined ? DEFAULT_MEMBERS : [])
  const probes = new Probes(clientPorts())
  try {
    return await examine({ probes, cluster, nameservers: nameserver, members: members.map(uri), data })
  } finally {
    probes.close()
  }
}
