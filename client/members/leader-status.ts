/** What the member that leads says of itself. */
import { InternalError } from '../../lib/rpc/errors.js'
import type { MemberStatus } from '../../lib/member.js'
import type { LeaderCallOptions, Rollcall } from '../../lib/client/rollcall.js'
import { memberStatus } from '../../lib/client/member-status.js'

/**
 * The leader's own account, waited for as `callLeader` does. Other members may lag behind, and tell of members that are
 * none any more.
 */
export async function leaderStatus(
  rollcall: Pick<Rollcall, 'callLeader'>,
  options: LeaderCallOptions,
): Promise<MemberStatus> {
  const status = memberStatus(await rollcall.callLeader('status', [], options))
  if (status === undefined) throw new InternalError('the leader answers, but not as a member does')
  return status
}
