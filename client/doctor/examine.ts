/** The whole examination, in the order in which a person would ask: names, members, the cluster, folders. */
import { join } from 'node:path'
import { isOnThisMachine } from '../../lib/rpc/loopback.js'
import { parseHostPort, parseUri, uri, type Uri } from '../../lib/rpc/uri.js'
import { NAMESERVER_PORT } from '../../lib/defaults.js'
import type { Probes } from '../../lib/client/probes.js'
import type { Finding } from './finding.js'
import { judgeFolder, seeFolder } from './folders.js'
import { withOwnNameServer, withOwnPlace } from './listening.js'
import { judgeAll, knownOf, seeMembers } from './all-members.js'
import type { MemberSeen } from './members.js'
import { examineGroups } from './name-server-groups.js'
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
  const names = await Promise.all(
    places.map(async (place) => withOwnNameServer(await seeNameServer(probes, place, cluster), options)),
  )
  const recorded = names.flatMap(({ leader }) => (leader === undefined ? [] : [uri(leader)]))
  const found = await seeMembers(options, recorded)
  const seen = await Promise.all(found.map((member) => withOwnPlace(member, options)))
  const known = { cluster, ...knownOf(seen, cluster) }
  return [
    ...names.flatMap((server) => judgeNameServer(server, known)),
    ...(await examineGroups(options, places)),
    ...judgeAll(seen, cluster),
    ...(await Promise.all(seen.map((member) => judgeFolderOf(member, options)))).flat(),
  ]
}

/** A folder here says something about a member only when that member's address is on this machine. */
async function judgeFolderOf(
  member: MemberSeen,
  { cluster, data }: ExamineOptions,
): Promise<readonly Finding[]> {
  const { objectId, address } = parseUri(member.uri)
  if (!isOnThisMachine(address) || member.listensAt !== undefined) return []
  const folder = await seeFolder(objectId, join(data, objectId))
  const isThere = member.status !== undefined || member.presence.kind === 'unsecured'
  return folder === undefined ? [] : judgeFolder(folder, cluster, isThere)
}
