/** Why a hello is refused, and what the one that is refused concludes from it. */
import { isWhole, membersOf } from '../../json.js'
import { isVoter, membersOf as membersIn } from '../../raft/quorum.js'
import type { RaftView, ServerId } from '../../raft/types.js'
import { logIndex, term } from '../../raft/types.js'
import { OverloadedError, UnauthorizedError } from '../../rpc/errors.js'
import { isNewer, type Known } from './configuration-age.js'

/** What the data of a refusal gives as its reason, beside the id of the one that is refused. */
type Reason =
  /** The configuration does not name it. */
  | 'unknown-member'
  /** Nor does any that a majority could have committed without this member's knowledge. */
  | 'removed-member'
  /** It is pinned with another folder here, and this member may lag behind. */
  | 'doubted-member'
  /** The cluster knows it with another folder. */
  | 'wiped-member'
  /** Another process runs it, on a copy of its folder. */
  | 'run-twice'
  /** It was told of other members to found the cluster with. */
  | 'founded-otherwise'

function refusal(
  reason: Reason,
  id: ServerId,
  sentence: string,
  more: Partial<Known> = {},
): UnauthorizedError {
  return new UnauthorizedError(sentence, { data: { reason, id, ...more } })
}

export function stranger(id: ServerId, by: ServerId): UnauthorizedError {
  return refusal('unknown-member', id, `${by} knows no member ${id}: it was removed, or must be added first`)
}

/** A stranger to one that has nothing of the log yet. */
export function unvouched(id: ServerId, by: ServerId, awaited: readonly ServerId[]): UnauthorizedError {
  const sentence =
    `${by} knows no member ${id}: it waits to be added by ${awaited.join(', ')}, as it was told at its first start, and none of ` +
    `them vouches for ${id} yet; if they are gone, stop ${by}, remove its data folder, and start it with --join and the members ` +
    `that there are`
  return refusal('unknown-member', id, sentence)
}

/** A stranger that was a member, as a majority knows. */
export function removed(
  id: ServerId,
  by: ServerId,
  { configurationIndex, configurationTerm }: Known,
): UnauthorizedError {
  const sentence = `${by} knows no member ${id}: it was removed, as a majority says`
  return refusal('removed-member', id, sentence, { configurationIndex, configurationTerm })
}

/**
 * Whether the error tells this member that it was removed: by a configuration that is newer than the one that names it.
 * That may be one that was committed before it was added again.
 */
export function saysRemoved(error: unknown, view: RaftView): boolean {
  if (!isRefusal(error, 'removed-member', view.id) || !membersIn(view.configuration).includes(view.id))
    return false
  const { configurationIndex, configurationTerm } = membersOf(error.data)
  if (!isWhole(configurationIndex) || !isWhole(configurationTerm)) return false
  const told = {
    configurationIndex: logIndex(configurationIndex),
    configurationTerm: term(configurationTerm),
  }
  return isNewer(told, view)
}

/** A stranger whose folder was of the cluster before that was recovered, or restored from a backup, without it. */
export function leftBehind(
  id: ServerId,
  idInLog: string,
  cluster: string,
  clusterId: string,
): UnauthorizedError {
  const sentence =
    `the data folder of ${id} is of the cluster ${cluster} with id ${idInLog}, and this is the one with id ${clusterId}: ` +
    `it was recovered or restored without ${id}. Remove that folder, and bring the member back: ` +
    `rollcall add ${id} --port PORT`
  return refusal('unknown-member', id, sentence)
}

interface Restored {
  readonly id: ServerId
  /** Names what its log began with. */
  readonly backup?: string | null | undefined
}

export function notRestoredAlike(restored: Restored, other: Restored): UnauthorizedError {
  const how = typeof other.backup === 'string' ? `from another one (${other.backup})` : 'not'
  return new UnauthorizedError(
    `${restored.id} was restored from a backup (${restored.backup ?? ''}), and ${other.id} was ${how}: a restored cluster begins ` +
      `when a majority of its members is restored from the same file, with the same --members. Stop ${other.id}, empty its ` +
      `data folder, and restore it too; if it is ${restored.id} that does not belong here, empty that folder`,
  )
}

interface Founder {
  readonly id: ServerId
  readonly founders: readonly ServerId[]
}

/** Both sides say it in the same words. */
export function foundedOtherwise(other: Founder, own: Founder): UnauthorizedError {
  const [one, another] = other.id < own.id ? [other, own] : [own, other]
  const sentence =
    `${one.id} was started for the members ${one.founders.join(', ')}, and ${another.id} for ${another.founders.join(', ')}: those ` +
    `who found a cluster must all be given the same --members. Stop who was given the wrong ones, delete its data folder, ` +
    `and start it with the right ones`
  return refusal('founded-otherwise', other.id, sentence)
}

export function doubted(id: ServerId, by: ServerId): UnauthorizedError {
  const sentence =
    `${by} knows ${id} with another data folder, and asks the others: if ${id} was removed and added again with this one, ` +
    `it is let in once they say so; if it has lost its folder, remove the member, delete this folder and add it again`
  return refusal('doubted-member', id, sentence)
}

export function wiped(id: ServerId): UnauthorizedError {
  return refusal('wiped-member', id, wipedSentence(id))
}

export function wipedSentence(id: ServerId): string {
  return (
    `${id} has lost its data folder: the cluster knows this member with another one, and what it promised there is gone. ` +
    `If the other one is only elsewhere, as on a disk that is not mounted, start the member there; an older copy of it lacks what ` +
    `was acknowledged since. Else: rollcall remove-node ${id}, delete this folder, rollcall add ${id} --port PORT`
  )
}

export function olderCopySentence(id: ServerId): string {
  return (
    `the data folder of ${id} is an older copy: the cluster has heard of a later start of it, and what it acknowledged since is ` +
    `not in there. It has no vote and counts for no majority until a leader has brought it up to date, for which a majority ` +
    `of the voters must be up without it; of two voters that can't be: recover the other one`
  )
}

export function caughtUpSentence(id: ServerId): string {
  return `${id} has caught up with what its data folder lacked, and counts again`
}

/**
 * Whether the error tells this member that its folder is not the one that the cluster knows. A doubt is enough for one
 * with nothing in its log that would found the cluster: the cluster is there already, and had it with another folder.
 */
export function saysWiped(error: unknown, { id, configuration, lastLogIndex }: RaftView): boolean {
  const isFounder = lastLogIndex === 0 && isVoter(configuration, id)
  return isRefusal(error, 'wiped-member', id) || (isFounder && isRefusal(error, 'doubted-member', id))
}

/**
 * Whether the member that was greeted is there all the same: it refuses this one by its id, or can't take it in now.
 * Whoever is of another cluster, or another member, says nothing of this one.
 */
export function isThere(error: unknown, { id }: Pick<RaftView, 'id'>): boolean {
  if (error instanceof OverloadedError) return true
  return error instanceof UnauthorizedError && membersOf(error.data)['id'] === id
}

function isRefusal(error: unknown, reason: Reason, id: ServerId): error is UnauthorizedError {
  if (!(error instanceof UnauthorizedError)) return false
  const { reason: told, id: whose } = membersOf(error.data)
  return told === reason && whose === id
}

export function runTwice(id: ServerId): UnauthorizedError {
  return refusal(
    'run-twice',
    id,
    `this process is ${id} too, on another copy of its data folder, and goes on`,
  )
}

/** Said to a process that was started later, on another copy of the folder. */
export function givesWay(id: ServerId): OverloadedError {
  return new OverloadedError(
    `another process of ${id} runs here, on another copy of its data folder, and gives way to the one that was started later`,
    { data: { reason: 'gives-way', id } },
  )
}

export function saysGivesWay(error: unknown, id: ServerId): boolean {
  if (!(error instanceof OverloadedError)) return false
  const { reason, id: whose } = membersOf(error.data)
  return reason === 'gives-way' && whose === id
}

/** Whether whoever is there is this very member, and goes on. */
export function saysRunTwice(error: unknown, id: ServerId): boolean {
  return isRefusal(error, 'run-twice', id)
}

/** The data folder was copied, and both copies were run: one of the two processes ends. */
export class RunTwiceError extends Error {
  override readonly name = 'RunTwiceError'
  readonly label = 'RUN_TWICE'

  /** `where`: of the other one. Undefined: it is the one that was started later. */
  constructor(id: ServerId, where?: string) {
    const other = where === undefined ? 'that was started later' : `at ${where}`
    const end = where === undefined ? 'this one, the older, ends' : 'this one ends'
    super(
      `another process ${other} runs ${id}, on a copy of this data folder: ${end}. Only one of the two folders may be used: ` +
        `keep that of the process that goes on, delete this one, and see that no service starts it again`,
    )
  }
}

/** This member's folder is not the one that the cluster knows: it must not take part. */
export class WipedMemberError extends Error {
  override readonly name = 'WipedMemberError'
  readonly label = 'WIPED_MEMBER'

  constructor(id: ServerId) {
    super(wipedSentence(id))
  }
}

/** The cluster has committed a configuration without this member. */
export class RemovedMemberError extends Error {
  override readonly name = 'RemovedMemberError'
  readonly label = 'REMOVED_MEMBER'

  constructor(id: ServerId) {
    super(`${id} was removed from the cluster and ends; to bring it back: rollcall add ${id} --port PORT`)
  }
}
