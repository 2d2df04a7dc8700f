/** Several name servers that are one: do they have a majority and a leader, and are all that were given of one group? */
import { identityOf } from '../../lib/client/identity.js'
import type { Probes } from '../../lib/client/probes.js'
import { NAMESERVER_CLUSTER } from '../../lib/defaults.js'
import type { Address } from '../../lib/ports.js'
import { formatAddress, type Uri } from '../../lib/rpc/uri.js'
import { judgeAll, seeMembers } from './all-members.js'
import { problem, type Finding } from './finding.js'
import { withOwnPlace, type ListeningOptions } from './listening.js'

interface Group {
  readonly places: readonly string[]
  readonly members: readonly Uri[]
}

const ASK_MS = 2_000

/** Nothing to say about one that is alone. */
export async function examineGroups(
  { probes, data }: Pick<ListeningOptions, 'probes' | 'data'>,
  places: readonly Address[],
): Promise<readonly Finding[]> {
  const groups = await groupsAt(probes, places)
  const several = groups.filter(({ members }) => members.length > 1)
  const judged = several.map(async ({ members }) => {
    const group = { probes, cluster: NAMESERVER_CLUSTER, data }
    const found = await seeMembers({ ...group, members }, [])
    const seen = await Promise.all(found.map((member) => withOwnPlace(member, group)))
    return judgeAll(seen, NAMESERVER_CLUSTER)
  })
  const isApart = several.length > 0 && groups.length > 1
  return [...(isApart ? judgeApart(groups) : []), ...(await Promise.all(judged)).flat()]
}

/** The largest first. */
async function groupsAt(probes: Pick<Probes, 'call'>, places: readonly Address[]): Promise<readonly Group[]> {
  const groups = new Map<string, Group>()
  for (const place of places) {
    const call = identityOf((method, params) => probes.call(place, method, params, ASK_MS))
    const who = await call.catch(() => undefined)
    if (who?.kind !== 'member' || who.cluster !== NAMESERVER_CLUSTER || who.clusterId === null) continue
    const known = groups.get(who.clusterId)?.places ?? []
    groups.set(who.clusterId, { places: [...known, formatAddress(place)], members: who.members })
  }
  return [...groups.values()].sort((one, other) => other.members.length - one.members.length)
}

function judgeApart([first, ...others]: readonly Group[]): readonly Finding[] {
  return others.flatMap(({ places }) =>
    places.map((place) =>
      problem(
        `name server ${place}`,
        `is of another group than ${first?.places.join(', ') ?? ''}: they know nothing of each other's names`,
        'give with --nameserver the name servers of one group, or stop that one, delete its folder, and take it in: `rollcall add ID --nameservers`',
      ),
    ),
  )
}
