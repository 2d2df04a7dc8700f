/** All members of a cluster, seen from outside, and what that comes to. */
import type { MemberStatus } from '../../lib/member.js'
import { isOnThisMachine } from '../../lib/rpc/loopback.js'
import { formatAddress, parseUri, uri, type Uri } from '../../lib/rpc/uri.js'
import type { Probes } from '../../lib/client/probes.js'
import { configurationOf, type Leader } from '../../lib/client/views.js'
import { judgeCluster, leaderIn, uncountedIn } from './cluster.js'
import type { Finding } from './finding.js'
import { belongs, judgeMember, seeMember, type MemberSeen } from './members.js'
import type { KnownCluster } from './name-servers.js'

export interface MembersOptions {
  readonly probes: Pick<Probes, 'call'>
  readonly cluster: string
  readonly members: readonly Uri[]
}

/** What those that answer come to. */
export function knownOf(seen: readonly MemberSeen[], cluster: string): Omit<KnownCluster, 'cluster'> {
  const statuses = statusesOf(seen, cluster)
  return {
    clusterId: mostFrequent(statuses.map((status) => status.clusterId)),
    leader: leaderIn(statuses),
    isShort: (uncountedIn(statuses)?.short ?? 0) > 0,
  }
}

/** Each by itself, and the cluster as a whole. */
export function judgeAll(seen: readonly MemberSeen[], cluster: string): readonly Finding[] {
  const statuses = statusesOf(seen, cluster)
  const { clusterId, leader } = knownOf(seen, cluster)
  return [
    ...seen.map((member) => judgeMember(member, cluster, clusterId, committedBy(statuses, leader))),
    ...judgeCluster(statuses, cluster),
  ]
}

/** Those that were given, or else are known by a record; then those that they name, in place of them. */
export async function seeMembers(
  { probes, cluster, members }: MembersOptions,
  recorded: readonly Uri[],
): Promise<readonly MemberSeen[]> {
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

function statusesOf(seen: readonly MemberSeen[], cluster: string): readonly MemberStatus[] {
  return seen.flatMap((member) => (belongs(member, cluster) ? [member.status] : []))
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
