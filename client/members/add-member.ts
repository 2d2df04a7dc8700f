/** Node-creation: a new member's process, and its place in the cluster. What does not come to be leaves nothing behind. */
import { UsageError } from '../../lib/command-line/report.js'
import type { FlagName, FlagValues } from '../../lib/command-line/flags.js'
import type { Json } from '../../lib/json.js'
import { InvalidParamsError, RollcallError, UnreachableError } from '../../lib/rpc/errors.js'
import { formatUri, type Uri } from '../../lib/rpc/uri.js'
import type { Rollcall } from '../connect.js'
import { memberStatus } from '../member-status.js'
import type { MemberView } from '../views.js'
import { answers, startInBackground, type BackgroundNode } from './background-node.js'
import { callLeader } from './leader-calls.js'

export const ADD_FLAGS = [
  'nameserver',
  'members',
  'cluster',
  'host',
  'port',
  'data',
  'objects',
  'log-keep',
  'election-timeout',
  'heartbeat',
  'log-level',
  'log-format',
] as const satisfies readonly FlagName[]

export type AddFlags = FlagValues<(typeof ADD_FLAGS)[number]>

/**
 * Starts the node if none answers at its place, and lets the leader add it. Whoever was refused is ended, and the data
 * folder that it made removed; who is a learner by now may yet catch up, and stays. `started` is told as soon as the
 * node runs, as catching up may take long. Resolves with the members as the leader knows them.
 */
export async function addMember(
  rollcall: Rollcall,
  id: string,
  flags: AddFlags,
  timeoutMs: number,
  started: (node: BackgroundNode) => void,
): Promise<Json> {
  const uri = ownUri(id, flags)
  const views = await rollcall.status()
  refuseTaken(views, id, uri)
  // Nothing is started for a cluster that can't take it.
  await callLeader(rollcall, 'isLeader', [], timeoutMs)
  const node = (await answers(rollcall, uri)) ? undefined : await start(rollcall, uri, id, views, flags)
  if (node !== undefined) started(node)
  try {
    await refuseStranger(rollcall, uri)
    return await callLeader(rollcall, 'addMember', [id, uri], timeoutMs)
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
  views: readonly MemberView[],
  flags: AddFlags,
): Promise<BackgroundNode> {
  const { port, host, objects, nameserver, cluster, heartbeat, data = `.rollcall/${id}` } = flags
  const { min, max } = flags['election-timeout']
  const others = views.filter((view) => view.id !== id).map((view) => view.uri)
  return startInBackground(rollcall, uri, data, [
    ...['node', id, '--port', String(port), '--join', others.join(','), '--data', data],
    ...['--nameserver', nameserver.join(','), '--cluster', cluster],
    ...['--election-timeout', `${min}-${max}`, '--heartbeat', String(heartbeat)],
    ...['--log-level', flags['log-level'], '--log-format', flags['log-format']],
    ...(host === undefined ? [] : ['--host', host]),
    ...(objects === undefined ? [] : ['--objects', objects.join(',')]),
    ...(flags['log-keep'] === undefined ? [] : ['--log-keep', String(flags['log-keep'])]),
  ])
}
