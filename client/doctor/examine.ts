/** The whole examination, in the order in which a person would ask: names, members, the cluster, folders. */
import { join } from 'node:path'
import { isOnThisMachine } from '../../lib/rpc/loopback.js'
import { formatAddress, parseHostPort, parseUri, uri, type Uri } from '../../lib/rpc/uri.js'
import { NAMESERVER_PORT } from '../../lib/defaults.js'
import type { MemberStatus } from '../../lib/member.js'
import type { Probes } from '../../lib/client/probes.js'
import { configurationOf, type Leader } from '../../lib/client/views.js'
import { judgeCluster, leaderIn } from './cluster.js'
import type { Finding } from './finding.js'
import { judgeFolder, seeFolder } from './folders.js'
import { belongs, judgeMember, seeMember, type MemberSeen } from './members.js'
import { judgeNameServer, seeNameServer } from './name-servers.js'

export interface ExamineOptions {
  readonly probes: Pick<Probes, 'call'>
  readonly cluster: string
  readonly nameservers: readonly string[]
  readonly members: readonly Uri[]
  /** The folder that has one of each member in it: `.rollcall`. */
  readonly data: string
}

/** Asks, changes nothing. Takes a few seconds at most. */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { probes, cluster, nameservers } = options
  const places = nameservers.map((place) => parseHostPort(place, NAMESERVER_PORT))
  const names = await Promise.all(places.map((place) => seeNameServer(probes, place, cluster)))
  const recorded = names.flatMap(({ leader }) => (leader === undefined ? [] : [uri(leader)]))
  const seen = await seeMembers(options, recorded)
  const statuses = seen.flatMap((member) => (belongs(member, cluster) ? [member.status] : []))
  const clusterId = mostFrequent(statuses.map((status) => status.clusterId))
  const leader = leaderIn(statuses)
  return [
    ...names.flatMap((server) => judgeNameServer(server, { cluster, clusterId, leader })),
    ...seen.map((member) => judgeMember(member, cluster, clusterId, committedBy(statuses, leader))),
    ...judgeCluster(statuses, cluster),
    ...(await Promise.all(seen.map((member) => judgeFolderOf(member, options)))).flat(),
  ]
}

/** Those that were given, or else are known by a record; then those that they name, in place of them. */
async function seeMembers({ probes, cluster, members }: ExamineOptions, recorded: readonly Uri[]) {
  const first = await Promise.all(
    [...new Set([...members, ...recorded])].map((member) => seeMember(probes, member)),
  )
  const statuses = (seen: readonly MemberSeen[]) =>
    seen.flatMap((each) => (belongs(each, cluster) ? [reachable(each.status)] : []))
  const given = first.filter(({ uri: member }) => members.includes(member))
  const clusterId = mostFrequent(statuses(given).map((status) => status.clusterId))
  const isOther = (status: MemberStatus) => ![null, status.clusterId].includes(clusterId)
  const configuration = configurationOf(statuses(first).filter((status) => !isOther(status)))
  if (configuration === undefined) return given
  const saidAt = placeElsewhere(first)
  return Promise.all(
    configuration.map(uri).map(async (member) => {
      const seen = first.find((each) => each.uri === member) ?? (await seeMember(probes, member))
      return { ...seen, saidAt }
    }),
  )
}

/** Where one that answers was asked, if that is not on this machine. */
function placeElsewhere(seen: readonly MemberSeen[]): string | undefined {
  const places = seen.flatMap(({ uri: member, status }) =>
    status === undefined ? [] : [parseUri(member).address],
  )
  const elsewhere = places.find((address) => !isOnThisMachine(address))
  return elsewhere && formatAddress(elsewhere)
}

const reachable = (status: MemberStatus) => ({ ...status, reachable: true }) as const

/** A folder here says something about a member only when that member's address is on this machine. */
async function judgeFolderOf(
  member: MemberSeen,
  { cluster, data }: ExamineOptions,
): Promise<readonly Finding[]> {
  const { objectId, address } = parseUri(member.uri)
  if (!isOnThisMachine(address)) return []
  const folder = await seeFolder(objectId, join(data, objectId))
  return folder === undefined ? [] : judgeFolder(folder, cluster, member.status !== undefined)
}

/** Others know only what the leader has told them: who was away may be far behind without knowing. */
function committedBy(statuses: readonly MemberStatus[], leader: Leader | null): number {
  return statuses.find(({ id }) => id === leader?.id)?.commitIndex ?? 0
}

function mostFrequent(ids: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>()
  for (const id of ids) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null
}
