/** Leadership handed over to a member of the operator's choice. */
import { groupFlag } from '../../lib/command-line/told-commands.js'
import { DEFAULT_CLUSTER } from '../../lib/defaults.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { withAdvice } from './broken-off.js'
import { oneStep, type Errand } from './errand.js'
import { leaderStatus } from './leader-status.js'

/**
 * Resolves with the URI of the leader by its own account: the old leader is out of office a moment before the members
 * know the new one.
 */
export async function transferLeadership(
  rollcall: Pick<Rollcall, 'callLeader'>,
  id: string,
  errand: Errand,
  cluster = DEFAULT_CLUSTER,
): Promise<string | null> {
  let asked: Uri | undefined
  const onLeader = (leader: Uri): void => void (asked = leader)
  try {
    return await Promise.race([handOver(rollcall, id, errand, onLeader), errand.end.told])
  } catch (error) {
    if (asked === undefined) throw error
    throw withAdvice(
      error,
      `${id} may lead all the same: \`rollcall status${groupFlag(cluster)}\` shows who does`,
    )
  }
}

/** Once more when another one leads by then: an election that was under way may have been quicker. */
async function handOver(
  rollcall: Pick<Rollcall, 'callLeader'>,
  id: string,
  errand: Errand,
  onLeader: (leader: Uri) => void,
): Promise<string | null> {
  const once = async () => {
    await rollcall.callLeader('transferLeadership', [id], { ...oneStep(errand), onLeader })
    return (await leaderStatus(rollcall, oneStep(errand))).leader
  }
  const leader = await once()
  return (leader === null || leader.id === id ? leader : await once())?.uri ?? null
}
