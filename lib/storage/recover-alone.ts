import type { Disk, Logger } from '../ports.js'
import {
  logIndex,
  term,
  type ClusterId,
  type Configuration,
  type ConfigurationEntry,
  type HardState,
  type IdentityEntry,
  type LogIndex,
  type Recovered,
  type ServerId,
  type Term,
} from '../raft/types.js'
import { readMemberFile, type MemberFile } from './member-file.js'
import { RaftStorage } from './raft-storage.js'
import { forgetRemoval } from './removal-mark.js'

/** What a member that goes on alone has kept, and what it has become. */
export interface RecoveredAlone {
  readonly id: ServerId
  readonly cluster: string
  /** The last entry that was there. All up to it are kept, also those that were never committed. */
  readonly lastIndex: LogIndex
  readonly lastTerm: Term
  /** The term that the member goes on in. */
  readonly term: Term
  /** Who was in the configuration beside this member. */
  readonly left: readonly ServerId[]
}

/** What must hold for a member to go on alone, and does not. Nothing was changed. */
export class NotRecoverableError extends Error {
  override readonly name = 'NotRecoverableError'
  readonly label = 'NOT_RECOVERABLE'
}

/**
 * The last resort when a majority is lost for good: makes the member of this folder the only voter of a new cluster
 * that begins with what this one member has. Two entries in a new term say so: the configuration, which leaves the
 * others without a vote and without a pin, and the identity, so that none of them is taken for one of the new cluster.
 * What was committed and is not in this folder is lost, and what was never committed here becomes so.
 *
 * Durable when it resolves. Rejects with a NotRecoverableError, or as {@link RaftStorage.open} does.
 */
export async function recoverAlone(disk: Disk, logger: Logger, newId: ClusterId): Promise<RecoveredAlone> {
  const member = await readMemberFile(disk)
  if (!member) throw new NotRecoverableError(`${disk.name} has no member: there is nothing to recover from`)
  const { storage, recovered } = await RaftStorage.open(disk, logger)
  try {
    const change = changeOf(member, recovered, newId)
    await storage.persist(change)
    await forgetRemoval(disk)
    const { index, term } = lastOf(recovered)
    const others = membersOf(configurationOf(member, recovered)).filter((id) => id !== member.id)
    return {
      id: member.id,
      cluster: member.cluster,
      lastIndex: index,
      lastTerm: term,
      term: change.hardState.currentTerm,
      left: others,
    }
  } finally {
    await storage.close()
  }
}

function changeOf(member: MemberFile, recovered: Recovered, newId: ClusterId) {
  const { id, incarnation } = member
  const { index } = lastOf(recovered)
  const next = term(recovered.hardState.currentTerm + 1)
  const hardState: HardState = { currentTerm: next, votedFor: id }
  const uri = uriOf(member, configurationOf(member, recovered))
  const configuration: ConfigurationEntry = {
    kind: 'configuration',
    index: logIndex(index + 1),
    term: next,
    configuration: { voters: [id], learners: [], uris: Object.fromEntries([[id, uri]]) },
  }
  const identity: IdentityEntry = {
    kind: 'identity',
    index: logIndex(index + 2),
    term: next,
    clusterId: newId,
    incarnations: [[id, incarnation]],
  }
  return { hardState, entries: [configuration, identity] }
}

function lastOf({ entries, snapshot }: Recovered): { readonly index: LogIndex; readonly term: Term } {
  return entries.at(-1) ?? snapshot ?? { index: logIndex(0), term: term(0) }
}

/** In force at the end of the log, committed or not. */
function configurationOf({ bootstrap }: MemberFile, { entries, snapshot }: Recovered): Configuration {
  const last = entries.findLast((entry) => entry.kind === 'configuration')
  return last?.configuration ?? snapshot?.configuration ?? bootstrap
}

function uriOf({ id, bootstrap }: MemberFile, { uris }: Configuration): string {
  const uri = [uris, bootstrap.uris].map((known) => new Map(Object.entries(known)).get(id)).find(Boolean)
  if (uri !== undefined) return uri
  throw new NotRecoverableError(`${id} has no address in its own log: it has never been told of its cluster`)
}

function membersOf({ voters, outgoing = [], learners }: Configuration): readonly ServerId[] {
  return [...new Set([...voters, ...outgoing, ...learners])]
}
