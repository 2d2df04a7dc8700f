/** What digests of the same entry, asked of several members, say about the members. Pure. */
import { voteResult } from '../../raft/quorum.js'
import type { Configuration, ServerId } from '../../raft/types.js'

export type Verdict =
  | { readonly kind: 'agreed' }
  /** A majority has the digest that `sound` has; `odd` have others. */
  | { readonly kind: 'parted'; readonly sound: ServerId; readonly odd: readonly ServerId[] }
  /** There are several digests. `isFinal`: none of them can get a majority, whatever those who are silent say. */
  | { readonly kind: 'split'; readonly groups: readonly (readonly ServerId[])[]; readonly isFinal: boolean }

/** `digests` of those who have one for the entry: voters count for a majority, learners are judged by it. */
export function verdictOf(configuration: Configuration, digests: ReadonlyMap<ServerId, number>): Verdict {
  const groups = groupsOf(digests)
  if (groups.length < 2) return { kind: 'agreed' }
  const results = groups.map((group) => resultFor(configuration, digests, group))
  const winner = groups[results.indexOf('won')]
  const [sound] = winner ?? []
  if (sound === undefined) return { kind: 'split', groups, isFinal: results.every((each) => each === 'lost') }
  return { kind: 'parted', sound, odd: [...digests.keys()].filter((id) => !winner?.includes(id)) }
}

function groupsOf(digests: ReadonlyMap<ServerId, number>): readonly (readonly ServerId[])[] {
  const groups = new Map<number, ServerId[]>()
  for (const [id, digest] of digests) groups.set(digest, [...(groups.get(digest) ?? []), id])
  return [...groups.values()]
}

/** As in an election: who has this digest is for it, who has another is against it, who is silent may be either. */
function resultFor(
  configuration: Configuration,
  digests: ReadonlyMap<ServerId, number>,
  group: readonly ServerId[],
) {
  const votes = [...digests.keys()].map((id) => [id, group.includes(id)] as const)
  return voteResult(configuration, new Map(votes))
}
