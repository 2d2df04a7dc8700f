/**
 * What two members tell each other first on each connection, and who is believed. Both sides judge: cluster by name and,
 * once both know it, by id; the member by its id and by the incarnation that the cluster has pinned for it.
 */
import type { Json } from '../json.js'
import type { Incarnation, RaftView, ServerId } from '../raft/types.js'
import { incarnation, serverId } from '../raft/types.js'
import { membersOf } from '../raft/quorum.js'
import { UnauthorizedError } from '../rpc/errors.js'
import { classesToJson, readClasses } from './class-versions.js'
import type { Classes } from './class-versions.js'
import { fields, PROTOCOL_VERSION, text, whole } from './shape.js'

export interface Hello {
  readonly version: number
  readonly cluster: string
  readonly clusterId: string | null
  readonly id: ServerId
  readonly incarnation: Incarnation
  /** Who of those that could lead should: the one with the highest. */
  readonly priority: number
  /** Undefined: it has not said, as it is of an older build. */
  readonly classes: Classes | undefined
}

export function helloOf(
  { cluster, incarnation, priority, classes }: Omit<Hello, 'version' | 'clusterId' | 'id'>,
  view: RaftView,
): Hello {
  return {
    version: PROTOCOL_VERSION,
    cluster,
    clusterId: view.clusterId ?? null,
    id: view.id,
    incarnation,
    priority,
    classes,
  }
}

export function helloToJson({ classes, ...rest }: Hello): Json {
  return { ...rest, ...(classes && { classes: classesToJson(classes) }) }
}

export function readHello(json: unknown): Hello {
  const from = fields(json, 'hello')
  const { version, clusterId } = from
  if (version !== PROTOCOL_VERSION) {
    throw new UnauthorizedError(
      `this member speaks version ${PROTOCOL_VERSION} of the members' protocol, not ${String(version)}`,
    )
  }
  return {
    version,
    cluster: text(from['cluster'], 'cluster'),
    clusterId: clusterId === null || clusterId === undefined ? null : text(clusterId, 'clusterId'),
    id: serverId(text(from['id'], 'id')),
    incarnation: incarnation(text(from['incarnation'], 'incarnation')),
    priority: from['priority'] === undefined ? 0 : whole(from['priority'], 'priority'),
    classes: from['classes'] === undefined ? undefined : readClasses(from['classes']),
  }
}

/**
 * Refuses with UNAUTHORIZED a member that does not belong here, and says why. `isVouched`: another member has said that
 * the configuration names it; this one may lag behind.
 */
export function judge(other: Hello, own: Hello, view: RaftView, isVouched = false): void {
  if (other.cluster !== own.cluster) {
    throw new UnauthorizedError(`${own.id} belongs to cluster ${own.cluster}, not to ${other.cluster}`)
  }
  if (other.clusterId !== null && own.clusterId !== null && other.clusterId !== own.clusterId) {
    throw new UnauthorizedError(
      `${own.id} belongs to the cluster ${own.cluster} with id ${own.clusterId}, not to the one with id ${other.clusterId}: ` +
        `one of the two has a data folder of another cluster`,
    )
  }
  const pinned = view.pins.get(other.id)
  if (pinned !== undefined && pinned !== other.incarnation) throw wiped(other.id)
  if (!isVouched && !isNamed(other.id, view)) {
    throw new UnauthorizedError(
      `${own.id} knows no member ${other.id}: it was removed, or must be added first`,
      {
        data: { reason: STRANGER, id: other.id },
      },
    )
  }
}

/**
 * Who is not named by the configuration speaks for nobody: its requests could raise terms and unseat a leader, and the
 * answer to its hello would tell it an incarnation to pose with.
 */
export function isNamed(id: ServerId, { configuration }: RaftView): boolean {
  return membersOf(configuration).includes(id)
}

/** The data of the refusal of someone whom the configuration does not name. */
const STRANGER = 'unknown-member'

/** The data of the refusal that tells a member that its own folder is not the one that the cluster knows. */
const WIPED = 'wiped-member'

export function wiped(id: ServerId): UnauthorizedError {
  return new UnauthorizedError(wipedSentence(id), { data: { reason: WIPED, id } })
}

export function wipedSentence(id: ServerId): string {
  return (
    `${id} has lost its data folder: the cluster knows this member with another one, and what it promised there is gone. ` +
    `Restore the folder, or remove the member and add it under a new id`
  )
}

/** Whether the error is a refusal of `id` for a wiped folder. */
export function saysWiped(error: unknown, id: ServerId): boolean {
  if (!(error instanceof UnauthorizedError)) return false
  const { data } = error
  return (
    typeof data === 'object' &&
    data !== null &&
    'reason' in data &&
    data['reason'] === WIPED &&
    data['id'] === id
  )
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
