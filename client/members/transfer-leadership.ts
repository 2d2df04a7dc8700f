/** Leadership handed over to a member of the operator's choice. */
import type { Rollcall } from '../../lib/client/connect.js'
import type { Budget } from './budget.js'
import { leaderStatus } from './leader-status.js'

/**
 * Resolves with the URI of the leader by its own account: the old leader is out of office a moment before the members
 * know the new one.
 */
export async function transferLeadership(
  rollcall: Pick<Rollcall, 'callLeader'>,
  id: string,
  budget: Budget,
): Promise<string | null> {
  await rollcall.callLeader('transferLeadership', [id], { timeoutMs: budget.leftMs() })
  return (await leaderStatus(rollcall, budget.leftMs())).leader?.uri ?? null
}
