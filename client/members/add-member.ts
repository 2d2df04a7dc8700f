/**
 * Node-creation: a new member's process, and its place in the cluster. What does not come to be leaves nothing behind.
 */
import { MEMBER_FLAGS, written } from '../../lib/command-line/member-flags.js'
import { NAME_SERVER_FLAGS } from '../../lib/command-line/name-server-flags.js'
import { CommandError, UsageError } from '../../lib/command-line/report.js'
import type { Json } from '../../lib/json.js'
import type { MemberStatus, MemberSummary } from '../../lib/member.js'
import { groupFlag } from '../../lib/command-line/told-commands.js'
import { InvalidParamsError, RollcallError, UnreachableError } from '../../lib/rpc/errors.js'
import { isEverywhere, isOnThisMachine } from '../../lib/rpc/loopback.js'
import { parseUri, type Uri } from '../../lib/rpc/uri.js'
import { firstUri } from '../../lib/hosting/own-place.js'
import type { Rollcall } from '../../lib/client/rollcall.js'
import type { AddFlags } from '../flags.js'
import { memberStatus } from '../../lib/client/member-status.js'
import { otherCluster, type MemberView } from '../../lib/client/views.js'
import { oneStep, type Errand } from './errand.js'
import { isRunning, startInBackground, type BackgroundNode } from './background-node.js'
import { leaderStatus } from './leader-status.js'

/** What of a client this needs. */
type Cluster = Pick<Rollcall, 'call' | 'callLeader' | 'status'>

/** `nameservers`: of the group of these. */
type NewcomerFlags = AddFlags & { readonly nameservers?: boolean | undefined }

const PLACE = ['host', 'advertise', 'port', 'data'] as const
/** For the leader's word on whether anything is left. Milliseconds. */
const LOOK_MS = 3_000
/** An attempt goes on where the one before has stopped. Milliseconds. */
const ATTEMPT_MS = 2_000

/**
 * Starts the node if none answers at its place, and lets the leader add it. Whoever was refused is ended, and the data
 * folder that it made removed; who may be a learner by now may yet catch up, and stays, and the error says what to do.
 * A new process is told of at once, as catching up may take long, and somebody may want to look after it meanwhile; and
 * so is a wait for a process that is still starting. Resolves with the members.
 */
export async function addMember(
  rollcall: Cluster,
  id: string,
  flags: NewcomerFlags,
  errand: Errand,
): Promise<Json> {
  const { end, tell } = errand
  const uri = ownUri(id, flags)
  refuseTaken(await rollcall.status(), id, uri)
  // Nothing is started for a cluster that can't take it; and who joins believes only the members that it is told of.
  const leader = await Promise.race([leaderStatus(rollcall, oneStep(errand)), end.told])
  const { members } = leader
  refuseLoopback(uri, members)
  const data = flags.data ?? `.rollcall/${id}`
  const isThere = await isRunning(rollcall, uri, data, errand)
  const node = isThere ? undefined : await startOrFind(rollcall, uri, id, members, { ...flags, data }, errand)
  let isAsked = false
  try {
    await refuseUnsuitable(rollcall, uri, leader)
    if (node !== undefined) tell(`${id} runs as process ${node.pid} and logs to ${node.logFile}`)
    if (end.isTold()) await end.told
    isAsked = true
    return await Promise.race([askLeader(rollcall, id, uri, errand), end.told])
  } catch (error) {
    throw await undone(rollcall, id, node, error, isAsked, leader.cluster)
  }
}

/** A leader that is asked by nobody any more soon stops to wait until the newcomer has caught up. */
function askLeader(rollcall: Cluster, id: string, uri: Uri, errand: Errand): Promise<Json> {
  return rollcall.callLeader('addMember', [id, uri], { ...oneStep(errand), attemptMs: ATTEMPT_MS })
}

/** The error, once nothing is left of what was begun, or with what is left and what to do about it. */
async function undone(
  rollcall: Cluster,
  id: string,
  node: BackgroundNode | undefined,
  error: unknown,
  isAsked: boolean,
  cluster: string,
): Promise<unknown> {
  const isOurs = error instanceof RollcallError || error instanceof CommandError
  if (isAsked && !isOurs) return error
  const isRefused = error instanceof RollcallError && error.outcome === 'not-executed'
  if (!isAsked || (isRefused && !(await mayBeMember(rollcall, id)))) {
    await node?.undo()
    return error
  }
  if (!isOurs) return error
  const process = node === undefined ? '' : `, and end process ${node.pid} (it logs to ${node.logFile})`
  const advice =
    `${id} may be a learner by now, which \`rollcall status${groupFlag(cluster)}\` shows: it may still catch up; ` +
    `run this command again to wait for it, or take it back with \`rollcall remove-node ${id}${groupFlag(cluster)}\`${process}`
  return new CommandError(error.label, `${error.message}; ${advice}`)
}

async function mayBeMember(rollcall: Cluster, id: string): Promise<boolean> {
  const status = await leaderStatus(rollcall, { timeoutMs: LOOK_MS }).catch(() => undefined)
  return status === undefined || status.members.some((member) => member.id === id)
}

function ownUri(id: string, { host, advertise, port }: AddFlags): Uri {
  if (port === undefined || port === 0)
    throw new UsageError('--port must say where the new node is to listen')
  if (advertise === undefined && host !== undefined && isEverywhere(host))
    throw new UsageError(
      `others can't reach ${host}: say with --advertise under which name or address they do`,
    )
  return firstUri(id, { host, advertise, port }, port)
}

/** Members that are on several machines would look for it each on its own. */
function refuseLoopback(uri: Uri, members: readonly MemberSummary[]): void {
  const elsewhere = members.find((member) => !isOnThisMachine(parseUri(member.uri).address))
  if (elsewhere === undefined || !isOnThisMachine(parseUri(uri).address)) return
  throw new InvalidParamsError(
    `nothing was started: ${elsewhere.uri} could not reach ${uri}, which is an address of each machine for itself: ` +
      `say with --host or --advertise under which name or address the others reach this machine`,
  )
}

/** The leader judges in the end; here, before a process is started that would have to be ended again. */
function refuseTaken(views: readonly MemberView[], id: string, uri: Uri): void {
  if (!views.some((view) => view.reachable)) {
    const asked = views.map((view) => view.uri).join(', ')
    throw otherCluster(views) ?? new UnreachableError(`nothing was started: no member answers at ${asked}`)
  }
  const namesake = views.find((view) => view.id === id)
  if (namesake !== undefined && namesake.uri !== uri)
    throw new InvalidParamsError(`${id} is a member already, at ${namesake.uri}`)
  const place = uri.slice(uri.indexOf('@') + 1)
  const neighbour = views.find((view) => view.id !== id && view.uri.endsWith(`@${place}`))
  if (neighbour !== undefined) throw new InvalidParamsError(`${place} is the address of ${neighbour.id}`)
}

/** What has been there longer than this command may never come to an understanding with the members that there are. */
async function refuseUnsuitable(rollcall: Cluster, uri: Uri, leader: MemberStatus): Promise<void> {
  const node = memberStatus(await rollcall.call(uri, 'status', []))
  if (node === undefined) return
  refuseStranger(node, uri, leader)
  refuseEstranged(node, uri, leader)
}

function refuseStranger(
  { clusterId: own }: MemberStatus,
  uri: Uri,
  { clusterId: others }: MemberStatus,
): void {
  if (own === null || others === null || own === others) return
  throw new InvalidParamsError(
    `${uri} has the data folder of another cluster, with the id ${own}, not ${others}: ` +
      `remove that folder, or give the node another one with --data`,
  )
}

/** Whoever has nothing of the log yet takes it from those whom it was told of, or from whom they vouch for. */
function refuseEstranged(
  { id, lastIndex, members: told }: MemberStatus,
  uri: Uri,
  leader: MemberStatus,
): void {
  const awaited = told.map((member) => member.id).filter((member) => member !== id)
  const isAwaited = leader.members.some((member) => awaited.includes(member.id))
  if (lastIndex > 0 || awaited.length === 0 || isAwaited) return
  throw new InvalidParamsError(
    `${uri} waits for the members that it was told of at its first start, and none of them is one any more (${awaited.join(', ')}): ` +
      `it would let nobody in. Stop it, remove its data folder, and run this command again, or start it with --join and ` +
      `the members that there are first`,
  )
}

/** Undefined: somebody else was quicker to start it. */
async function startOrFind(
  rollcall: Cluster,
  uri: Uri,
  id: string,
  members: readonly MemberSummary[],
  flags: NewcomerFlags & { readonly data: string },
  errand: Errand,
): Promise<BackgroundNode | undefined> {
  try {
    return await start(rollcall, uri, id, members, flags, errand)
  } catch (error) {
    if (await isRunning(rollcall, uri, flags.data, errand)) return undefined
    throw error
  }
}

function start(
  rollcall: Cluster,
  uri: Uri,
  id: string,
  members: readonly MemberSummary[],
  flags: NewcomerFlags & { readonly data: string },
  errand: Errand,
): Promise<BackgroundNode> {
  const others = members.filter((member) => member.id !== id).map((member) => member.uri)
  return startInBackground(
    rollcall,
    uri,
    flags.data,
    [
      flags.nameservers === true ? 'nameserver' : 'node',
      id,
      '--join',
      others.join(','),
      ...newcomerArgs(flags),
    ],
    errand,
  )
}

/** What its process is told beside who it is and whom it joins. */
export function newcomerArgs(flags: NewcomerFlags): readonly string[] {
  return flags.nameservers === true
    ? written([...PLACE, ...NAME_SERVER_FLAGS], flags)
    : written([...PLACE, ...MEMBER_FLAGS], flags)
}
