/** A member's way out, which may be the leader's own. */
import { groupFlag } from '../../lib/command-line/told-commands.js'
import { DEFAULT_CLUSTER } from '../../lib/defaults.js'
import type { Json } from '../../lib/json.js'
import type { MemberSummary } from '../../lib/member.js'
import { InvalidParamsError, OutcomeUnknownError } from '../../lib/rpc/errors.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { Uri } from '../../lib/rpc/uri.js'
import { withAdvice } from './broken-off.js'
import { oneStep, type Errand } from './errand.js'
import { leaderStatus } from './leader-status.js'

type Members = Json | readonly MemberSummary[]

/** Resolves with the members that are left. */
export async function removeMember(
  rollcall: Pick<Rollcall, 'callLeader'>,
  id: string,
  errand: Errand,
  cluster = DEFAULT_CLUSTER,
): Promise<Members> {
  let asked: Uri | undefined
  const onLeader = (leader: Uri): void => void (asked = leader)
  try {
    return await Promise.race([remove(rollcall, id, errand, onLeader), errand.end.told])
  } catch (error) {
    if (asked === undefined) throw error
    const advice = `${id} may be removed all the same: \`rollcall status${groupFlag(cluster)}\` shows it; if it is still there, run this command again`
    throw withAdvice(error, advice)
  }
}

async function remove(
  rollcall: Pick<Rollcall, 'callLeader'>,
  id: string,
  errand: Errand,
  onLeader: (leader: Uri) => void,
): Promise<Members> {
  try {
    return await rollcall.callLeader('removeMember', [id], { ...oneStep(errand), onLeader })
  } catch (error) {
    if (!isGoneAlready(error)) throw error
    const { members } = await leaderStatus(rollcall, oneStep(errand))
    if (members.some((each) => each.id === id)) throw error
    return members
  }
}

/**
 * A leader that is removed itself, or is lost meanwhile, may be gone before it has answered: the next one knows no such
 * member.
 */
function isGoneAlready(error: unknown): boolean {
  return error instanceof OutcomeUnknownError && error.cause instanceof InvalidParamsError
}
