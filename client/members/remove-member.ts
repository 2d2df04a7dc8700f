/** A member's way out, which may be the leader's own. */
import type { MemberSummary } from '../../lib/member.js'
import { InvalidParamsError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../../lib/client/connect.js'
import { callLeader } from './leader-calls.js'

/** Resolves with the members that are left. */
export async function removeMember(rollcall: Rollcall, id: string, timeoutMs: number) {
  // A leader that is removed itself, or is lost meanwhile, may be gone before it has answered.
  const isGone = async (error: unknown): Promise<boolean> =>
    error instanceof InvalidParamsError &&
    (await membersNow(rollcall))?.every((each) => each.id !== id) === true
  const left = await callLeader(rollcall, 'removeMember', [id], timeoutMs, isGone)
  return left ?? (await membersNow(rollcall)) ?? []
}

/** By the leader's word; undefined while none is reachable. */
async function membersNow(rollcall: Rollcall): Promise<readonly MemberSummary[] | undefined> {
  const views = await rollcall.status()
  const leading = views.find((view) => view.reachable && view.role === 'leader')
  return leading?.reachable === true ? leading.members : undefined
}
