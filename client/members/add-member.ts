/** Node-creation: a new member's process, and its place in the cluster. What does not come to be leaves nothing behind. */
import { MEMBER_FLAGS, written } from '../../lib/command-line/member-flags.js'
import { UsageError } from '../../lib/command-line/report.js'
import type { Json } from '../../lib/json.js'
import type { MemberSummary } from '../../lib/member.js'
import { InvalidParamsError, RollcallError, UnreachableError } from '../../lib/rpc/errors.js'
import { formatUri, type Uri } from '../../lib/rpc/uri.js'
import type { Rollcall } from '../../lib/client/connect.js'
import type { AddFlags } from '../flags.js'
import { memberStatus } from '../../lib/client/member-status.js'
import type { MemberView } from '../../lib/client/views.js'
import type { Budget } from './budget.js'
import { isRunning, startInBackground, type BackgroundNode } from './background-node.js'
import { leaderStatus } from './leader-status.js'

/**
 * Starts the node if none answers at its place, and lets the leader add it. Whoever was refused is ended, and the data
 * folder that it made removed; who is a learner by now may yet catch up, and stays. `tell` gets a sentence about a new
 * process at once, as catching up may take long, and somebody may want to look after it meanwhile; and one about a wait
 * for a process that is still starting. Resolves with the members.
 */
export async function addMember(
  rollcall: Rollcall,
  id: string,
  flags: AddFlags,
  budget: Budget,
  tell: (sentence: string) => void,
): Promise<Json> {
  const uri = ownUri(id, flags)
  refuseTaken(await rollcall.status(), id, uri)
  // Nothing is started for a cluster that can't take it; and who joins believes only the members that it is told of.
  const { members } = await leaderStatus(rollcall, budget.leftMs())
  const data = flags.data ?? `.rollcall/${id}`
  const isThere = await isRunning(rollcall, uri, data, budget, tell)
  const node = isThere ? undefined : await start(rollcall, uri, id, members, { ...flags, data }, budget)
  try {
    await refuseStranger(rollcall, uri)
    if (node !== undefined) tell(`${id} runs as process ${node.pid} and logs to ${node.logFile}`)
    return await rollcall.callLeader('addMember', [id, uri], { timeoutMs: budget.leftMs() })
  } catch (error) {
    if (error instanceof RollcallError && error.outcome === 'not-executed') await node?.undo()
    throw error
  }
}

function ownUri(id: string, { host = 'localhost', port }: AddFlags): Uri {
  if (port === undefined || port === 0)
    throw new UsageError('--port must say where the new node is to listen')
  return formatUri(id, { kind: 'tcp', host, port })
}

/** The leader judges in the end; here, before a process is started that would have to be ended again. */
function refuseTaken(views: readonly MemberView[], id: string, uri: Uri): void {
  if (!views.some((view) => view.reachable)) {
    throw new UnreachableError(
      `nothing was started: no member answers at ${views.map((view) => view.uri).join(', ')}`,
    )
  }
  const namesake = views.find((view) => view.id === id)
  if (namesake !== undefined && namesake.uri !== uri)
    throw new InvalidParamsError(`${id} is a member already, at ${namesake.uri}`)
  const place = uri.slice(uri.indexOf('@') + 1)
  const neighbour = views.find((view) => view.id !== id && view.uri.endsWith(`@${place}`))
  if (neighbour !== undefined) throw new InvalidParamsError(`${place} is the address of ${neighbour.id}`)
}

/** A data folder that was another cluster's would never come to an understanding with this one's members. */
async function refuseStranger(rollcall: Rollcall, uri: Uri): Promise<void> {
  const own = memberStatus(await rollcall.call(uri, 'status', []))?.clusterId ?? null
  const known = (await rollcall.status()).flatMap((view) => (view.reachable ? [view.clusterId] : []))
  const others = known.find((each) => each !== null) ?? null
  if (own === null || others === null || own === others) return
  throw new InvalidParamsError(
    `${uri} has the data folder of another cluster, with the id ${own}, not ${others}: ` +
      `remove that folder, or give the node another one with --data`,
  )
}

function start(
  rollcall: Rollcall,
  uri: Uri,
  id: string,
  members: readonly MemberSummary[],
  flags: AddFlags & { readonly data: string },
  budget: Budget,
): Promise<BackgroundNode> {
  const others = members.filter((member) => member.id !== id).map((member) => member.uri)
  return startInBackground(
    rollcall,
    uri,
    flags.data,
    [
      ...['node', id, '--join', others.join(',')],
      ...written(['host', 'port', 'data', ...MEMBER_FLAGS], flags),
    ],
    budget,
  )
}
