/** What the client's command modules have in common. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { say } from '../../lib/system/print.js'
import type { OperatorFlags } from '../../lib/command-line/client-flags.js'
import { Waits } from '../waits.js'

/** As {@link withCluster}, with the group of the name servers where that is asked for. */
export async function withGroup<T>(
  { nameservers, ...flags }: OperatorFlags & { readonly nameservers?: boolean | undefined },
  work: (rollcall: Rollcall) => Promise<T>,
): Promise<T> {
  if (nameservers !== true) return withCluster(flags, work)
  const { ofNameServers } = await import('../members/name-servers.js')
  return withCluster({ ...(await ofNameServers(flags)), data: flags.data }, work)
}

/** Connects, works, and closes the connections in any case. Whoever has to wait for longer is told why. */
export async function withCluster<T>(
  flags: OperatorFlags,
  work: (rollcall: Rollcall) => Promise<T>,
  waits = new Waits(say),
): Promise<T> {
  const { nameserver, members, cluster, data } = flags
  const { connect } = await import('../../lib/system/connect.js')
  const { afterOwn, operatorTokens } = await import('../../lib/system/operator-tokens.js')
  const { tokenOfFlags } = await import('../../lib/system/access-files.js')
  const { mdnsOf } = await import('../../lib/system/mdns-flags.js')
  const { tlsOf } = await import('../../lib/system/tls-flags.js')
  const [token, found] = [tokenOfFlags(flags, say), operatorTokens(data)]
  const rollcall = await connect({
    nameserver,
    members,
    cluster,
    mdns: mdnsOf(flags),
    token,
    tls: tlsOf(flags, 'who calls'),
    operatorToken: token === undefined ? found : afterOwn(found),
    onWaiting: waits.hear,
    logWire: flags['log-wire'] === true ? say : undefined,
  })
  try {
    return await work(rollcall)
  } finally {
    rollcall.close()
  }
}
