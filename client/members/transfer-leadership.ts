/** Leadership handed over to a member of the operator's choice. */
import type { Rollcall } from '../../lib/client/connect.js'
import { leaderStatus } from './leader-status.js'

/**
 * Resolves with the URI of the leader by its own account: the old leader is out of office a moment before the members
 * know the new one.
 */
export async function transferLeadership(
  rollcall: Rollcall,
  id: string,
  timeoutMs: number,
): Promise<string | null> {
  await rollcall.callLeader('transferLeadership', [id], { timeoutMs })
  return (await leaderStatus(rollcall, timeoutMs)).leader?.uri ?? null
}
