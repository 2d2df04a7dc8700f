/** The guarded door to a {@link MemberStatus}: what another process sent may be anything. */
import { isList, isObject, isWhole, textsIn, type JsonObject, type Json } from '../json.js'
import type { MemberStatus, MemberSummary, Shortage } from '../member.js'
import { asUri } from '../rpc/uri-grammar.js'

const ROLES: readonly MemberStatus['role'][] = ['leader', 'follower', 'candidate', 'learner']

/** Undefined when `value` is not what a member's `status()` returns. */
export function memberStatus(value: Json): MemberStatus | undefined {
  if (!isObject(value)) return undefined
  const { id, uri, cluster, clusterId, leader, members } = value
  const role = ROLES.find((known) => known === value['role'])
  const counts = readCounts(value)
  const summaries = isList(members) ? members.map(memberSummary) : [undefined]
  const clusterIdIsRight = clusterId === null || typeof clusterId === 'string'
  const leaderIsRight = leader === null || isPlace(leader)
  if (!isText(id) || !isUri(uri) || !isText(cluster) || !clusterIdIsRight || !leaderIsRight) return undefined
  if (role === undefined || counts === undefined || !summaries.every((summary) => summary !== undefined))
    return undefined
  const place = leader === null ? null : { id: leader.id, uri: leader.uri }
  const uncounted = textsIn(value['uncounted'] ?? [])
  const olderCopies = textsIn(value['olderCopies'] ?? [])
  const refusals = textsBy(value['refusals'])
  const settings = textsBy(value['settings'])
  const shortage = readShortage(value['shortage'])
  return {
    id,
    uri,
    cluster,
    clusterId,
    role,
    leader: place,
    ...counts,
    ...(uncounted.length > 0 && { uncounted }),
    ...(olderCopies.length > 0 && { olderCopies }),
    ...(refusals !== undefined && { refusals }),
    ...(shortage !== undefined && { shortage }),
    ...(settings !== undefined && { settings }),
    members: summaries,
  }
}

function readShortage(value: Json | undefined): Shortage | undefined {
  if (!isObject(value)) return undefined
  const { of, reason } = value
  return (of === 'room' || of === 'descriptors') && isText(reason) ? { of, reason } : undefined
}

/** The texts among its members; undefined: there are none. */
function textsBy(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return texts.length === 0 ? undefined : Object.fromEntries(texts)
}

type Counts = Pick<MemberStatus, 'term' | 'commitIndex' | 'lastApplied' | 'lastIndex' | 'snapshotIndex'>

function readCounts({
  term,
  commitIndex,
  lastApplied,
  lastIndex,
  snapshotIndex,
}: JsonObject): Counts | undefined {
  if (!isWhole(term) || !isWhole(commitIndex) || !isWhole(lastApplied)) return undefined
  if (!isWhole(lastIndex) || !isWhole(snapshotIndex)) return undefined
  return { term, commitIndex, lastApplied, lastIndex, snapshotIndex }
}

function memberSummary(value: Json): MemberSummary | undefined {
  if (!isObject(value)) return undefined
  const { id, uri, voter } = value
  return isText(id) && isUri(uri) && typeof voter === 'boolean' ? { id, uri, voter } : undefined
}

function isPlace(value: Json | undefined): value is { readonly id: string; readonly uri: string } {
  return isObject(value) && isText(value['id']) && isUri(value['uri'])
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== ''

/** Whoever is named there is asked next. */
const isUri = (value: Json | undefined): value is string => asUri(value) !== undefined
