/** What the client's command modules have in common. */
import type { Rollcall } from '../../lib/client/connect.js'
import type { ClientFlags } from '../../lib/command-line/client-flags.js'

/** Connects, works, and closes the connections in any case. */
export async function withCluster<T>(
  flags: ClientFlags,
  work: (rollcall: Rollcall) => Promise<T>,
): Promise<T> {
  const { nameserver, members, cluster } = flags
  const { connect } = await import('../../lib/system/connect.js')
  const rollcall = await connect({ nameserver, members, cluster })
  try {
    return await work(rollcall)
  } finally {
    rollcall.close()
  }
}
