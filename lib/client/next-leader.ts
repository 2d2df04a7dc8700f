/** A member is asked who leads next, and tells as soon as it knows. */
import { parseUri, uri } from '../rpc/uri.js'
import { ASK_MS, type Probes } from './probes.js'
import { asLeader, type Leader, type MemberView } from './views.js'

/** So long a leader is waited for before it is said that there is none, in milliseconds: as calls pause otherwise. */
export const NEWS_MS = 250

/** Whoever leads a term above that one. Rejects where it hears of none in time; one of an earlier build can't be asked. */
export async function leaderAbove(
  term: number,
  { id, uri: place }: MemberView,
  probes: Pick<Probes, 'call'>,
): Promise<Leader> {
  const { address } = parseUri(uri(place))
  const leader = asLeader(await probes.call(address, `${id}.nextLeader`, [term, NEWS_MS], NEWS_MS + ASK_MS))
  if (leader === undefined) throw new Error(`${id} knows of none`)
  return leader
}
