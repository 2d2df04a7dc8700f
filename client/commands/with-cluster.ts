/** What the client's command modules have in common. */
import type { Rollcall } from '../../lib/client/rollcall.js'
import { say } from '../../lib/system/print.js'
import type { ClientFlags } from '../../lib/command-line/client-flags.js'
import { Waits } from '../waits.js'

/** Connects, works, and closes the connections in any case. Whoever has to wait for longer is told why. */
export async function withCluster<T>(
  flags: ClientFlags,
  work: (rollcall: Rollcall) => Promise<T>,
  waits = new Waits(say),
): Promise<T> {
  const { nameserver, members, cluster } = flags
  const { connect } = await import('../../lib/system/connect.js')
  const { mdnsOf } = await import('../../lib/system/mdns-flags.js')
  const { tlsOf } = await import('../../lib/system/tls-flags.js')
  const rollcall = await connect({
    nameserver,
    members,
    cluster,
    mdns: mdnsOf(flags),
    tls: tlsOf(flags, 'who calls'),
    onWaiting: waits.hear,
    logWire: flags['log-wire'] === true ? say : undefined,
  })
  try {
    return await work(rollcall)
  } finally {
    rollcall.close()
  }
}
