/** A member's way out, which may be the leader's own. */
import type { Json } from '../../lib/json.js'
import type { MemberSummary } from '../../lib/member.js'
import { InvalidParamsError, OutcomeUnknownError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../../lib/client/connect.js'

/** Resolves with the members that are left. */
export async function removeMember(
  rollcall: Pick<Rollcall, 'callLeader' | 'status'>,
  id: string,
  timeoutMs: number,
): Promise<Json | readonly MemberSummary[]> {
  try {
    return await rollcall.callLeader('removeMember', [id], { timeoutMs })
  } catch (error) {
    const left = isGoneAlready(error) ? await membersNow(rollcall) : undefined
    if (left === undefined || left.some((each) => each.id === id)) throw error
    return left
  }
}

/** A leader that is removed itself, or is lost meanwhile, may be gone before it has answered: the next one knows no such member. */
function isGoneAlready(error: unknown): boolean {
  return error instanceof OutcomeUnknownError && error.cause instanceof InvalidParamsError
}

/** By the leader's word; undefined while none is reachable. */
async function membersNow(rollcall: Pick<Rollcall, 'status'>): Promise<readonly MemberSummary[] | undefined> {
  const views = await rollcall.status()
  const leading = views.find((view) => view.reachable && view.role === 'leader')
  return leading?.reachable === true ? leading.members : undefined
}
