/** What anyone may ask the member itself: who it is, whether it leads, and the committed log. */
import type { CommonSettings } from '../../common-settings.js'
import type { Json } from '../../json.js'
import type { LogRecord, MemberStatus, Shortage } from '../../member.js'
import { entrySize } from '../../raft/log.js'
import { uriIn } from '../../raft/quorum.js'
import type { Entry, RaftServer, RaftView } from '../../raft/types.js'
import { logIndex } from '../../raft/types.js'
import { MEMBER_METHODS, type MemberMethod } from '../../roles.js'
import { InvalidParamsError } from '../../rpc/errors.js'
import type { ExposedMethod, ExposedObject } from '../../rpc/exposed.js'
import { withNeeds } from '../../rpc/gate.js'
import { decodeCommand } from '../machine/command-text.js'

/** Most entries that one call of `entries` returns. */
const ENTRIES_MAX = 1000
/**
 * It returns no more once their commands are longer than this together, in UTF-16 units: each is read and written anew.
 */
export const ENTRIES_SIZE_MAX = 256 * 1024

/** What a member says of itself beside what its core knows. */
export interface Own {
  readonly cluster: string
  readonly lastApplied: number
  readonly uncounted: readonly string[]
  readonly settings: CommonSettings
  readonly refusals: ReadonlyMap<string, string>
  readonly shortage: Shortage | undefined
}

export function statusOf(view: RaftView, own: Own): MemberStatus {
  const { cluster, lastApplied, uncounted, settings, refusals, shortage } = own
  const { voters, outgoing = [], learners } = view.configuration
  const uriOf = (id: string) => uriIn(view.configuration, id) ?? ''
  const voting = new Set([...voters, ...outgoing])
  const leader = view.leaderId
  return {
    id: view.id,
    uri: uriOf(view.id),
    cluster,
    clusterId: view.clusterId ?? null,
    role: roleOf(view, voting.has(view.id)),
    term: view.currentTerm,
    leader: leader === undefined ? null : { id: leader, uri: uriOf(leader) },
    commitIndex: view.commitIndex,
    lastApplied,
    lastIndex: view.lastLogIndex,
    snapshotIndex: view.snapshotIndex,
    ...(uncounted.length > 0 && { uncounted: [...uncounted] }),
    ...(view.olderCopies.size > 0 && { olderCopies: [...view.olderCopies.keys()] }),
    ...(refusals.size > 0 && { refusals: Object.fromEntries(refusals) }),
    ...(shortage && { shortage: { ...shortage } }),
    settings,
    members: [...new Set([...voting, ...learners])].map((id) => ({
      id,
      uri: uriOf(id),
      voter: voting.has(id),
    })),
  }
}

function roleOf({ role }: RaftView, isVoter: boolean): MemberStatus['role'] {
  if (role === 'leader') return role
  if (!isVoter) return 'learner'
  return role === 'follower' ? role : 'candidate'
}

export function memberObject(
  core: RaftServer,
  status: () => MemberStatus,
  ofOthers: readonly (readonly [MemberMethod, ExposedMethod])[],
): ExposedObject {
  return {
    methods: withNeeds<MemberMethod>(MEMBER_METHODS, [
      ['status', { kind: 'plain', parameters: [], handler: () => status() }],
      ['isLeader', { kind: 'plain', parameters: [], handler: () => core.view.role === 'leader' }],
      [
        'entries',
        {
          kind: 'plain',
          parameters: ['from', 'count'],
          handler: ([from, count]) => entries(core, from, count),
        },
      ],
      ...ofOthers,
    ]),
  }
}

function entries(core: RaftServer, from: Json | undefined, count: Json | undefined): readonly LogRecord[] {
  if (typeof from !== 'number' || !Number.isSafeInteger(from) || from < 1) {
    throw new InvalidParamsError('entries(from, count): from is a whole number from 1 up')
  }
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
    throw new InvalidParamsError('entries(from, count): count is a whole number from 0 up')
  }
  const last = Math.min(from + Math.min(count, ENTRIES_MAX) - 1, core.view.commitIndex)
  return last < from ? [] : page(core.entries(logIndex(from), logIndex(last))).map(recordOf)
}

/** The first ones, up to {@link ENTRIES_SIZE_MAX}, and one at the least. */
function page(found: readonly Entry[]): readonly Entry[] {
  let size = 0
  const end = found.findIndex((entry) => (size += entrySize(entry)) > ENTRIES_SIZE_MAX)
  return end < 0 ? found : found.slice(0, Math.max(end, 1))
}

function recordOf(entry: Entry): LogRecord {
  const { index, term, kind } = entry
  if (kind !== 'command') return { index, term, kind }
  const { object, method, params } = decodeCommand(entry.data)
  return { index, term, kind, object, method, params }
}
